using System.Globalization;
using System.Text;
using MailOps.Server.Connections;
using MailOps.Server.Queue;
using MailOps.Smtp;
using MimeKit.Utils;

namespace MailOps.Server.Tracking;

/// <summary>What the log has to say of an event.</summary>
internal static class TrackingRows
{
    // A line stays short enough to be read in one piece.
    private const int MostOfRecipients = 16 * 1024;

    // What a reply may have of its column, where more is said behind it.
    private const int MostOfReply = 900;

    // What a list of destinations may have of its column.
    private const int MostOfDestinations = 1000;

    /// <summary>What an event costs while it waits; 0 if it is not written down.</summary>
    public static int WeightOf(ServerEvent happened) => happened switch
    {
        MessageAccepted accepted => 1 + accepted.Recipients.Count + accepted.Accounts.Count,
        OutboundTried tried => 1 + tried.Recipients.Count,
        OutboundReported reported => 1 + reported.Recipients.Count,
        DestinationDeferred => 1,
        DeliveryReported => 1,
        _ => 0,
    };

    /// <summary>The rows of an event.</summary>
    public static IEnumerable<MailTrackingEntry> Of(ServerEvent happened) => happened switch
    {
        MessageAccepted accepted => OfAccepted(accepted),
        OutboundTried tried => OfTried(tried),
        OutboundReported reported => OfReported(reported),
        DestinationDeferred deferred => [OfDeferred(deferred)],
        DeliveryReported reported => [OfReport(reported), .. OfReportHere(reported.Time, reported.ReportId, reported.ReportMessageId, reported.ReportSize, reported.Accounts)],
        _ => [],
    };

    private static IEnumerable<MailTrackingEntry> OfAccepted(MessageAccepted accepted)
    {
        var subject = Decoded(accepted.Subject);
        foreach (var recipients in Parts(accepted.Recipients))
            yield return Row("RECEIVE", accepted.Protocol.ToUpperInvariant(), recipients, accepted.Took, DestinationsOf(accepted));
        foreach (var (recipient, addresses) in accepted.Expansions)
        {
            foreach (var part in Parts(addresses))
                yield return Row("EXPAND", "ROUTING", part, null, recipient);
        }

        foreach (var accounts in Parts(accepted.Accounts))
            yield return Row("DELIVER", "STORE", accounts, accepted.Took);

        MailTrackingEntry Row(string what, string source, string[] recipients, TimeSpan? took, string? reference = null) => new()
        {
            Timestamp = accepted.Time,
            EventId = what,
            Source = source,
            Id = accepted.MessageId,
            MessageId = accepted.InternetMessageId,
            Sender = accepted.Sender,
            Recipients = recipients,
            TotalBytes = accepted.Size,
            MessageSubject = subject,
            ConnectorId = what is "RECEIVE" ? accepted.Listener : null,
            PeerName = what is "RECEIVE" ? accepted.ClientName : null,
            PeerAddress = what is "RECEIVE" ? accepted.Remote?.Address.ToString() : null,
            Status = what is "RECEIVE" ? $"250 2.0.0 Ok: {accepted.MessageId}" : null,
            MessageLatency = what is "DELIVER" ? accepted.Took : null,
            Duration = took,
            Reference = reference,
            Account = accepted.Login,
        };
    }

    private static IEnumerable<MailTrackingEntry> OfTried(OutboundTried tried) => Parts(tried.Recipients).Select(recipients => new MailTrackingEntry
    {
        Timestamp = tried.Time,
        EventId = tried.Outcome switch { OutboundOutcome.Sent => "SEND", OutboundOutcome.Deferred => "DEFER", OutboundOutcome.Moved => "MOVE", _ => "FAIL" },
        Source = "QUEUE",
        Id = tried.MessageId,
        MessageId = tried.InternetMessageId,
        Sender = tried.Sender,
        Recipients = recipients,
        TotalBytes = tried.Size,
        MessageSubject = Decoded(tried.Subject),
        ConnectorId = tried.Target,
        PeerName = tried.Host,
        PeerAddress = tried.Remote,
        Status = tried.Reply,
        MessageLatency = tried.Arrived is { } arrived ? tried.Time - arrived : null,
        Duration = tried.Took,
        Reference = tried.NextTry is { } next ? TrackingLine.TimeText(next) : null,
        Account = tried.Login,
    });

    private static IEnumerable<MailTrackingEntry> OfReported(OutboundReported reported)
    {
        yield return new()
        {
            Timestamp = reported.Time,
            EventId = "DSN",
            Source = "DSN",
            Id = reported.MessageId,
            MessageId = reported.InternetMessageId,
            Sender = "",
            Recipients = [reported.Sender],
            MessageSubject = Decoded(reported.Subject),
            ConnectorId = reported.Destination,
            Status = $"{reported.Action}: {string.Join(", ", reported.Recipients.Take(10))}{(reported.Recipients.Count > 10 ? ", ..." : "")}",
            Reference = reported.ReportId,
        };
        foreach (var row in OfReportHere(reported.Time, reported.ReportId, reported.ReportMessageId, reported.ReportSize, reported.Accounts))
            yield return row;
    }

    private static MailTrackingEntry OfReport(DeliveryReported reported) => new()
    {
        Timestamp = reported.Time,
        EventId = "DSN",
        Source = "DSN",
        Id = reported.MessageId,
        Sender = "",
        Recipients = [reported.Sender],
        ConnectorId = reported.Destination,
        Status = reported.Action,
        Reference = reported.ReportId,
    };

    private static IEnumerable<MailTrackingEntry> OfReportHere(DateTimeOffset time, string? id, string? messageId, long? size, IReadOnlyList<string> accounts) => Parts(accounts).Select(part => new MailTrackingEntry
    {
        Timestamp = time,
        EventId = "DELIVER",
        Source = "STORE",
        Id = id ?? "",
        MessageId = messageId,
        Sender = "",
        Recipients = part,
        TotalBytes = size,
    });

    private static MailTrackingEntry OfDeferred(DestinationDeferred deferred) => new()
    {
        Timestamp = deferred.Time,
        EventId = "DEFER",
        Source = "QUEUE",
        Id = "",
        Sender = "",
        Recipients = [],
        ConnectorId = deferred.Destination,
        Status = string.Create(CultureInfo.InvariantCulture, $"{deferred.Reply[..Math.Min(deferred.Reply.Length, MostOfReply)]} ({deferred.Waiting} {(deferred.Waiting == 1 ? "message waits" : "messages wait")} here)"),
        Reference = TrackingLine.TimeText(deferred.NextTry),
    };

    // As many as have room: a message for more of them tells of the others when they are tried.
    private static string? DestinationsOf(MessageAccepted accepted)
    {
        var (text, count) = (new StringBuilder(), 0);
        foreach (var destination in accepted.Destinations.TakeWhile(destination => text.Length + destination.Length + 2 <= MostOfDestinations))
            text.Append(count++ > 0 ? "; " : "").Append(destination);
        return text.Length > 0 ? text.ToString() : null;
    }

    private static IEnumerable<string[]> Parts(IReadOnlyList<string> recipients)
    {
        var (part, length) = (new List<string>(), 0);
        foreach (var recipient in recipients)
        {
            if (length > 0 && length + recipient.Length > MostOfRecipients)
            {
                yield return [.. part];
                part.Clear();
                length = 0;
            }

            part.Add(recipient);
            length += recipient.Length + 1;
        }

        if (part.Count > 0)
            yield return [.. part];
    }

    // What a sender hides in encoded words is shown by terminals as well.
    private static string? Decoded(string? subject) =>
        subject is null || !subject.Contains("=?", StringComparison.Ordinal) ? subject : SmtpReply.Plain(Rfc2047.DecodeText(Encoding.UTF8.GetBytes(subject)));
}
