using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MailOps.Wire;

/// <summary>
/// What a server's certificate, or its key, is known by, in the place of authorities and names: the SHA-256 thumbprint, the SHA-1 thumbprint as Windows
/// shows it, or the hash of the public key as curl's <c>--pinnedpubkey</c> takes it, <c>sha256//</c> and base64.
/// </summary>
public sealed class CertificatePin
{
    private const string KeyStart = "sha256//";

    private readonly bool _isKey;
    private readonly byte[] _hash;

    private CertificatePin(bool isKey, byte[] hash) => (_isKey, _hash) = (isKey, hash);

    /// <summary>Reads pins.</summary>
    /// <param name="text">A pin, or several with <c>;</c> between them. Colons, spaces and hyphens in a thumbprint count nothing.</param>
    /// <param name="pins">The pins.</param>
    /// <param name="error">What is wrong, and what to write.</param>
    public static bool TryParse(string? text, out IReadOnlyList<CertificatePin> pins, [NotNullWhen(false)] out string? error)
    {
        var read = new List<CertificatePin>();
        (pins, error) = (read, null);
        foreach (var one in (text ?? "").Split(';'))
        {
            if (Read(one.Trim()) is { } pin)
                read.Add(pin);
            else
                error ??= $"'{one.Trim()}' pins no certificate: give its SHA-256 thumbprint (64 hexadecimal digits), its SHA-1 thumbprint (40), or the hash of its public key as sha256// and 44 characters of base64.";
        }

        return error is null;
    }

    /// <summary>Reads pins that were checked before.</summary>
    /// <exception cref="FormatException">One is none.</exception>
    public static IReadOnlyList<CertificatePin> Parse(IEnumerable<string> texts) =>
        [.. texts.SelectMany(text => TryParse(text, out var pins, out var error) ? pins : throw new FormatException(error))];

    /// <summary>The pin of a certificate's public key.</summary>
    public static string OfKey(X509Certificate2 certificate) => KeyStart + Convert.ToBase64String(KeyHash(certificate));

    /// <summary>Sees to it that there is a certificate to look at.</summary>
    /// <exception cref="ArgumentException">There are pins, and no TLS.</exception>
    public static void RequireTls(IReadOnlyCollection<CertificatePin> pins, TlsMode tls, string server)
    {
        if (pins.Count > 0 && tls == TlsMode.None)
            throw new ArgumentException($"A certificate is pinned for {server}, and without TLS it shows none. Connect with TLS, or leave the pin out.");
    }

    /// <summary>True if it is the certificate, or one with the key.</summary>
    public bool Matches(X509Certificate2 certificate) => _hash.AsSpan().SequenceEqual(
        _isKey ? KeyHash(certificate)
        : certificate.GetCertHash(_hash.Length == SHA1.HashSizeInBytes ? HashAlgorithmName.SHA1 : HashAlgorithmName.SHA256));

    /// <inheritdoc/>
    public override string ToString() => _isKey ? KeyStart + Convert.ToBase64String(_hash) : Convert.ToHexString(_hash);

    private static CertificatePin? Read(string text)
    {
        if (text.StartsWith(KeyStart, StringComparison.OrdinalIgnoreCase))
        {
            var hash = new byte[SHA256.HashSizeInBytes];
            return Convert.TryFromBase64String(text[KeyStart.Length..], hash, out var length) && length == hash.Length ? new CertificatePin(isKey: true, hash) : null;
        }

        // What Windows shows begins with a mark of direction that nobody sees.
        var digits = string.Concat(text.Where(c => c is not (':' or ' ' or '-' or '\u200e' or '\u200f')));
        return digits.Length is 2 * SHA1.HashSizeInBytes or 2 * SHA256.HashSizeInBytes && digits.All(char.IsAsciiHexDigit) ? new CertificatePin(isKey: false, Convert.FromHexString(digits)) : null;
    }

    private static byte[] KeyHash(X509Certificate2 certificate) => SHA256.HashData(certificate.PublicKey.ExportSubjectPublicKeyInfo());
}
