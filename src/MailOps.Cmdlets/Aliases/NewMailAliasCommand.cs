using System.Management.Automation;
using MailOps.Cmdlets.Accounts;
using MailOps.Server.Accounts;

namespace MailOps.Cmdlets.Aliases;

/// <summary>Makes an alias in a mail store: another address for one or several accounts.</summary>
/// <para>The alias stands in the file aliases of the store, in the format of Postfix's virtual(5). A running server takes mail
/// for it at once, and accounts that it leads to may send as it. Each account gets one copy of a message, whatever number of ways leads
/// to it. An alias that has the name of an account redirects its mail; name the account among the targets to keep a copy there.
/// Errors: AliasExists, AliasLoop (with the whole chain), AliasTargetNotFound, AliasTargetOutside, InvalidAlias, InvalidDomain,
/// StoreNotFound, AddressFileUnavailable.</para>
/// <example><code>New-MailAlias sales@contoso.com ./store -Target ann@contoso.com, bob@contoso.com</code><para>Mail for sales goes to two accounts.</para></example>
/// <example><code>New-MailAlias '@contoso.com' ./store -Target ann@contoso.com</code><para>What nobody else of the domain gets goes to ann.</para></example>
/// <example><code>New-MailAlias '@contoso.net' ./store -Target '@contoso.com'</code><para>Each address of one domain is the same one in another.</para></example>
/// <example><code>New-MailAlias joe@contoso.com ./store -Target joe@contoso.com, joe@fabrikam.com -AllowExternal</code><para>Joe keeps a copy here, and gets one at another server.</para></example>
/// <example><code>Import-Csv aliases.csv | New-MailAlias -StorePath ./store</code><para>Makes aliases from a file with the columns Name and Target, such as 'sales@contoso.com' and 'ann@contoso.com; bob@contoso.com'.</para></example>
[Cmdlet(VerbsCommon.New, "MailAlias", SupportsShouldProcess = true)]
[OutputType(typeof(MailAlias))]
public sealed class NewMailAliasCommand : MailAliasCommand
{
    /// <summary>The address, such as sales@contoso.com, or @contoso.com for all of a domain that nobody else gets.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    public string Name { get; set; } = "";

    /// <summary>Where its mail goes: accounts, other aliases, or @domain for the same name in another domain. Several in one text are taken apart at commas, semicolons and spaces.</summary>
    [Parameter(Mandatory = true, ValueFromPipelineByPropertyName = true)]
    [Alias("Member", "Members")]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(MailAccountNameCompleter))]
    public string[] Target { get; set; } = [];

    /// <summary>Takes targets on other servers: a server with -Outbound sends mail for the alias on there, and one without refuses it. Without this switch such a target is taken for a mistake.</summary>
    [Parameter]
    public SwitchParameter AllowExternal { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        var (name, targets, store, domains, external) = (Name, SplitTargets(Target), FullStorePath, Domain, AllowExternal.IsPresent);
        StartOne(name, async cancel =>
        {
            var register = new AliasRegister(store, domains);
            var planned = await register.AddAsync(name, targets, external, isTrial: true, cancel).ConfigureAwait(false);
            if (!await ShouldProcessAsync(planned.Name, $"Make the alias for {string.Join(", ", planned.Targets)} in '{register.FilePath}'").ConfigureAwait(false))
                return;

            var made = await register.AddAsync(name, targets, external, isTrial: false, cancel).ConfigureAwait(false);
            await WarnAsync(made, store).ConfigureAwait(false);
            await OutputAsync(MailAlias.From(made, store)).ConfigureAwait(false);
        });
    }
}
