using System.Buffers;
using System.Buffers.Text;

namespace MailOps.Sasl;

/// <summary>The base64 in which protocols carry SASL (RFC 4954 section 4, RFC 5034 section 4, RFC 9051 section 6.2.2).</summary>
internal static class SaslBase64
{
    /// <summary>Decodes a response. <c>=</c> stands for an empty one.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> base64, out byte[] decoded)
    {
        decoded = [];
        if (base64 is [(byte)'='])
            return true;

        var buffer = new byte[Base64.GetMaxDecodedFromUtf8Length(base64.Length)];
        if (Base64.DecodeFromUtf8(base64, buffer, out var consumed, out var written) is not OperationStatus.Done || consumed != base64.Length)
            return false;

        decoded = buffer[..written];
        return true;
    }
}
