using System.Text;

namespace MailOps.Sasl;

/// <summary>UTF-8 that is either right or refused: a name with replacement characters would be another name.</summary>
internal static class StrictUtf8
{
    private static readonly UTF8Encoding Encoding = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public static bool TryDecode(ReadOnlySpan<byte> octets, out string text)
    {
        text = string.Empty;
        if (!System.Text.Unicode.Utf8.IsValid(octets))
            return false;

        text = Encoding.GetString(octets);
        return true;
    }

    /// <summary>The octets of a text. Throws <see cref="SaslException"/> on half a surrogate pair.</summary>
    public static byte[] Encode(string text)
    {
        try
        {
            return Encoding.GetBytes(text);
        }
        catch (EncoderFallbackException)
        {
            throw new SaslException("The user name or the password is not valid Unicode text.");
        }
    }
}
