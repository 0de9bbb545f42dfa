using System.Text.Json.Serialization;
using MailOps.Server.Queue.Spooling;
using MailOps.Smtp;
using MimeKit;

namespace MailOps.Server.Queue.Administration;

/// <summary>A message that waits for other servers, in the columns of Exchange's Get-Message. It was so when the object was made.</summary>
public sealed class MailQueueMessage
{
    /// <summary>The number of the server, if it runs in this process.</summary>
    [JsonIgnore]
    public int? ServerId { get; private set; }

    /// <summary>The store whose queue was asked, if it was named.</summary>
    [JsonIgnore]
    public string? StorePath { get; private set; }

    /// <summary>The message's id, which the client that brought it was told.</summary>
    public required string Id { get; init; }

    /// <summary>Where it goes: the names of its queues.</summary>
    public required string[] NextHopDomain { get; init; }

    /// <summary>The route that Move-MailQueueMessage has given it, or null if it goes where its domains lead.</summary>
    public string? Route { get; init; }

    /// <summary>The envelope's sender; empty for a report.</summary>
    public required string FromAddress { get; init; }

    /// <summary>The recipients who have not got it yet.</summary>
    public required string[] Recipient { get; init; }

    /// <summary><c>Active</c> while it is being sent, <c>Suspended</c> while an administrator holds it, <c>Scheduled</c> before its <see cref="ReleaseTime"/>, <c>Retry</c> after a try, otherwise <c>Ready</c>.</summary>
    public required string Status { get; init; }

    /// <summary>Octets of the message.</summary>
    public required long Size { get; init; }

    /// <summary>The Subject field, or null.</summary>
    public string? Subject { get; init; }

    /// <summary>The Message-ID field, or null.</summary>
    public string? InternetMessageId { get; init; }

    /// <summary>When it came.</summary>
    public required DateTimeOffset DateReceived { get; init; }

    /// <summary>When what is not delivered goes back.</summary>
    public required DateTimeOffset ExpirationTime { get; init; }

    /// <summary>When it is tried next: when it is due, or its destination as a whole is tried again.</summary>
    public required DateTimeOffset NextRetryTime { get; init; }

    /// <summary>What went wrong last, with this message or with its destination, or null.</summary>
    public string? LastError { get; init; }

    /// <summary>The account that submitted it, or null.</summary>
    public string? Login { get; init; }

    /// <summary>The address of the client that it came from, or null if it was made here.</summary>
    public string? SourceIP { get; init; }

    /// <summary>-9 to 9; higher ones are sent first.</summary>
    public required int Priority { get; init; }

    /// <summary>Before when its sender does not want it to leave (RFC 4865), or null.</summary>
    public DateTimeOffset? ReleaseTime { get; init; }

    /// <summary>By when its sender wants it delivered (RFC 2852), or null.</summary>
    public DateTimeOffset? DeliverBy { get; init; }

    /// <summary>What becomes of it if it is not: <c>Return</c>, it goes back at that time, or <c>Notify</c>, its sender is told. Null without <see cref="DeliverBy"/>.</summary>
    public string? DeliverByMode { get; init; }

    /// <summary>The recipients who have not got a message yet.</summary>
    internal static IEnumerable<string> WaitingFor(SpooledMessage message) =>
        message.Recipients.Where(recipient => !recipient.IsFinal).Select(recipient => recipient.Recipient.Address);

    /// <summary>Says where this comes from: the number of a server of this process, and the store that was named.</summary>
    public MailQueueMessage From(int? serverId, string? storePath)
    {
        (ServerId, StorePath) = (serverId, storePath);
        return this;
    }

    internal static MailQueueMessage Of(SpooledMessage message, IReadOnlyList<string> targets, bool isUnderWay, string? lastError, DateTimeOffset nextTry, DateTimeOffset now)
    {
        var (entry, header) = (message.Entry, SpooledHeader.Of(message));
        var waiting = message.Recipients.Where(recipient => !recipient.IsFinal).ToList();
        var last = waiting.Select(recipient => recipient.Last).OfType<SpoolRecord>().MaxBy(record => record.Time);
        return new MailQueueMessage
        {
            Id = entry.Id.ToString(),
            NextHopDomain = [.. targets],
            Route = waiting.Find(recipient => recipient.Route is not null)?.Route,
            FromAddress = message.Envelope.Sender,
            Recipient = [.. waiting.Select(recipient => recipient.Recipient.Address)],
            Status = isUnderWay ? "Active" : entry.IsSuspended ? "Suspended" : message.Envelope.HeldUntil > now ? "Scheduled" : last is not null || lastError is not null ? "Retry" : "Ready",
            Size = entry.Size,
            Subject = header?[HeaderId.Subject] is { } subject ? SmtpReply.Plain(subject) : null,
            InternetMessageId = header?[HeaderId.MessageId] is { } messageId ? SmtpReply.Plain(messageId) : null,
            DateReceived = entry.Id.Arrived,
            ExpirationTime = message.Envelope.Expires,
            NextRetryTime = nextTry,
            LastError = last?.Reply ?? lastError,
            Login = message.Envelope.Login,
            SourceIP = message.Envelope.Client,
            Priority = entry.Priority,
            ReleaseTime = message.Envelope.HeldUntil,
            DeliverBy = message.Envelope.DeliverBy?.Time,
            DeliverByMode = message.Envelope.DeliverBy?.Mode,
        };
    }
}
