using MailOps.Server.Queue.Reports;
using MimeKit;

namespace MailOps.Server.Smtp;

/// <summary>The reports that a message was delivered to mailboxes of this server, or sent on to the addresses behind an alias.</summary>
internal static class DeliveryReport
{
    /// <summary>What became of the recipients of the transaction under way who asked for a report; each action has one of its own.</summary>
    public static IEnumerable<DeliveryAction> Actions(SmtpSession session) => session.Recipients.Where(recipient => recipient.WantsReport).Select(ActionOf).Distinct();

    /// <summary>The report about the recipients of the transaction under way who asked for one.</summary>
    /// <param name="session">The session.</param>
    /// <param name="action">What became of those it is about.</param>
    /// <param name="id">The message's name in the reply to the client.</param>
    /// <param name="header">The message's header. All that comes back: RET is about failures alone (RFC 3461 section 4.3).</param>
    /// <returns>Its octets and its Message-ID field.</returns>
    public static (byte[] Octets, string MessageId) For(SmtpSession session, DeliveryAction action, string id, ReadOnlySpan<byte> header)
    {
        var now = session.Connection.Clock.GetLocalNow();
        HeaderList? fields = null;
        var octets = header.ToArray();
        var template = session.Templates?.For(action, () => fields = FieldsOf(octets));
        var report = new StatusReport
        {
            HostName = session.Options.HostName,
            Id = id,
            To = session.Sender.GetValueOrDefault().ToString(),
            Date = now,
            Arrived = now,
            EnvelopeId = session.Parameters.EnvelopeId,
            DeliverBy = session.DeliverBy is { } by ? TimeZoneInfo.ConvertTime(by.Time, session.Connection.Clock.LocalTimeZone) : null,
            Recipients = [.. session.Recipients.Where(recipient => recipient.WantsReport && ActionOf(recipient) == action).Select(recipient => new DeliveryStatus
            {
                Recipient = recipient.Path.ToString(),
                Original = recipient.Parameters.OriginalRecipient?.ToString(),
                Action = action,
                Status = "2.0.0",
            })],
            Template = template,
            Subject = fields?[HeaderId.Subject],
            IsUtf8 = session.Parameters.IsUtf8,
            IsEightBit = header.ContainsAnyExceptInRange((byte)0, (byte)127),
        };
        return ([.. report.Begin(), .. header, .. report.End()], report.MessageId);
    }

    private static HeaderList? FieldsOf(byte[] header)
    {
        try
        {
            using var stream = new MemoryStream([.. header, .. "\r\n"u8]);
            return HeaderList.Load(stream);
        }
        catch (FormatException)
        {
            return null;
        }
    }

    private static DeliveryAction ActionOf(SmtpRecipient recipient) => recipient.IsSplit ? DeliveryAction.Expanded : DeliveryAction.Delivered;
}
