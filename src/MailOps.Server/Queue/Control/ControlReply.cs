using MailOps.Server.Queue.Administration;

namespace MailOps.Server.Queue.Control;

/// <summary>A line of an answer, which has one of these. The last has <see cref="Done"/> or <see cref="Error"/>.</summary>
internal sealed record ControlReply
{
    /// <summary>A destination.</summary>
    public MailQueueInfo? Queue { get; init; }

    /// <summary>A message.</summary>
    public MailQueueMessage? Message { get; init; }

    /// <summary>A step of a route.</summary>
    public MailRouteStep? Step { get; init; }

    /// <summary>A message's envelope; its octets follow the line.</summary>
    public ControlContent? Content { get; init; }

    /// <summary>That was all.</summary>
    public ControlDone? Done { get; init; }

    /// <summary>It did not work.</summary>
    public ControlError? Error { get; init; }
}

/// <summary>What comes before the octets of a message.</summary>
/// <param name="Envelope">Its envelope, as JSON in a text.</param>
/// <param name="Size">How many octets follow.</param>
internal sealed record ControlContent(string Envelope, long Size);

/// <summary>The end of an answer.</summary>
/// <param name="After">Of a list that goes on: where.</param>
/// <param name="Change">Of a change: what came of it.</param>
internal sealed record ControlDone(string? After = null, QueueChange? Change = null);

/// <summary>What was in the way.</summary>
/// <param name="Fault">Which kind.</param>
/// <param name="Message">What was wrong, and what to do.</param>
/// <param name="Version">The version that the server speaks.</param>
internal sealed record ControlError(QueueAccessFault Fault, string Message, int Version);
