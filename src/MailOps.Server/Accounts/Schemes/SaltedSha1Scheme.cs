using System.Security.Cryptography;
using System.Text;

namespace MailOps.Server.Accounts.Schemes;

/// <summary>SSHA: base64 of SHA-1(password + salt) with the salt after it. What LDAP directories hold; far too fast to be safe in a stolen file.</summary>
internal sealed class SaltedSha1Scheme : PasswordScheme
{
    private const int SaltSize = 8;

    public override string Name => "SSHA";

    public override bool IsWellFormed(string hash) => TryParse(hash, out _);

    public override bool Verify(string password, string hash) =>
        TryParse(hash, out var octets)
        && CryptographicOperations.FixedTimeEquals(Digest(password, octets.AsSpan(SHA1.HashSizeInBytes)), octets.AsSpan(0, SHA1.HashSizeInBytes));

    public override string Make(string password)
    {
        var salt = RandomNumberGenerator.GetBytes(SaltSize);
        return Convert.ToBase64String([.. Digest(password, salt), .. salt]);
    }

#pragma warning disable CA5350 // The scheme is defined with SHA-1.
    private static byte[] Digest(string password, ReadOnlySpan<byte> salt) => SHA1.HashData([.. Encoding.UTF8.GetBytes(password), .. salt]);
#pragma warning restore CA5350

    private static bool TryParse(string hash, out byte[] octets)
    {
        octets = new byte[hash.Length];
        var right = Convert.TryFromBase64String(hash, octets, out var length) && length > SHA1.HashSizeInBytes;
        octets = octets[..length];
        return right;
    }
}
