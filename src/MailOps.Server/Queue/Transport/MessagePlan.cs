using System.Globalization;
using System.Text;
using MailOps.Server.Queue.Spooling;
using MailOps.Smtp;

namespace MailOps.Server.Queue.Transport;

/// <summary>What is said to a server before a message, by what it offers: MAIL, one RCPT for each recipient, DATA.</summary>
/// <param name="Lines">The commands; none where there is a refusal.</param>
/// <param name="Refusal">Why this server cannot take the message, or null.</param>
internal readonly record struct MessagePlan(IReadOnlyList<string> Lines, SmtpReply? Refusal)
{
    private MessagePlan(SmtpReply refusal)
        : this([], refusal)
    {
    }

    /// <summary>Makes it.</summary>
    public static MessagePlan For(SpooledMessage message, IReadOnlyList<RecipientState> recipients, SmtpCapabilities server)
    {
        var (envelope, size) = (message.Envelope, message.Content.Length);
        if (server.MaxMessageSize is { } most && size > most)
            return new(new SmtpReply(552, new EnhancedStatusCode(5, 3, 4), string.Create(CultureInfo.InvariantCulture, $"The message has {size} octets, and the server takes {most} at the most")));
        if (envelope.Body is MessageBody.Binary)
            return new(new SmtpReply(554, new EnhancedStatusCode(5, 6, 1), "The message is BINARYMIME, and cannot be sent on as it is"));

        var mail = new StringBuilder($"MAIL FROM:<{envelope.Sender}>");
        var needsUtf8 = envelope.IsUtf8 && (!Ascii.IsValid(envelope.Sender) || recipients.Any(recipient => !Ascii.IsValid(recipient.Recipient.Address)) || HasUtf8Header(message));
        if (needsUtf8 && !server.Offers("SMTPUTF8"))
            return new(new SmtpReply(553, new EnhancedStatusCode(5, 6, 7), "The server does not offer SMTPUTF8, which the addresses or the header of the message need (RFC 6531)"));
        if (needsUtf8)
            mail.Append(" SMTPUTF8");
        if (server.Offers("SIZE"))
            mail.Append(CultureInfo.InvariantCulture, $" SIZE={size}");
        if (envelope.Body is MessageBody.EightBit && server.Offers("8BITMIME"))
            mail.Append(" BODY=8BITMIME");
        // That the connection is what it asks for was seen to when it was opened.
        if (envelope.RequiresTls && server.Offers("REQUIRETLS"))
            mail.Append(" REQUIRETLS");
        // Whatever it is (RFC 6710 section 4.2).
        if (server.Offers("MT-PRIORITY"))
            mail.Append(CultureInfo.InvariantCulture, $" MT-PRIORITY={message.Entry.Priority}");
        var dsn = server.Offers("DSN");
        if (dsn && envelope.Return is not DsnReturn.Unsaid)
            mail.Append(envelope.Return is DsnReturn.Full ? " RET=FULL" : " RET=HDRS");
        if (dsn && envelope.EnvelopeId is { } id)
            mail.Append(" ENVID=").Append(Xtext.Encode(id));

        return new([mail.ToString(), .. recipients.Select(recipient => Rcpt(recipient.Recipient, dsn)), "DATA"], null);
    }

    private static string Rcpt(EnvelopeRecipient recipient, bool dsn)
    {
        var line = new StringBuilder($"RCPT TO:<{recipient.Address}>");
        if (dsn && recipient.Notify is not DsnNotify.Unsaid)
            line.Append(" NOTIFY=").Append(Notify(recipient.Notify));
        if (dsn && recipient.Original is { } original && original.IndexOf(';', StringComparison.Ordinal) is > 0 and var semicolon)
            line.Append(" ORCPT=").Append(original, 0, semicolon + 1).Append(EncodeOriginal(original[..semicolon], original[(semicolon + 1)..]));
        return line.ToString();
    }

    private static string Notify(DsnNotify notify) => notify.HasFlag(DsnNotify.Never)
        ? "NEVER"
        : string.Join(',', new[] { DsnNotify.Success, DsnNotify.Failure, DsnNotify.Delay }.Where(one => notify.HasFlag(one)).Select(one => one.ToString().ToUpperInvariant()));

    private static string EncodeOriginal(string type, string address) =>
        type.Equals("utf-8", StringComparison.OrdinalIgnoreCase) ? Xtext.EncodeUtf8Address(address) : Xtext.Encode(address);

    /// <summary>Whether the header has octets above ASCII; a header of more than 64 KiB is taken to have.</summary>
    private static bool HasUtf8Header(SpooledMessage message)
    {
        Span<byte> start = new byte[Math.Min(message.Content.Length, 64 * 1024)];
        start = start[..message.Content.Read(start, 0)];
        var end = start.IndexOf("\r\n\r\n"u8);
        if (end < 0 && start.Length < message.Content.Length)
            return true;
        return !Ascii.IsValid(end < 0 ? start : start[..end]);
    }
}
