using MailOps.Smtp;
using MimeKit;

namespace MailOps.Client.Sessions;

/// <summary>Who sends a message and who gets it: as its header has it, or as it was said otherwise.</summary>
internal static class OutgoingEnvelope
{
    /// <summary>The sender of a header. Fields of a message that was sent again count before the original ones (RFC 5322 section 3.6.6).</summary>
    /// <exception cref="ArgumentException">There is none.</exception>
    public static string SenderOf(HeaderList header) =>
        (First(header, HeaderId.ResentSender) ?? First(header, HeaderId.ResentFrom) ?? First(header, HeaderId.Sender) ?? First(header, HeaderId.From)) is { } sender
            ? Path(sender)
            : throw new ArgumentException("The message has no sender: its header has no address in From. Give -Sender, an empty string for the null path of reports.");

    /// <summary>The recipients of a header, each once, Bcc among them.</summary>
    /// <exception cref="ArgumentException">There are none.</exception>
    public static IReadOnlyList<string> RecipientsOf(HeaderList header)
    {
        HeaderId[] fields = header.Contains(HeaderId.ResentTo) || header.Contains(HeaderId.ResentCc) || header.Contains(HeaderId.ResentBcc)
            ? [HeaderId.ResentTo, HeaderId.ResentCc, HeaderId.ResentBcc]
            : [HeaderId.To, HeaderId.Cc, HeaderId.Bcc];
        var recipients = fields.SelectMany(field => In(header, field)).Select(Path).Distinct(StringComparer.Ordinal).ToList();
        return recipients.Count > 0 ? recipients : throw new ArgumentException("The message has no recipient: its header has no address in To, Cc or Bcc. Give -Recipient.");
    }

    /// <summary>The address of a text, which may have a name before it.</summary>
    /// <exception cref="ArgumentException">It is no address.</exception>
    public static string Parse(string text) => MailboxAddress.TryParse(text, out var mailbox)
        ? Path(mailbox)
        : throw new ArgumentException($"'{text}' is no address. Write it as name@example.com or \"Name <name@example.com>\".");

    // A domain of other letters has a name in ASCII that every server knows; a local part has none (RFC 6531 section 3.2).
    private static string Path(MailboxAddress mailbox)
    {
        var address = mailbox.Address;
        if (address.AsSpan().ContainsAny("\r\n\0<>"))
            throw new ArgumentException($"The address '{address.ReplaceLineEndings("⏎")}' has characters in it that no address has.");
        var at = address.LastIndexOf('@');
        var domain = address[(at + 1)..];
        return at >= 0 && !System.Text.Ascii.IsValid(domain) && InternationalText.TryToAscii(domain, out var ascii) ? $"{address[..at]}@{ascii}" : address;
    }

    private static MailboxAddress? First(HeaderList header, HeaderId field) => In(header, field).FirstOrDefault();

    private static IEnumerable<MailboxAddress> In(HeaderList header, HeaderId field) => header
        .Where(one => one.Id == field)
        .SelectMany(one => InternetAddressList.TryParse(one.RawValue, out var addresses) ? addresses.Mailboxes : []);
}
