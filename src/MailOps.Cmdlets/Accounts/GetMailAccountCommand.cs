using System.Management.Automation;
using MailOps.Cmdlets.Runtime;
using MailOps.Server.Accounts;

namespace MailOps.Cmdlets.Accounts;

/// <summary>Lists the accounts of a mail store.</summary>
/// <para>Lines of the file that count for nothing are errors with the id PasswdFileBroken and the line's number; the
/// other accounts are listed all the same. A name without wildcards that is not there is the error AccountNotFound.
/// Further errors: StoreNotFound, PasswdFileUnavailable.</para>
/// <example><code>Get-MailAccount -StorePath ./store</code><para>Lists all accounts.</para></example>
/// <example><code>Get-MailAccount *@contoso.com -StorePath ./store | Where-Object -not HasScramKeys</code><para>Lists the accounts of a domain that keep the server from offering SCRAM.</para></example>
/// <example><code>Get-MailServer | Get-MailAccount | Group-Object Scheme</code><para>Counts the schemes of all accounts of the servers that run here.</para></example>
[Cmdlet(VerbsCommon.Get, "MailAccount")]
[OutputType(typeof(MailAccount))]
public sealed class GetMailAccountCommand : MailAccountCommand
{
    /// <summary>Names of accounts, with wildcards. All accounts unless it is given.</summary>
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    [Alias("Account")]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(MailAccountNameCompleter))]
    public string[] Name { get; set; } = ["*"];

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        var (names, store) = (Name, FullStorePath);
        StartOne(store, async _ =>
        {
            var listing = new AccountRegister(store).List();
            foreach (var problem in listing.Problems)
            {
                await ErrorAsync(
                    "PasswdFileBroken",
                    ErrorCategory.InvalidData,
                    $"Line {problem.Line} of '{listing.Path}' counts for nothing: it {problem.Text}.",
                    listing.Path).ConfigureAwait(false);
            }

            var written = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
            foreach (var name in names)
            {
                var wanted = new WildcardPattern(name, WildcardOptions.IgnoreCase);
                var matches = listing.Accounts.Where(account => wanted.IsMatch(account.Name)).ToList();
                if (matches.Count == 0 && !WildcardPattern.ContainsWildcardCharacters(name))
                    await ErrorAsync("AccountNotFound", ErrorCategory.ObjectNotFound, $"There is no account '{name}' in '{listing.Path}'.", name).ConfigureAwait(false);
                foreach (var account in matches.Where(account => written.Add(account.Name)))
                    await OutputAsync(MailAccount.From(account, store)).ConfigureAwait(false);
            }
        });
    }
}
