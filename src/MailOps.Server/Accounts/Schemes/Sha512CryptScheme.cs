using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace MailOps.Server.Accounts.Schemes;

/// <summary>SHA512-CRYPT, <c>$6$salt$hash</c> or <c>$6$rounds=N$salt$hash</c>, by Ulrich Drepper's specification "Unix crypt using SHA-256 and SHA-512".</summary>
internal sealed class Sha512CryptScheme : PasswordScheme
{
    private const int DefaultRounds = 5000;
    private const int MinRounds = 1000;

    // The specification allows a hundred times more, which would take minutes.
    private const int MaxRounds = 9_999_999;
    private const int NewRounds = 100_000;
    private const int MaxSalt = 16;
    private const int EncodedLength = 86;
    private const string Alphabet = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    public override string Name => "SHA512-CRYPT";

    public override bool IsWellFormed(string hash) => TryParse(hash, out _, out _, out _);

    public override bool Verify(string password, string hash) =>
        TryParse(hash, out var rounds, out var salt, out var encoded)
        && CryptographicOperations.FixedTimeEquals(
            Encoding.ASCII.GetBytes(Encode(Digest(Encoding.UTF8.GetBytes(password), Encoding.UTF8.GetBytes(salt), rounds))),
            Encoding.ASCII.GetBytes(encoded));

    public override string Make(string password)
    {
        var salt = RandomNumberGenerator.GetString(Alphabet, MaxSalt);
        var digest = Digest(Encoding.UTF8.GetBytes(password), Encoding.ASCII.GetBytes(salt), NewRounds);
        return string.Create(CultureInfo.InvariantCulture, $"$6$rounds={NewRounds}${salt}${Encode(digest)}");
    }

    // The step numbers are the specification's.
    private static byte[] Digest(byte[] password, byte[] salt, int rounds)
    {
        // Steps 4 to 8: B.
        var b = SHA512.HashData([.. password, .. salt, .. password]);

        // Steps 1 to 3 and 9 to 12: A.
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA512);
        hash.AppendData(password);
        hash.AppendData(salt);
        hash.AppendData(Repeat(b, password.Length));
        for (var bits = password.Length; bits > 0; bits >>= 1)
            hash.AppendData((bits & 1) != 0 ? b : password);
        var a = hash.GetHashAndReset();

        // Steps 13 to 16: DP and P.
        for (var time = 0; time < password.Length; time++)
            hash.AppendData(password);
        var p = Repeat(hash.GetHashAndReset(), password.Length);

        // Steps 17 to 20: DS and S.
        for (var time = 0; time < 16 + a[0]; time++)
            hash.AppendData(salt);
        var s = Repeat(hash.GetHashAndReset(), salt.Length);

        // Step 21.
        for (var round = 0; round < rounds; round++)
        {
            var odd = (round & 1) != 0;
            hash.AppendData(odd ? p : a);
            if (round % 3 != 0)
                hash.AppendData(s);
            if (round % 7 != 0)
                hash.AppendData(p);
            hash.AppendData(odd ? a : p);
            hash.GetHashAndReset(a);
        }

        return a;
    }

    private static byte[] Repeat(byte[] block, int length)
    {
        var result = new byte[length];
        for (var at = 0; at < length; at++)
            result[at] = block[at % block.Length];
        return result;
    }

    // Step 22e: three octets of distance 21 each give four characters, and which leads goes round.
    private static string Encode(byte[] digest)
    {
        var text = new StringBuilder(EncodedLength);
        for (var at = 0; at < 21; at++)
        {
            var (one, two, three) = (digest[at], digest[at + 21], digest[at + 42]);
            var group = (at % 3) switch
            {
                0 => (one << 16) | (two << 8) | three,
                1 => (two << 16) | (three << 8) | one,
                _ => (three << 16) | (one << 8) | two,
            };
            Append(text, group, 4);
        }

        Append(text, digest[63], 2);
        return text.ToString();
    }

    private static void Append(StringBuilder text, int group, int characters)
    {
        for (var character = 0; character < characters; character++, group >>= 6)
            text.Append(Alphabet[group & 0x3f]);
    }

    private static bool TryParse(string text, out int rounds, out string salt, out string encoded)
    {
        rounds = DefaultRounds;
        salt = encoded = string.Empty;
        if (!text.StartsWith("$6$", StringComparison.Ordinal))
            return false;

        var rest = text[3..];
        const string Prefix = "rounds=";
        if (rest.StartsWith(Prefix, StringComparison.Ordinal))
        {
            var end = rest.IndexOf('$', StringComparison.Ordinal);
            if (end < 0 || !int.TryParse(rest.AsSpan(Prefix.Length, end - Prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out rounds)
                || rounds > MaxRounds)
            {
                return false;
            }

            rounds = Math.Max(rounds, MinRounds);
            rest = rest[(end + 1)..];
        }

        var dollar = rest.IndexOf('$', StringComparison.Ordinal);
        if (dollar < 0)
            return false;

        salt = rest[..Math.Min(dollar, MaxSalt)];
        encoded = rest[(dollar + 1)..];
        return encoded.Length == EncodedLength && !encoded.AsSpan().ContainsAnyExcept(Alphabet);
    }
}
