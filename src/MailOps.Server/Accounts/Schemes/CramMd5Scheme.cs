using System.Security.Cryptography;
using MailOps.Sasl;

namespace MailOps.Server.Accounts.Schemes;

/// <summary>
/// CRAM-MD5 as Dovecot stores it: the states of MD5 behind the padded key, in hexadecimal. Without salt and fast, so weak in a
/// stolen file, and enough to log in by CRAM-MD5 with; but not the password itself.
/// </summary>
internal sealed class CramMd5Scheme : PasswordScheme
{
    public override string Name => "CRAM-MD5";

    public override bool IsWellFormed(string hash) => TryParse(hash, out _);

    public override bool Verify(string password, string hash) =>
        TryParse(hash, out var context) && CryptographicOperations.FixedTimeEquals(KeyedMd5.ContextOf(password), context);

    public override string Make(string password) => Convert.ToHexStringLower(KeyedMd5.ContextOf(password));

    /// <summary>Reads the context.</summary>
    public static bool TryParse(string hash, out byte[] context)
    {
        context = new byte[KeyedMd5.ContextSize];
        return hash.Length == 2 * KeyedMd5.ContextSize
            && Convert.FromHexString(hash, context, out _, out _) is System.Buffers.OperationStatus.Done;
    }
}
