using System.Text;
using MailOps.Maildir;
using MailOps.Messages;
using MailOps.Server.Queue.Spooling;
using MailOps.Smtp;

namespace MailOps.Server.Queue.Transport;

/// <summary>What is sent of a message to a server: its octets as they are, or converted to what the server takes.</summary>
internal sealed class OutgoingContent : IDisposable
{
    private readonly MessageBlob? _converted;

    private OutgoingContent(MessageBlob octets, string sender, MessageBody body, bool needsUtf8, SmtpReply? refusal = null, MessageBlob? converted = null) =>
        (Octets, Sender, Body, NeedsUtf8, Refusal, _converted) = (octets, sender, body, needsUtf8, refusal, converted);

    /// <summary>The reverse-path that it is sent with.</summary>
    public string Sender { get; }

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
    /// <param name="recipients">Who gets it; all by the same address here, or all as the sender named them.</param>
    /// <param name="server">What the server offers.</param>
    /// <param name="scratch">The folder for a message that is converted and large.</param>
    /// <param name="cancel">Ends the wait.</param>
    public static async Task<OutgoingContent> ForAsync(SpooledMessage message, IReadOnlyList<RecipientState> recipients, SmtpCapabilities server, string scratch, CancellationToken cancel)
    {
        var envelope = message.Envelope;
        var (via, sender) = (recipients[0].Recipient.Via, recipients[0].Recipient.ReturnPath ?? envelope.Sender);
        var content = Before(via, via is null ? null : envelope.Seals?.GetValueOrDefault(via[(via.LastIndexOf('@') + 1)..]), message.Content);
        // An alias may lead to an address that only SMTPUTF8 can carry, whatever the message is.
        var needsUtf8 = recipients.Any(recipient => !Ascii.IsValid(recipient.Recipient.Address)) || (via is not null && !Ascii.IsValid(via))
            || (envelope.IsUtf8 && (!Ascii.IsValid(sender) || HasUtf8Header(content)));
        if (needsUtf8 && !server.Offers("SMTPUTF8"))
            return Plain(envelope.Body, new SmtpReply(553, new EnhancedStatusCode(5, 6, 7), "The server does not offer SMTPUTF8, which the addresses or the header of the message need (RFC 6531)"));

        // A server with SMTPUTF8 has 8BITMIME, said or not (RFC 6531 section 3.1).
        var takesEightBit = server.Offers("8BITMIME") || needsUtf8;
        if (envelope.Body is MessageBody.Binary ? server.Offers("BINARYMIME") && server.Offers("CHUNKING") : takesEightBit)
            return Plain(server.Offers("8BITMIME") || envelope.Body is MessageBody.Binary ? envelope.Body : MessageBody.SevenBit);
        if (envelope.Body is not MessageBody.Binary && (await OctetKinds.OfAsync(content.AsStream(), cancel)).High == 0)
            return Plain(MessageBody.SevenBit);

        // What was signed is not what is sent: without our signatures, which would be wrong.
        var (converted, problem) = await DownConversion.ConvertAsync(message.Unsigned, takesEightBit, scratch, cancel);
        if (converted is null)
        {
            return Plain(envelope.Body, new SmtpReply(554, new EnhancedStatusCode(5, 6, 3), envelope.Body is MessageBody.Binary
                ? $"The server does not take binary messages (BINARYMIME), and the message cannot be converted: {problem}"
                : $"The server does not take 8-bit messages (8BITMIME), and the message cannot be converted: {problem}"));
        }

        converted = Before(via, null, converted);
        return new(converted, sender, takesEightBit && server.Offers("8BITMIME") ? MessageBody.EightBit : MessageBody.SevenBit, needsUtf8, null, converted);

        OutgoingContent Plain(MessageBody body, SmtpReply? refusal = null) => new(content, sender, body, needsUtf8, refusal);
    }

    /// <summary>Throws away what was converted.</summary>
    public void Dispose() => _converted?.Dispose();

    // A copy that comes back to the address is known by it (RFC 9228).
    private static MessageBlob Before(string? via, string? seal, MessageBlob message) =>
        via is null ? message : new PrefixedBlob(Encoding.UTF8.GetBytes($"Delivered-To: {via}\r\n{seal}"), message);

    /// <summary>Whether the header has octets above ASCII; a header of more than 64 KiB is taken to have.</summary>
    private static bool HasUtf8Header(MessageBlob message)
    {
        Span<byte> start = new byte[Math.Min(message.Length, 64 * 1024)];
        start = start[..message.Read(start, 0)];
        var end = start.IndexOf("\r\n\r\n"u8);
        if (end < 0 && start.Length < message.Length)
            return true;
        return !Ascii.IsValid(end < 0 ? start : start[..end]);
    }
}
