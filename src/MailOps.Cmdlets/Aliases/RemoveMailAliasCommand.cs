using System.Management.Automation;
using MailOps.Server.Accounts;

namespace MailOps.Cmdlets.Aliases;

/// <summary>Removes an alias from a mail store.</summary>
/// <para>Mail for it is refused from then on, or goes to the account of that name if there is one. Other aliases that name it are
/// told in a warning. Asks before it removes. Errors: AliasNotFound, InvalidAlias, InvalidDomain, StoreNotFound, AddressFileUnavailable.</para>
/// <example><code>Remove-MailAlias sales@contoso.com ./store</code><para>Removes the alias.</para></example>
/// <example><code>Get-MailAlias -StorePath ./store | Where-Object { -not $_.DeliversTo } | Remove-MailAlias -Confirm:$false</code><para>Removes the aliases that lead to no account, without asking.</para></example>
[Cmdlet(VerbsCommon.Remove, "MailAlias", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High)]
[OutputType(typeof(void))]
public sealed class RemoveMailAliasCommand : MailAliasCommand
{
    /// <summary>Names of aliases, without wildcards.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(MailAliasNameCompleter))]
    public string[] Name { get; set; } = [];

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        var (store, domains) = (FullStorePath, Domain);
        foreach (var name in Name)
        {
            StartOne(name, async cancel =>
            {
                var register = new AliasRegister(store, domains);
                if (register.Find(name) is not { } found)
                    throw new AccountException(AccountFault.AliasNotFound, $"There is no alias '{name}' in '{register.FilePath}'. Get-MailAlias lists those there are.");
                if (register.FindLeadingTo(name) is { Count: > 0 } others)
                    await WarningAsync($"Other aliases name '{found.Name}' among their targets: {string.Join(", ", others.Select(alias => alias.Name))}. Change them with Set-MailAlias.").ConfigureAwait(false);
                if (await ShouldProcessAsync(found.Name, $"Remove the alias for {string.Join(", ", found.Targets)}").ConfigureAwait(false))
                    await register.RemoveAsync(name, cancel).ConfigureAwait(false);
            });
        }
    }
}
