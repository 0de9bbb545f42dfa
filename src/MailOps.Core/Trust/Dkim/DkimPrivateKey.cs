using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Math.EC.Rfc8032;
using Org.BouncyCastle.Security;

namespace MailOps.Trust.Dkim;

/// <summary>A private key: RSA (RFC 6376, of 2048 bits or more as RFC 8301 section 3.2 advises) or Ed25519 (RFC 8463).</summary>
internal sealed class DkimPrivateKey : IDisposable
{
    /// <summary>The shortest RSA key that signs, in bits. Verifiers take 1024 too, which is no longer enough.</summary>
    public const int MinimumRsaSize = 2048;

    // PKCS#8 of an Ed25519 key (RFC 8410 section 7) up to its 32 octets. Version 1, without the public half: OpenSSL before 3.2 reads no other.
    private static readonly byte[] Ed25519Prefix = [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];

    private readonly RSA? _rsa;
    private readonly Ed25519PrivateKeyParameters? _ed25519;

    private DkimPrivateKey(RSA rsa) => _rsa = rsa;

    private DkimPrivateKey(Ed25519PrivateKeyParameters ed25519) => _ed25519 = ed25519;

    /// <summary>What it signs with.</summary>
    public DkimKeyType KeyType => _rsa is null ? DkimKeyType.Ed25519 : DkimKeyType.Rsa;

    /// <summary>Its length in bits.</summary>
    public int Size => _rsa?.KeySize ?? Ed25519.SecretKeySize * 8;

    /// <summary>What the tag p of the record holds: SubjectPublicKeyInfo for RSA, the bare 32 octets for Ed25519 (RFC 8463 section 4.2).</summary>
    public byte[] PublicData() => _rsa?.ExportSubjectPublicKeyInfo() ?? _ed25519!.GeneratePublicKey().GetEncoded();

    /// <summary>Makes a new key.</summary>
    /// <param name="type">Which kind.</param>
    /// <param name="size">The length of an RSA key in bits.</param>
    public static DkimPrivateKey Generate(DkimKeyType type, int size) =>
        type is DkimKeyType.Rsa ? new(RSA.Create(size)) : new(new Ed25519PrivateKeyParameters(RandomNumberGenerator.GetBytes(Ed25519.SecretKeySize)));

    /// <summary>Signs a SHA-256 hash: RSA by PKCS#1 v1.5, Ed25519 the hash as its message (RFC 8463 section 3).</summary>
    public byte[] Sign(ReadOnlySpan<byte> hash)
    {
        if (_rsa is not null)
            return _rsa.SignHash(hash.ToArray(), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);

        var signature = new byte[Ed25519.SignatureSize];
        _ed25519!.Sign(Ed25519.Algorithm.Ed25519, null, hash.ToArray(), 0, hash.Length, signature, 0);
        return signature;
    }

    /// <summary>The key as PKCS#8 in PEM, with a line end.</summary>
    public string ToPem() =>
        (_rsa?.ExportPkcs8PrivateKeyPem() ?? PemEncoding.WriteString("PRIVATE KEY", [.. Ed25519Prefix, .. _ed25519!.GetEncoded()])) + "\n";

    /// <summary>Reads a key: PKCS#8, or PKCS#1 as older tools write RSA keys.</summary>
    /// <param name="pem">The text.</param>
    /// <param name="key">The key.</param>
    /// <param name="problem">What is wrong with it otherwise, for "it …". Never holds any of it.</param>
    public static bool TryRead(string pem, [NotNullWhen(true)] out DkimPrivateKey? key, [NotNullWhen(false)] out string? problem)
    {
        key = null;
        problem = null;
        if (!PemEncoding.TryFind(pem, out var fields))
        {
            problem = "holds no key in PEM form";
            return false;
        }

        var label = pem[fields.Label];
        if (label is "ENCRYPTED PRIVATE KEY" || pem.Contains("Proc-Type:", StringComparison.Ordinal))
            problem = "is encrypted, and nobody is there to give its password: write it without one (openssl pkey -in FILE -out FILE)";
        else if (label is not ("PRIVATE KEY" or "RSA PRIVATE KEY"))
            problem = $"holds a '{label}' instead of a private key";
        else
            problem = Decode(Convert.FromBase64String(pem[fields.Base64Data]), label, out key);

        if (problem is null && key is { _rsa: not null, Size: < MinimumRsaSize })
        {
            problem = $"is an RSA key of {key.Size} bits; {MinimumRsaSize} are the least (RFC 8301 section 3.2). Make a new one with New-DkimKey";
            key.Dispose();
            key = null;
        }

        return problem is null && key is not null;
    }

    /// <inheritdoc/>
    public void Dispose() => _rsa?.Dispose();

    private static string? Decode(byte[] der, string label, out DkimPrivateKey? key)
    {
        key = null;
        try
        {
            if (label is "PRIVATE KEY" && PrivateKeyFactory.CreateKey(der) is var any and not RsaPrivateCrtKeyParameters)
            {
                if (any is not Ed25519PrivateKeyParameters ed25519)
                    return "is neither an RSA nor an Ed25519 key, and DKIM knows no others";
                key = new DkimPrivateKey(ed25519);
                return null;
            }

            var rsa = RSA.Create();
            try
            {
                if (label is "PRIVATE KEY")
                    rsa.ImportPkcs8PrivateKey(der, out _);
                else
                    rsa.ImportRSAPrivateKey(der, out _);
            }
            catch
            {
                rsa.Dispose();
                throw;
            }

            key = new DkimPrivateKey(rsa);
            return null;
        }
        // What BouncyCastle throws at a broken key is of many kinds.
        catch (Exception e) when (e is CryptographicException or ArgumentException or IOException or SecurityUtilityException or InvalidCastException or Org.BouncyCastle.Crypto.CryptoException or InvalidOperationException)
        {
            return "holds a private key that cannot be read: it is damaged";
        }
    }
}
