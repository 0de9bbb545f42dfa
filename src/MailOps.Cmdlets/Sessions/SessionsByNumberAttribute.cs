using System.Management.Automation;
using MailOps.Client.Mailboxes;
using MailOps.Cmdlets.Runtime;

namespace MailOps.Cmdlets.Sessions;

/// <summary>Takes sessions where their numbers are asked for, as New-MailSession returned them.</summary>
public sealed class SessionsByNumberAttribute : ByNumberAttribute
{
    /// <inheritdoc/>
    private protected override int? NumberOf(object? value) => (value as MailSession)?.Id;
}
