using MailOps.Cmdlets.Runtime;
using MailOps.Server.Hosting;

namespace MailOps.Cmdlets.Servers;

/// <summary>Takes servers where their numbers are asked for: what Start-MailServer returned is at hand, and its number has to be looked up.</summary>
public sealed class ServersByNumberAttribute : ByNumberAttribute
{
    /// <inheritdoc/>
    private protected override int? NumberOf(object? value) => (value as MailServerInfo)?.Id;
}
