using System.Buffers;

namespace MailOps.Server.Accounts.Tokens;

/// <summary>base64url without padding (RFC 7515 section 2), strictly: there is one way to write each octet string.</summary>
internal static class Base64Url
{
    public static bool TryDecode(ReadOnlySpan<byte> text, out byte[] octets)
    {
        octets = [];
        if (text.ContainsAny("= \t\r\n"u8))
            return false;

        var buffer = new byte[System.Buffers.Text.Base64Url.GetMaxDecodedLength(text.Length)];
        if (System.Buffers.Text.Base64Url.DecodeFromUtf8(text, buffer, out var consumed, out var written) is not OperationStatus.Done || consumed != text.Length)
            return false;

        octets = buffer[..written];
        return true;
    }
}
