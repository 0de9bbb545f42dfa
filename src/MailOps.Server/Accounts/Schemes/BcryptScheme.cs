using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Org.BouncyCastle.Crypto.Generators;

namespace MailOps.Server.Accounts.Schemes;

/// <summary>bcrypt in the form of crypt(5), <c>$2y$12$</c> with 22 characters of salt and 31 of hash. Only the first 72 octets of a password count.</summary>
internal sealed class BcryptScheme : PasswordScheme
{
    private const int NewCost = 12;
    private const int MinCost = 4;

    // 2^18 rounds take a good part of a minute: more is a mistake in the file.
    private const int MaxCost = 18;
    private const int SaltSize = 16;
    private const int HashSize = 23;
    private const int MaxPassword = 72;

    private const string Alphabet = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    private const string Base64Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    public override string Name => "BLF-CRYPT";

    public override bool IsWellFormed(string hash) => TryParse(hash, out _, out _, out _);

    public override bool Verify(string password, string hash) =>
        TryParse(hash, out var cost, out var salt, out var digest)
        && CryptographicOperations.FixedTimeEquals(Digest(password, salt, cost), digest);

    public override string Make(string password)
    {
        var salt = RandomNumberGenerator.GetBytes(SaltSize);
        return string.Create(CultureInfo.InvariantCulture, $"$2y${NewCost:D2}${Encode(salt)}{Encode(Digest(password, salt, NewCost))}");
    }

    private static byte[] Digest(string password, byte[] salt, int cost)
    {
        // The NUL at the end belongs to the password, as in C.
        var octets = Encoding.UTF8.GetBytes(password + "\0");
        return BCrypt.Generate(octets.Length > MaxPassword ? octets[..MaxPassword] : octets, salt, cost, addTerminator: false)[..HashSize];
    }

    // 2a, 2b and 2y are the same computation; 2x and the first 2 are those of a bug.
    private static bool TryParse(string text, out int cost, out byte[] salt, out byte[] digest)
    {
        cost = 0;
        salt = digest = [];
        return text.Length == 60
            && text[0] == '$' && text[1] == '2' && text[2] is 'a' or 'b' or 'y' && text[3] == '$' && text[6] == '$'
            && int.TryParse(text.AsSpan(4, 2), NumberStyles.None, CultureInfo.InvariantCulture, out cost)
            && cost is >= MinCost and <= MaxCost
            && TryDecode(text.AsSpan(7, 22), SaltSize, out salt)
            && TryDecode(text.AsSpan(29, 31), HashSize, out digest);
    }

    private static string Encode(byte[] octets) =>
        string.Concat(Convert.ToBase64String(octets).TrimEnd('=').Select(c => Alphabet[Base64Alphabet.IndexOf(c, StringComparison.Ordinal)]));

    private static bool TryDecode(ReadOnlySpan<char> text, int size, out byte[] octets)
    {
        octets = [];
        var plain = new StringBuilder(32);
        foreach (var c in text)
        {
            var at = Alphabet.IndexOf(c, StringComparison.Ordinal);
            if (at < 0)
                return false;
            plain.Append(Base64Alphabet[at]);
        }

        octets = Convert.FromBase64String(plain.Append('=', (4 - (text.Length % 4)) % 4).ToString());
        return octets.Length == size;
    }
}
