using System.Management.Automation;
using MailOps.Cmdlets.Accounts;
using MailOps.Server.Accounts;

namespace MailOps.Cmdlets.Aliases;

/// <summary>What the cmdlets of aliases share.</summary>
public abstract class MailAliasCommand : MailAccountCommand
{
    /// <summary>The domains of the server, the default domain first. Without it, those that accounts, aliases and domain rules of the store name.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    public string[] Domain { get; set; } = [];

    private protected static string[] SplitTargets(IEnumerable<string> given) =>
        [.. given.SelectMany(text => text.Split([',', ';', ' '], StringSplitOptions.RemoveEmptyEntries))];

    /// <summary>Says what the administrator may not have meant.</summary>
    private protected async Task WarnAsync(AliasRecord alias, string store)
    {
        if (alias.Outside.Count > 0)
            await WarningAsync($"'{alias.Name}' leads to {string.Join(", ", alias.Outside)} on another server. Mail for it is sent on by a server that was started with -Outbound; one without refuses it.").ConfigureAwait(false);
        if (!alias.Accounts.Contains(alias.Name, StringComparer.Ordinal) && new AccountRegister(store).Find(alias.Name) is { } account)
            await WarningAsync($"Mail for the account '{account.Name}' goes to {string.Join(", ", alias.Targets)} instead. Name the account among the targets too if it is to keep a copy.").ConfigureAwait(false);
    }
}
