using System.Text;
using MailOps.Maildir;
using MailOps.Server.Queue.Spooling;
using MailOps.Smtp;

namespace MailOps.Server.Queue.Transport;

/// <summary>What is sent of a message to a server: its octets as they are, or converted to what the server takes.</summary>
internal sealed class OutgoingContent : IDisposable
{
    private readonly MessageBlob? _converted;

    private OutgoingContent(MessageBlob octets, MessageBody body, bool needsUtf8, SmtpReply? refusal = null, MessageBlob? converted = null) =>
        (Octets, Body, NeedsUtf8, Refusal, _converted) = (octets, body, needsUtf8, refusal, converted);

    /// <summary>The octets.</summary>
    public MessageBlob Octets { get; }

    /// <summary>What the server is told that they are.</summary>
    public MessageBody Body { get; }

    /// <summary>True if the message is sent with SMTPUTF8.</summary>
    public bool NeedsUtf8 { get; }

    /// <summary>Why this server cannot have the message, or null.</summary>
    public SmtpReply? Refusal { get; }

    /// <summary>Makes it.</summary>
    /// <param name="message">The message; it stays open as long as this.</param>
    /// <param name="recipients">Who gets it.</param>
    /// <param name="server">What the server offers.</param>
    /// <param name="scratch">The folder for a message that is converted and large.</param>
    /// <param name="cancel">Ends the wait.</param>
    public static async Task<OutgoingContent> ForAsync(SpooledMessage message, IReadOnlyList<RecipientState> recipients, SmtpCapabilities server, string scratch, CancellationToken cancel)
    {
        var envelope = message.Envelope;
        var needsUtf8 = envelope.IsUtf8 && (!Ascii.IsValid(envelope.Sender) || recipients.Any(recipient => !Ascii.IsValid(recipient.Recipient.Address)) || HasUtf8Header(message));
        if (needsUtf8 && !server.Offers("SMTPUTF8"))
            return new(message.Content, envelope.Body, needsUtf8, new SmtpReply(553, new EnhancedStatusCode(5, 6, 7), "The server does not offer SMTPUTF8, which the addresses or the header of the message need (RFC 6531)"));

        // A server with SMTPUTF8 has 8BITMIME, said or not (RFC 6531 section 3.1).
        var takesEightBit = server.Offers("8BITMIME") || needsUtf8;
        if (envelope.Body is MessageBody.Binary ? server.Offers("BINARYMIME") && server.Offers("CHUNKING") : takesEightBit)
            return new(message.Content, server.Offers("8BITMIME") || envelope.Body is MessageBody.Binary ? envelope.Body : MessageBody.SevenBit, needsUtf8);
        if (envelope.Body is not MessageBody.Binary && (await OctetKinds.OfAsync(message.Content.AsStream(), cancel)).High == 0)
            return new(message.Content, MessageBody.SevenBit, needsUtf8);

        // What was signed is not what is sent: without our signatures, which would be wrong.
        var (converted, problem) = await DownConversion.ConvertAsync(message.Unsigned, takesEightBit, scratch, cancel);
        if (converted is null)
        {
            return new(message.Content, envelope.Body, needsUtf8, new SmtpReply(554, new EnhancedStatusCode(5, 6, 3), envelope.Body is MessageBody.Binary
                ? $"The server does not take binary messages (BINARYMIME), and the message cannot be converted: {problem}"
                : $"The server does not take 8-bit messages (8BITMIME), and the message cannot be converted: {problem}"));
        }

        return new(converted, takesEightBit && server.Offers("8BITMIME") ? MessageBody.EightBit : MessageBody.SevenBit, needsUtf8, null, converted);
    }

    /// <summary>Throws away what was converted.</summary>
    public void Dispose() => _converted?.Dispose();

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
