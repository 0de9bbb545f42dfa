using System.Management.Automation;
using MailOps.Cmdlets.Accounts;
using MailOps.Cmdlets.Runtime;
using MailOps.Server.Accounts;

namespace MailOps.Cmdlets.Aliases;

/// <summary>Changes the targets of an alias of a mail store.</summary>
/// <para>The change counts for the next message. What is checked is what New-MailAlias checks; targets that are there already stay whatever
/// they are. Errors: AliasNotFound, AliasLoop, AliasTargetNotFound, AliasTargetOutside, InvalidAlias, NothingToChange,
/// StoreNotFound, AddressFileUnavailable.</para>
/// <example><code>Set-MailAlias sales@contoso.com ./store -AddTarget carl@contoso.com -RemoveTarget ann@contoso.com</code><para>Carl takes over from ann.</para></example>
/// <example><code>Get-MailAlias -StorePath ./store | Where-Object DeliversTo -Contains ann@contoso.com | Set-MailAlias -AddTarget carl@contoso.com -PassThru</code><para>Carl gets what ann gets.</para></example>
[Cmdlet(VerbsCommon.Set, "MailAlias", SupportsShouldProcess = true)]
[OutputType(typeof(MailAlias))]
public sealed class SetMailAliasCommand : MailAliasCommand
{
    /// <summary>The alias.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(MailAliasNameCompleter))]
    public string Name { get; set; } = "";

    /// <summary>All targets from now on. Without it those there are stay.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(MailAccountNameCompleter))]
    public string[] Target { get; set; } = [];

    /// <summary>Targets that come to the others.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(MailAccountNameCompleter))]
    public string[] AddTarget { get; set; } = [];

    /// <summary>Targets that go.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(MailAccountNameCompleter))]
    public string[] RemoveTarget { get; set; } = [];

    /// <summary>Takes new targets on other servers; see New-MailAlias.</summary>
    [Parameter]
    public SwitchParameter AllowExternal { get; set; }

    /// <summary>Writes the alias; without it nothing is written.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        var (name, store, domains, external, pass) = (Name, FullStorePath, Domain, AllowExternal.IsPresent, PassThru.IsPresent);
        var (all, added, removed) = (Target.Length == 0 ? null : SplitTargets(Target), SplitTargets(AddTarget), SplitTargets(RemoveTarget));
        if (all is null && added.Length == 0 && removed.Length == 0)
        {
            WriteError(ErrorRecords.Finding("NothingToChange", ErrorCategory.InvalidArgument, $"Nothing is said of what to change about '{name}'. Give -Target, -AddTarget or -RemoveTarget.", name));
            return;
        }

        StartOne(name, async cancel =>
        {
            var aliases = new AliasRegister(store, domains);
            var planned = await aliases.ChangeTargetsAsync(name, all, added, removed, external, isTrial: true, cancel).ConfigureAwait(false);
            if (!await ShouldProcessAsync(planned.Name, $"Change the targets to {string.Join(", ", planned.Targets)}").ConfigureAwait(false))
                return;

            var changed = await aliases.ChangeTargetsAsync(name, all, added, removed, external, isTrial: false, cancel).ConfigureAwait(false);
            await WarnAsync(changed, store).ConfigureAwait(false);
            if (pass)
                await OutputAsync(MailAlias.From(changed, store)).ConfigureAwait(false);
        });
    }
}
