using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MailOps.Client.Messages;
using MimeKit;
using MimeKit.Cryptography;

namespace MailOps.Client.Protection;

/// <summary>Says what the signatures of messages are worth.</summary>
/// <param name="trusted">Certificates, given or as files, of authorities or signers; empty for the authorities of the system.</param>
/// <param name="keyFiles">Files of OpenPGP keys, which are trusted.</param>
/// <param name="asksForRevocation">True to ask authorities over the network.</param>
public sealed class SignatureReader(IReadOnlyList<object> trusted, IReadOnlyList<FileInfo> keyFiles, bool asksForRevocation)
{
    private readonly X509Certificate2[] _trusted = [.. trusted.Select(CertificateSource.Public)];

    /// <summary>The signatures of a message; one result that there is none where there is none.</summary>
    /// <param name="message">The message, in any form that <see cref="Sessions.MessageContent"/> knows.</param>
    /// <exception cref="ArgumentException">It is no message, or a key file is none.</exception>
    public IReadOnlyList<MimeSignature> Read(object message)
    {
        var parsed = AnyMessage.Of(message);
        var found = Parts(parsed.Body).SelectMany(part => Of(parsed, part)).ToList();
        return found.Count > 0 ? found : [Unsigned(parsed)];
    }

    /// <summary>What a signature of OpenPGP is worth.</summary>
    /// <param name="message">The message.</param>
    /// <param name="signature">The signature.</param>
    /// <param name="unsigned">What the message has beside what was signed; null if that is the whole body.</param>
    internal static MimeSignature Of(MimeMessage message, IDigitalSignature signature, string? unsigned)
    {
        var certificate = signature.SignerCertificate as OpenPgpDigitalCertificate;
        var basic = Basic(message, "OpenPGP", unsigned is null) with { SignedAt = When(signature.CreationDate), Digest = signature.DigestAlgorithm.ToString() };
        if (certificate is null)
            return basic with { Status = SignatureStatus.SignerUnknown, Reason = "The key that signed is not in the key files that were given: nothing can be said." };

        // A key that signs below another ends with that at the latest.
        var (key, owner) = (certificate.PublicKey, certificate.KeyRing.GetPublicKey());
        var end = new[] { KeyRing.EndOf(key), KeyRing.EndOf(owner) }.Min();
        var known = basic with
        {
            Signer = owner.GetUserIds().FirstOrDefault(),
            Email = KeyRing.AddressesOf(certificate.KeyRing),
            Fingerprint = Convert.ToHexString(key.GetFingerprint()),
            NotBefore = When(key.CreationTime),
            NotAfter = end is { } time ? When(time) : null,
        };
        if (!IsIntact(() => signature.Verify(verifySignatureOnly: true), out var problem))
            return known with { Status = SignatureStatus.Altered, Reason = problem };
        if (key.HasRevocation() || owner.HasRevocation())
            return known with { Status = SignatureStatus.Revoked, Reason = "The key was revoked." };
        return end < DateTime.UtcNow
            ? known with { Status = SignatureStatus.Expired, Reason = FormattableString.Invariant($"The key ended on {end:yyyy-MM-dd}.") }
            : Judged(known, message, unsigned);
    }

    private IEnumerable<MimeSignature> Of(MimeMessage message, MimeEntity part)
    {
        var unsigned = UnsignedSurroundings.Of(message, part);
        if (part is MultipartSigned signed && !IsSMime(signed))
            return WithKeys(message, signed, unsigned);
        return WithCertificates(message, part, unsigned);
    }

    private IReadOnlyList<MimeSignature> WithKeys(MimeMessage message, MultipartSigned signed, string? unsigned)
    {
        // What is wrong with the key files is no fault of the message.
        using var ring = new KeyRing(keyFiles, passphrase: null);
        try
        {
            return [.. signed.Verify(ring).Select(one => Of(message, one, unsigned))];
        }
        catch (Exception e) when (IsDamage(e))
        {
            return [Damaged(message, "OpenPGP", unsigned, e)];
        }
    }

    private IReadOnlyList<MimeSignature> WithCertificates(MimeMessage message, MimeEntity part, string? unsigned)
    {
        using var memory = new CertificateMemory();
        try
        {
            var signatures = part is MultipartSigned signed ? signed.Verify(memory) : ((ApplicationPkcs7Mime)part).Verify(memory, out _);
            return [.. signatures.Select(one => Of(message, (SecureMimeDigitalSignature)one, memory, unsigned))];
        }
        catch (Exception e) when (IsDamage(e))
        {
            return [Damaged(message, "S/MIME", unsigned, e)];
        }
    }

    private MimeSignature Of(MimeMessage message, SecureMimeDigitalSignature signature, CertificateMemory memory, string? unsigned)
    {
        var basic = Basic(message, "S/MIME", unsigned is null) with { SignedAt = When(signature.CreationDate), Digest = signature.DigestAlgorithm.ToString() };
        if (signature.SignerCertificate is not SecureMimeDigitalCertificate signer)
            return basic with { Status = SignatureStatus.SignerUnknown, Reason = "The certificate that signed did not come with the message: nothing can be said." };

        using var certificate = X509CertificateLoader.LoadCertificate(signer.Certificate.GetEncoded());
        var known = basic with
        {
            Signer = certificate.Subject,
            Email = SignerFacts.AddressesOf(certificate),
            Fingerprint = certificate.GetCertHashString(HashAlgorithmName.SHA256),
            Issuer = certificate.Issuer,
            NotBefore = new DateTimeOffset(certificate.NotBefore),
            NotAfter = new DateTimeOffset(certificate.NotAfter),
        };
        if (!IsIntact(() => signature.SignerInfo.Verify(signer.Certificate.GetPublicKey()), out var problem))
            return known with { Status = SignatureStatus.Altered, Reason = problem };
        var others = memory.Seen.Select(one => X509CertificateLoader.LoadCertificate(one.GetEncoded())).ToList();
        var (status, reason) = SignerFacts.Trust(certificate, others, _trusted, asksForRevocation);
        others.ForEach(one => one.Dispose());
        return status == SignatureStatus.Valid ? Judged(known, message, unsigned) : known with { Status = status, Reason = reason };
    }

    // A good signature is that of whom the message is from, or it says nothing about its author (RFC 8550 section 3).
    private static MimeSignature Judged(MimeSignature signature, MimeMessage message, string? unsigned)
    {
        var signer = signature.Email.Count > 0 ? string.Join(", ", signature.Email) : signature.Signer;
        var fields = message.Headers.Where(field => field.Id == HeaderId.From).ToList();
        // Programs show one of several fields, or what cannot be read as it stands.
        if (fields.Count != 1 || !InternetAddressList.TryParse(fields[0].RawValue, out var addresses))
            return signature with { Status = SignatureStatus.WrongSigner, Reason = FormattableString.Invariant($"It is a good signature of {signer}, and the message does not say whom it is from: it has {fields.Count} From fields{(fields.Count == 1 ? ", which cannot be read" : "")}.") };
        var authors = addresses.Mailboxes.Select(one => one.Address).ToList();
        if (authors.Count == 0 || !authors.TrueForAll(author => signature.Email.Contains(author, StringComparer.OrdinalIgnoreCase)))
            return signature with { Status = SignatureStatus.WrongSigner, Reason = $"It is a good signature of {signer}, and the message says it is from {string.Join(", ", authors)}." };
        return unsigned is null
            ? signature with { Status = SignatureStatus.Valid, Reason = "The content is what was signed, and the signer is trusted." }
            : signature with { Status = SignatureStatus.PartOnly, Reason = $"What was signed is as it was, and the signer is trusted. {unsigned}" };
    }

    private static IEnumerable<MimeEntity> Parts(MimeEntity? entity) => entity switch
    {
        MultipartSigned => [entity],
        ApplicationPkcs7Mime { SecureMimeType: SecureMimeType.SignedData } => [entity],
        Multipart many => many.SelectMany(Parts),
        _ => [],
    };

    private static bool IsSMime(MultipartSigned signed) => signed.ContentType.Parameters["protocol"]?.Contains("pkcs7-signature", StringComparison.OrdinalIgnoreCase) == true;

    // Whether the certificate held when it was signed is another question, and has its own answer.
    private static bool IsIntact(Func<bool> verify, out string problem)
    {
        try
        {
            problem = "The content is not what was signed: it was altered on the way, or the signature was.";
            return verify();
        }
        catch (Exception e) when (e is DigitalSignatureVerifyException or Org.BouncyCastle.Cms.CmsException)
        {
            problem = $"The content is not what was signed: {e.InnerException?.Message ?? e.Message}";
            return false;
        }
    }

    // What strangers send is read by the libraries, which throw whatever comes on octets that are no signature.
    private static bool IsDamage(Exception e) => e is not OperationCanceledException;

    private static MimeSignature Damaged(MimeMessage message, string kind, string? unsigned, Exception e) =>
        Basic(message, kind, unsigned is null) with { Status = SignatureStatus.Altered, Reason = $"The signature cannot be read: {e.Message}" };

    private static MimeSignature Unsigned(MimeMessage message) => Basic(message, kind: null, isWholeBody: false) with
    {
        Reason = message.Body is MultipartEncrypted or ApplicationPkcs7Mime { SecureMimeType: SecureMimeType.EnvelopedData or SecureMimeType.AuthEnvelopedData }
            ? "The message is encrypted: what is signed in it is seen when Unprotect-MimeMessage has decrypted it."
            : "The message has no signature.",
    };

    private static MimeSignature Basic(MimeMessage message, string? kind, bool isWholeBody) => new()
    {
        Status = SignatureStatus.Unsigned,
        Reason = "",
        Kind = kind,
        IsWholeBody = isWholeBody,
        From = message.From.ToString(),
        Subject = message.Subject,
    };

    private static DateTimeOffset? When(DateTime time) => time == default ? null : new DateTimeOffset(DateTime.SpecifyKind(time, DateTimeKind.Utc));
}
