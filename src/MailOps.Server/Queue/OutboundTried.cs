using MailOps.Server.Connections;
using MailOps.Server.Queue.Spooling;

namespace MailOps.Server.Queue;

/// <summary>A message was taken to the next server, or should have been: what became of some of its recipients.</summary>
public sealed record OutboundTried : ServerEvent
{
    /// <summary>The message's id, as it was told to the client that brought it.</summary>
    public required string MessageId { get; init; }

    /// <summary>The sender, empty for a report.</summary>
    public required string Sender { get; init; }

    /// <summary>The recipients.</summary>
    public required IReadOnlyList<string> Recipients { get; init; }

    /// <summary>What became of them.</summary>
    public required OutboundOutcome Outcome { get; init; }

    /// <summary>The server that answered, or null if none was reached.</summary>
    public string? Host { get; init; }

    /// <summary>The server's address and port, or null.</summary>
    public string? Remote { get; init; }

    /// <summary>What it answered, or what was in the way, as a reply.</summary>
    public string? Reply { get; init; }

    /// <summary>The TLS version of the connection, or null if it was in the clear or there was none.</summary>
    public string? Tls { get; init; }

    /// <summary>What vouched for the server being the right one: <c>DANE</c>, <c>MTA-STS</c>, or <c>PKIX</c> for a certificate of a trusted authority; null if nothing was asked to.</summary>
    public string? TlsVerifiedBy { get; init; }

    /// <summary>
    /// What was wrong with TLS though it stopped nothing, as a sentence: a handshake that failed before the message went in the clear, or a
    /// policy that is still in testing. Null if nothing was.
    /// </summary>
    public string? TlsProblem { get; init; }

    /// <summary>The destination that it was tried for, or waits for now: a domain, or the target of a route, and behind that what is asked of connections where that is not the usual.</summary>
    public string? Target { get; init; }

    /// <summary>The Message-ID field, or null.</summary>
    public string? InternetMessageId { get; init; }

    /// <summary>The Subject field, not decoded, or null.</summary>
    public string? Subject { get; init; }

    /// <summary>Octets of the message.</summary>
    public long? Size { get; init; }

    /// <summary>The account that submitted it, or null.</summary>
    public string? Login { get; init; }

    /// <summary>When the message came.</summary>
    public DateTimeOffset? Arrived { get; init; }

    /// <summary>How long the try took, or null if nothing was tried.</summary>
    public TimeSpan? Took { get; init; }

    /// <summary>When they are tried again, for <see cref="OutboundOutcome.Deferred"/>.</summary>
    public DateTimeOffset? NextTry { get; init; }

    /// <summary>What a record says.</summary>
    /// <param name="entry">The message.</param>
    /// <param name="envelope">Its envelope.</param>
    /// <param name="record">What became of recipients.</param>
    /// <param name="target">The destination, or null if it is not known.</param>
    internal static OutboundTried Of(QueueEntry entry, Envelope envelope, SpoolRecord record, string? target) => new()
    {
        Time = record.Time,
        MessageId = entry.Id.ToString(),
        Sender = envelope.Sender,
        Recipients = [.. record.Recipients.Select(number => envelope.Recipients[number - 1].Address)],
        Outcome = record.Event switch { SpoolEvent.Sent => OutboundOutcome.Sent, SpoolEvent.Deferred => OutboundOutcome.Deferred, SpoolEvent.Moved => OutboundOutcome.Moved, _ => OutboundOutcome.Failed },
        Host = record.Host,
        Remote = record.Remote,
        Reply = record.Reply,
        Tls = record.Tls,
        TlsVerifiedBy = record.VerifiedBy,
        TlsProblem = record.TlsProblem,
        Target = target,
        InternetMessageId = envelope.MessageId,
        Subject = envelope.Subject,
        Size = entry.Size,
        Login = envelope.Login,
        Arrived = entry.Id.Arrived,
        Took = record.Took,
        NextTry = record.Until,
    };
}
