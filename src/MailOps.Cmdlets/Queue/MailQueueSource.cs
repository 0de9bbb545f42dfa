using MailOps.Server.Queue.Administration;

namespace MailOps.Cmdlets.Queue;

/// <summary>A queue, and how it was named.</summary>
/// <param name="Queue">The queue.</param>
/// <param name="ServerId">The number of its server, if that runs in this process.</param>
/// <param name="StorePath">Its store, if that was named.</param>
internal sealed record MailQueueSource(IQueueAccess Queue, int? ServerId, string? StorePath)
{
    /// <summary>How its messages are spoken of in errors.</summary>
    public string Name => ServerId is { } number ? $"server {number}" : $"'{StorePath}'";
}
