using System.Management.Automation;
using MailOps.Cmdlets.Runtime;
using MailOps.Server.Accounts;

namespace MailOps.Cmdlets.Aliases;

/// <summary>Lists the aliases of a mail store.</summary>
/// <para>What is wrong with the file is an error with the id AliasFileBroken and the line's number: a line that cannot be read, a
/// name that is taken, a circle, a target that is not there. The other aliases are listed all the same. A name without wildcards that is
/// not there is the error AliasNotFound. Further errors: InvalidDomain, StoreNotFound, AddressFileUnavailable.</para>
/// <example><code>Get-MailAlias -StorePath ./store</code><para>Lists all aliases, with the accounts that get their mail in the end.</para></example>
/// <example><code>Get-MailServer | Get-MailAlias *@contoso.com | Where-Object DeliversTo -Contains ann@contoso.com</code><para>Lists the aliases of a domain that lead to ann, through other aliases too.</para></example>
[Cmdlet(VerbsCommon.Get, "MailAlias")]
[OutputType(typeof(MailAlias))]
public sealed class GetMailAliasCommand : MailAliasCommand
{
    /// <summary>Names of aliases, with wildcards. All aliases unless it is given.</summary>
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(MailAliasNameCompleter))]
    public string[] Name { get; set; } = ["*"];

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        var (names, store, domains) = (Name, FullStorePath, Domain);
        StartOne(store, async _ =>
        {
            var listing = new AliasRegister(store, domains).List();
            foreach (var problem in listing.Problems)
                await ErrorAsync("AliasFileBroken", ErrorCategory.InvalidData, $"Line {problem.Line} of '{listing.Path}' {problem.Text}.", listing.Path).ConfigureAwait(false);

            var written = new HashSet<string>(StringComparer.Ordinal);
            foreach (var name in names)
            {
                var wanted = new WildcardPattern(name, WildcardOptions.IgnoreCase);
                var matches = listing.Aliases.Where(alias => wanted.IsMatch(alias.Name)).ToList();
                if (matches.Count == 0 && !WildcardPattern.ContainsWildcardCharacters(name))
                    await ErrorAsync("AliasNotFound", ErrorCategory.ObjectNotFound, $"There is no alias '{name}' in '{listing.Path}'.", name).ConfigureAwait(false);
                foreach (var alias in matches.Where(alias => written.Add(alias.Name)))
                    await OutputAsync(MailAlias.From(alias, store)).ConfigureAwait(false);
            }
        });
    }
}
