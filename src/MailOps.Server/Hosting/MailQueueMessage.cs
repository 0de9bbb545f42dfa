using MailOps.Server.Queue.Spooling;
using MimeKit;

namespace MailOps.Server.Hosting;

/// <summary>A message that waits for other servers, in the columns of Exchange's Get-Message. It was so when the object was made.</summary>
public sealed class MailQueueMessage
{
    // A header of more than this is looked at no further.
    private const int LongestHeader = 256 * 1024;

    /// <summary>The number of the server.</summary>
    public required int ServerId { get; init; }

    /// <summary>The message's id, which the client that brought it was told.</summary>
    public required string Id { get; init; }

    /// <summary>Where it goes: the names of its queues.</summary>
    public required string[] NextHopDomain { get; init; }

    /// <summary>The envelope's sender; empty for a report.</summary>
    public required string FromAddress { get; init; }

    /// <summary>The recipients who have not got it yet.</summary>
    public required string[] Recipient { get; init; }

    /// <summary><c>Active</c> while it is being sent, <c>Suspended</c> while it is held, <c>Retry</c> after a try, otherwise <c>Ready</c>.</summary>
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

    /// <summary>When it is tried next, unless its destination is left alone for longer.</summary>
    public required DateTimeOffset NextRetryTime { get; init; }

    /// <summary>What went wrong last, with this message or with its destination, or null.</summary>
    public string? LastError { get; init; }

    /// <summary>The account that submitted it, or null.</summary>
    public string? Login { get; init; }

    /// <summary>The address of the client that it came from, or null if it was made here.</summary>
    public string? SourceIP { get; init; }

    /// <summary>-9 to 9; higher ones are sent first.</summary>
    public required int Priority { get; init; }

    internal static MailQueueMessage Of(int serverId, SpooledMessage message, IReadOnlyList<string> targets, bool isUnderWay, string? lastError)
    {
        var (entry, header) = (message.Entry, HeaderOf(message));
        var waiting = message.Recipients.Where(recipient => !recipient.IsFinal).ToList();
        var last = waiting.Select(recipient => recipient.Last).OfType<SpoolRecord>().MaxBy(record => record.Time);
        return new MailQueueMessage
        {
            ServerId = serverId,
            Id = entry.Id.ToString(),
            NextHopDomain = [.. targets],
            FromAddress = message.Envelope.Sender,
            Recipient = [.. waiting.Select(recipient => recipient.Recipient.Address)],
            Status = isUnderWay ? "Active" : entry.IsSuspended ? "Suspended" : last is not null || lastError is not null ? "Retry" : "Ready",
            Size = entry.Size,
            Subject = header?[HeaderId.Subject],
            InternetMessageId = header?[HeaderId.MessageId],
            DateReceived = entry.Id.Arrived,
            ExpirationTime = message.Envelope.Expires,
            NextRetryTime = entry.Due,
            LastError = last?.Reply ?? lastError,
            Login = message.Envelope.Login,
            SourceIP = message.Envelope.Client,
            Priority = entry.Priority,
        };
    }

    private static HeaderList? HeaderOf(SpooledMessage message)
    {
        var start = new byte[Math.Min(message.Content.Length, LongestHeader)];
        var length = message.Content.Read(start, 0);
        try
        {
            using var stream = new MemoryStream(start, 0, length);
            return HeaderList.Load(stream);
        }
        catch (FormatException)
        {
            return null;
        }
    }
}
