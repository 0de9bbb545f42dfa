using System.Globalization;
using System.Security.Cryptography;
using MailOps.Sasl;

namespace MailOps.Server.Accounts.Schemes;

/// <summary>SCRAM keys as Dovecot stores them: <c>iterations,salt,StoredKey,ServerKey</c>, all but the first in base64.</summary>
internal sealed class ScramScheme(ScramHash hash) : PasswordScheme
{
    /// <summary>
    /// PBKDF2 iterations of new keys. Every client pays them at each login, so this is less than what is advised for a
    /// password that only a server hashes, and far more than the 4096 that most servers use.
    /// </summary>
    public const int DefaultIterations = 100_000;

    private const int SaltSize = 16;

    public override string Name => hash.Mechanism;

    public override bool IsWellFormed(string stored) => TryParse(string.Empty, stored, out _);

    public override bool Verify(string password, string stored)
    {
        if (!TryParse(string.Empty, stored, out var keys) || !SaslPrep.TryPrepare(password, out _))
            return false;

        var derived = hash.Derive(string.Empty, password, keys.Salt.Span, keys.Iterations);
        return CryptographicOperations.FixedTimeEquals(derived.StoredKey.Span, keys.StoredKey.Span);
    }

    public override string Make(string password)
    {
        var keys = hash.Derive(string.Empty, password, RandomNumberGenerator.GetBytes(SaltSize), DefaultIterations);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{keys.Iterations},{Convert.ToBase64String(keys.Salt.Span)},{Convert.ToBase64String(keys.StoredKey.Span)},{Convert.ToBase64String(keys.ServerKey.Span)}");
    }

    /// <summary>Reads keys for an account.</summary>
    public bool TryParse(string account, string stored, out ScramKeys keys)
    {
        keys = null!;
        Span<Range> parts = stackalloc Range[5];
        if (stored.AsSpan().Split(parts, ',') != 4
            || !int.TryParse(stored.AsSpan(parts[0]), NumberStyles.None, CultureInfo.InvariantCulture, out var iterations)
            || iterations is < 1 or > SaslLimits.MaxIterations
            || !TryBase64(stored.AsSpan(parts[1]), out var salt) || salt.Length == 0
            || !TryBase64(stored.AsSpan(parts[2]), out var storedKey) || storedKey.Length != hash.Size
            || !TryBase64(stored.AsSpan(parts[3]), out var serverKey) || serverKey.Length != hash.Size)
        {
            return false;
        }

        keys = new ScramKeys(account, iterations, salt, storedKey, serverKey);
        return true;
    }

    private static bool TryBase64(ReadOnlySpan<char> text, out byte[] octets)
    {
        octets = new byte[text.Length];
        var right = Convert.TryFromBase64Chars(text, octets, out var length);
        octets = octets[..length];
        return right;
    }
}
