using System.Globalization;
using System.Text;
using MailOps.Server.Queue.Spooling;
using MailOps.Smtp;

namespace MailOps.Server.Queue.Transport;

/// <summary>What is said to a server before a message, by what it offers: MAIL, one RCPT for each recipient, and DATA where it takes no chunks.</summary>
/// <param name="Lines">The commands; none where there is a refusal.</param>
/// <param name="Refusal">Why this server cannot take the message, or null.</param>
internal readonly record struct MessagePlan(IReadOnlyList<string> Lines, SmtpReply? Refusal)
{
    private MessagePlan(SmtpReply refusal)
        : this([], refusal)
    {
    }

    /// <summary>Makes it.</summary>
    /// <param name="message">The message.</param>
    /// <param name="content">What is sent of the message.</param>
    /// <param name="recipients">Who gets it.</param>
    /// <param name="server">What the server offers.</param>
    /// <param name="isLmtp">True if it speaks LMTP.</param>
    /// <param name="now">The time.</param>
    public static MessagePlan For(SpooledMessage message, OutgoingContent content, IReadOnlyList<RecipientState> recipients, SmtpCapabilities server, bool isLmtp, DateTimeOffset now)
    {
        if (content.Refusal is { } refusal)
            return new(refusal);
        var (envelope, size) = (message.Envelope, content.Octets.Length);
        if (server.MaxMessageSize is { } most && size > most)
            return new(new SmtpReply(552, new EnhancedStatusCode(5, 3, 4), string.Create(CultureInfo.InvariantCulture, $"The message has {size} octets, and the server takes {most} at the most")));

        var terms = DeadlineTerms.For(envelope.DeliverBy, server, isLmtp, now);
        if (terms.Refusal is { } late)
            return new(late);

        var mail = new StringBuilder($"MAIL FROM:<{content.Sender}>");
        if (content.NeedsUtf8)
            mail.Append(" SMTPUTF8");
        if (server.Offers("SIZE"))
            mail.Append(CultureInfo.InvariantCulture, $" SIZE={size}");
        if (content.Body is not MessageBody.SevenBit)
            mail.Append(content.Body is MessageBody.Binary ? " BODY=BINARYMIME" : " BODY=8BITMIME");
        // That the connection is what it asks for was seen to when it was opened.
        if (envelope.RequiresTls && server.Offers("REQUIRETLS"))
            mail.Append(" REQUIRETLS");
        // Whatever it is (RFC 6710 section 4.2).
        if (server.Offers("MT-PRIORITY"))
            mail.Append(CultureInfo.InvariantCulture, $" MT-PRIORITY={message.Entry.Priority}");
        if (terms.Value is { } by)
            mail.Append(" BY=").Append(by);
        var dsn = server.Offers("DSN");
        if (dsn && envelope.Return is not DsnReturn.Unsaid)
            mail.Append(envelope.Return is DsnReturn.Full ? " RET=FULL" : " RET=HDRS");
        if (dsn && envelope.EnvelopeId is { } id)
            mail.Append(" ENVID=").Append(Xtext.Encode(id));

        var lines = recipients.Select(recipient => Rcpt(recipient.Recipient, dsn, terms.AsksForDelays)).Prepend(mail.ToString());
        return new([.. server.Offers("CHUNKING") ? lines : lines.Append("DATA")], null);
    }

    private static string Rcpt(EnvelopeRecipient recipient, bool dsn, bool asksForDelays)
    {
        var notify = asksForDelays ? WithDelays(recipient.Notify) : recipient.Notify;
        var line = new StringBuilder($"RCPT TO:<{recipient.Address}>");
        if (dsn && notify is not DsnNotify.Unsaid)
            line.Append(" NOTIFY=").Append(Notify(notify));
        if (dsn && recipient.Original is { } original && original.IndexOf(';', StringComparison.Ordinal) is > 0 and var semicolon)
            line.Append(" ORCPT=").Append(original, 0, semicolon + 1).Append(EncodeOriginal(original[..semicolon], original[(semicolon + 1)..]));
        return line.ToString();
    }

    private static DsnNotify WithDelays(DsnNotify notify) => notify switch
    {
        DsnNotify.Unsaid => DsnNotify.Failure | DsnNotify.Delay,
        _ when notify.HasFlag(DsnNotify.Never) => notify,
        _ => notify | DsnNotify.Delay,
    };

    private static string Notify(DsnNotify notify) => notify.HasFlag(DsnNotify.Never)
        ? "NEVER"
        : string.Join(',', new[] { DsnNotify.Success, DsnNotify.Failure, DsnNotify.Delay }.Where(one => notify.HasFlag(one)).Select(one => one.ToString().ToUpperInvariant()));

    private static string EncodeOriginal(string type, string address) =>
        type.Equals("utf-8", StringComparison.OrdinalIgnoreCase) ? Xtext.EncodeUtf8Address(address) : Xtext.Encode(address);
}
