using MimeKit;
using MimeKit.Cryptography;

namespace MailOps.Client.Protection;

/// <summary>What a message has beside what a signature covers: programs may show it, and nobody signed it.</summary>
internal static class UnsignedSurroundings
{
    // What well-known programs write in front of the parts, for readers without MIME; no other words are taken for that.
    private static readonly string[] Notices =
    [
        "This is an S/MIME signed message",
        "This is a cryptographically signed message in MIME format.",
        "This is a multi-part message in MIME format.",
        "This is an OpenPGP/MIME signed message (RFC 2440 and 3156)",
        "This is an OpenPGP/MIME signed message (RFC 4880 and 3156)",
        "This is an OpenPGP/MIME signed message (RFC 9580 and 3156)",
    ];

    /// <summary>Says what there is.</summary>
    /// <param name="message">The message.</param>
    /// <param name="part">Its part that has the signature.</param>
    /// <returns>A sentence; null if the signature covers the whole body.</returns>
    public static string? Of(MimeMessage message, MimeEntity part)
    {
        if (!ReferenceEquals(part, message.Body))
            return "There is more in the message that nobody signed.";
        if (part is not MultipartSigned signed)
            return null;
        // RFC 1847 section 2.1: two parts, what is signed and the signature.
        if (signed.Count > 2)
            return $"The multipart/signed has more parts than it may have, which nobody signed: {string.Join(", ", signed.Skip(2).Select(one => one.ContentType.MimeType))}.";
        if (!IsEmpty(signed.Preamble) && !Notices.Contains(signed.Preamble!.Trim(), StringComparer.Ordinal))
            return "There is text in front of the part that was signed, which nobody signed.";
        return IsEmpty(signed.Epilogue) ? null : "There is text behind the signature, which nobody signed.";
    }

    private static bool IsEmpty(string? text) => string.IsNullOrWhiteSpace(text);
}
