using System.Globalization;
using System.Text;
using MailOps.Maildir;
using MailOps.Smtp;

namespace MailOps.Client.Sessions;

/// <summary>What is said and sent to a server of a message, by what it offers.</summary>
/// <param name="Mail">The command MAIL.</param>
/// <param name="Octets">The message as the server takes it.</param>
/// <param name="Refusal">Why it cannot have it at all, or null.</param>
internal sealed record SmtpPlan(string Mail, MessageBlob Octets, SmtpReply? Refusal)
{
    /// <summary>Makes it.</summary>
    /// <param name="message">The message.</param>
    /// <param name="server">What the server offers.</param>
    /// <param name="needsUtf8">True if a recipient can be named in UTF-8 alone.</param>
    /// <param name="cancel">Ends the wait.</param>
    public static async Task<SmtpPlan> ForAsync(OutgoingMessage message, SmtpCapabilities server, bool needsUtf8, CancellationToken cancel)
    {
        needsUtf8 |= message.HasUtf8Header || !Ascii.IsValid(message.Sender);
        if (needsUtf8 && !server.Offers("SMTPUTF8"))
            return Refused(message, 553, new EnhancedStatusCode(5, 6, 7), "The server does not offer SMTPUTF8, which the sender's address or the header of the message needs (RFC 6531).");

        var octets = message.Octets;
        // A server with SMTPUTF8 has 8BITMIME, said or not (RFC 6531 section 3.1).
        var isEightBit = message.IsEightBit;
        if (isEightBit && !needsUtf8 && !server.Offers("8BITMIME"))
        {
            var (converted, problem) = await message.ConvertAsync(cancel).ConfigureAwait(false);
            if (converted is null)
                return Refused(message, 554, new EnhancedStatusCode(5, 6, 3), $"The server does not take 8-bit messages (8BITMIME), and the message cannot be converted: {problem}");
            (octets, isEightBit) = (converted, false);
        }

        if (server.MaxMessageSize is { } most && octets.Length > most)
            return Refused(message, 552, new EnhancedStatusCode(5, 3, 4), string.Create(CultureInfo.InvariantCulture, $"The message has {octets.Length} octets, and the server takes {most} at the most."));

        var mail = new StringBuilder($"MAIL FROM:<{message.Sender}>");
        if (server.Offers("SIZE"))
            mail.Append(CultureInfo.InvariantCulture, $" SIZE={octets.Length}");
        if (isEightBit && server.Offers("8BITMIME"))
            mail.Append(" BODY=8BITMIME");
        if (needsUtf8)
            mail.Append(" SMTPUTF8");
        return new SmtpPlan(mail.ToString(), octets, null);
    }

    /// <summary>The command RCPT for a recipient.</summary>
    public static string Rcpt(string recipient, DeliveryNotice notice, SmtpCapabilities server)
    {
        if (notice == DeliveryNotice.Unsaid || !server.Offers("DSN"))
            return $"RCPT TO:<{recipient}>";
        var wanted = notice.HasFlag(DeliveryNotice.Never)
            ? "NEVER"
            : string.Join(',', new[] { DeliveryNotice.Success, DeliveryNotice.Failure, DeliveryNotice.Delay }.Where(one => notice.HasFlag(one)).Select(one => one.ToString().ToUpperInvariant()));
        return $"RCPT TO:<{recipient}> NOTIFY={wanted}";
    }

    private static SmtpPlan Refused(OutgoingMessage message, int code, EnhancedStatusCode enhanced, string text) => new("", message.Octets, new SmtpReply(code, enhanced, text));
}
