using System.Buffers;
using System.Buffers.Text;

namespace MailOps.Sasl;

/// <summary>The base64 in which protocols carry SASL (RFC 4954 section 4, RFC 5034 section 4, RFC 4959 section 3) and SCRAM its values.</summary>
internal static class SaslBase64
{
    /// <summary>Decodes a response. <c>=</c> stands for an empty one.</summary>
    public static bool TryDecodeResponse(ReadOnlySpan<byte> base64, out byte[] decoded)
    {
        decoded = [];
        return base64 is [(byte)'='] || TryDecode(base64, out decoded);
    }

    /// <summary>Decodes strictly: white space, which the framework lets pass, is not base64 here.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> base64, out byte[] decoded)
    {
        decoded = [];
        var buffer = new byte[Base64.GetMaxDecodedFromUtf8Length(base64.Length)];
        if (base64.ContainsAny(" \t\r\n"u8)
            || Base64.DecodeFromUtf8(base64, buffer, out var consumed, out var written) is not OperationStatus.Done
            || consumed != base64.Length)
        {
            return false;
        }

        decoded = buffer[..written];
        return true;
    }
}
