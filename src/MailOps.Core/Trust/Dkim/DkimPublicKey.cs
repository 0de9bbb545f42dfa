using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using MailOps.Trust.Arc;
using Org.BouncyCastle.Math.EC.Rfc8032;

namespace MailOps.Trust.Dkim;

/// <summary>The public half of a key as a TXT record has it (RFC 6376 section 3.6.1, RFC 8463).</summary>
internal sealed class DkimPublicKey : IDisposable
{
    /// <summary>The shortest RSA key that counts, in bits (RFC 8301 section 3.2).</summary>
    public const int MinimumRsaSize = 1024;

    private readonly RSA? _rsa;
    private readonly byte[]? _ed25519;

    private DkimPublicKey(RSA? rsa, byte[]? ed25519) => (_rsa, _ed25519) = (rsa, ed25519);

    /// <summary>The tag a of signatures that it verifies.</summary>
    public string Algorithm => _rsa is null ? "ed25519-sha256" : "rsa-sha256";

    /// <summary>Reads a record.</summary>
    /// <param name="text">Its strings put together.</param>
    /// <param name="key">The key.</param>
    /// <param name="error">Why it is none otherwise, as a sentence.</param>
    public static bool TryRead(string text, [NotNullWhen(true)] out DkimPublicKey? key, [NotNullWhen(false)] out string? error)
    {
        key = null;
        error = "The record of the key cannot be read.";
        if (ArcTags.TryRead(text) is not { } tags || (tags.TryGetValue("v", out var version) && version != "DKIM1") || !tags.TryGetValue("p", out var data))
            return false;
        if (data.Length == 0)
        {
            error = "The key was revoked.";
            return false;
        }

        if (tags.TryGetValue("h", out var hashes) && !hashes.Split(':', StringSplitOptions.TrimEntries).Contains("sha256", StringComparer.OrdinalIgnoreCase))
        {
            error = "The key is not for SHA-256.";
            return false;
        }

        if (ArcTags.Base64(data) is not { } octets)
            return false;
        var type = tags.GetValueOrDefault("k", "rsa");
        key = type is "rsa" ? OfRsa(octets) : type is "ed25519" && octets.Length == Ed25519.PublicKeySize ? new DkimPublicKey(null, octets) : null;
        error = key is null ? $"The record holds no key of RSA with {MinimumRsaSize} bits or more, or of Ed25519." : null;
        return key is not null;
    }

    /// <summary>True if a signature over a SHA-256 hash is of the key.</summary>
    public bool Verify(ReadOnlySpan<byte> hash, ReadOnlySpan<byte> signature) => _rsa is not null
        ? _rsa.VerifyHash(hash, signature, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
        : signature.Length == Ed25519.SignatureSize && Ed25519.Verify(signature.ToArray(), 0, _ed25519!, 0, hash.ToArray(), 0, hash.Length);

    /// <inheritdoc/>
    public void Dispose() => _rsa?.Dispose();

    private static DkimPublicKey? OfRsa(byte[] octets)
    {
        var rsa = RSA.Create();
        try
        {
            rsa.ImportSubjectPublicKeyInfo(octets, out _);
            if (rsa.KeySize >= MinimumRsaSize)
                return new DkimPublicKey(rsa, null);
        }
        catch (CryptographicException)
        {
            // It is none.
        }

        rsa.Dispose();
        return null;
    }
}
