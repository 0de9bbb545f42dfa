using System.Security.Cryptography;

namespace MailOps.Sasl;

/// <summary>The hash under a SCRAM mechanism and what is computed with it (RFC 5802 sections 2.2 and 3).</summary>
internal sealed class ScramHash
{
    private readonly HashAlgorithmName _algorithm;

    private ScramHash(string mechanism, HashAlgorithmName algorithm, int size)
    {
        Mechanism = mechanism;
        _algorithm = algorithm;
        Size = size;
    }

    /// <summary>SCRAM-SHA-1 (RFC 5802).</summary>
    public static ScramHash Sha1 { get; } = new("SCRAM-SHA-1", HashAlgorithmName.SHA1, SHA1.HashSizeInBytes);

    /// <summary>SCRAM-SHA-256 (RFC 7677).</summary>
    public static ScramHash Sha256 { get; } = new("SCRAM-SHA-256", HashAlgorithmName.SHA256, SHA256.HashSizeInBytes);

    public string Mechanism { get; }

    /// <summary>Octets of a hash, a key and a proof.</summary>
    public int Size { get; }

    /// <summary>The hash of that mechanism, or null if it is no SCRAM mechanism of ours.</summary>
    public static ScramHash? Find(string mechanism) =>
        string.Equals(mechanism, Sha256.Mechanism, StringComparison.OrdinalIgnoreCase) ? Sha256
        : string.Equals(mechanism, Sha1.Mechanism, StringComparison.OrdinalIgnoreCase) ? Sha1
        : null;

    /// <summary>H(data).</summary>
    public byte[] Hash(ReadOnlySpan<byte> data) => CryptographicOperations.HashData(_algorithm, data);

    /// <summary>HMAC(key, data).</summary>
    public byte[] Hmac(ReadOnlySpan<byte> key, ReadOnlySpan<byte> data) => CryptographicOperations.HmacData(_algorithm, key, data);

    /// <summary>Hi(Normalize(password), salt, i), which is PBKDF2 with HMAC.</summary>
    /// <param name="prepared">The password after SASLprep.</param>
    /// <param name="salt">The salt.</param>
    /// <param name="iterations">The iteration count.</param>
    public byte[] SaltedPassword(string prepared, ReadOnlySpan<byte> salt, int iterations) =>
        Rfc2898DeriveBytes.Pbkdf2(StrictUtf8.Encode(prepared), salt, iterations, _algorithm, Size);

    public byte[] ClientKey(ReadOnlySpan<byte> saltedPassword) => Hmac(saltedPassword, "Client Key"u8);

    public byte[] ServerKey(ReadOnlySpan<byte> saltedPassword) => Hmac(saltedPassword, "Server Key"u8);

    /// <summary>What a server stores for a password. Takes as long as the iterations ask for.</summary>
    /// <exception cref="SaslException">The password holds characters that SASLprep forbids.</exception>
    public ScramKeys Derive(string account, string password, ReadOnlySpan<byte> salt, int iterations)
    {
        var salted = SaltedPassword(SaslPrep.Prepare(password), salt, iterations);
        return new ScramKeys(account, iterations, salt.ToArray(), Hash(ClientKey(salted)), ServerKey(salted));
    }

    /// <summary>ClientProof, and what turns it back into ClientKey: one XOR the other.</summary>
    public static byte[] Xor(ReadOnlySpan<byte> one, ReadOnlySpan<byte> other)
    {
        var result = new byte[one.Length];
        for (var at = 0; at < result.Length; at++)
            result[at] = (byte)(one[at] ^ other[at]);
        return result;
    }
}
