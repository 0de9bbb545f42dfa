using System.Security.Cryptography;
using MailOps.Client.Messages;
using MimeKit;
using MimeKit.Cryptography;
using Org.BouncyCastle.Bcpg.OpenPgp;
using Org.BouncyCastle.Cms;

namespace MailOps.Client.Protection;

/// <summary>Signs, encrypts and decrypts messages (RFC 8551, RFC 3156). Headers stay as they are, and can be read by all.</summary>
public static class MessageProtection
{
    /// <summary>How the library says that a message is for others.</summary>
    internal const string NoSuitableKey = "A suitable private key could not be found for decrypting.";

    /// <summary>Signs and encrypts a message; both, signed first.</summary>
    /// <param name="message">The message, in any form that <see cref="Sessions.MessageContent"/> knows. It is not changed.</param>
    /// <param name="options">How.</param>
    /// <returns>The new message, a MimeKit.MimeMessage.</returns>
    /// <exception cref="ArgumentException">It is no message, or a certificate or key is missing or unfit.</exception>
    /// <exception cref="CryptographicException">A password is wrong, or something cannot be signed or encrypted with.</exception>
    public static object Protect(object message, ProtectionOptions options)
    {
        var copy = CopyOf(message);
        if (copy.Body is null)
            throw new ArgumentException("The message has no body to protect.");
        return Guarded("The message cannot be protected", () =>
        {
            copy.Body = options.KeyFiles.Count > 0 ? WithKeys(copy, options) : WithCertificates(copy.Body, options);
            return copy;
        });
    }

    /// <summary>Those recipients of a message for whom no certificate is among those that it is encrypted to.</summary>
    public static IReadOnlyList<string> WithoutCertificate(object message, ProtectionOptions options)
    {
        var known = options.RecipientCertificates.SelectMany(one => SignerFacts.AddressesOf(CertificateSource.Public(one))).ToHashSet(StringComparer.OrdinalIgnoreCase);
        return options.RecipientCertificates.Count == 0 ? [] : [.. RecipientsOf(AnyMessage.Of(message)).Where(one => !known.Contains(one))];
    }

    /// <summary>Decrypts a message by S/MIME.</summary>
    /// <param name="message">The message. It is not changed.</param>
    /// <param name="certificates">Certificates with their keys.</param>
    /// <param name="password">The password of their files, or null.</param>
    /// <returns>The message with its content in the clear; null if it is not encrypted by S/MIME.</returns>
    /// <exception cref="CryptographicException">None of the certificates opens it, or it is damaged.</exception>
    public static object? DecryptWithCertificates(object message, IReadOnlyList<object> certificates, string? password)
    {
        var copy = CopyOf(message);
        if (copy.Body is not ApplicationPkcs7Mime { SecureMimeType: SecureMimeType.EnvelopedData or SecureMimeType.AuthEnvelopedData } enveloped)
            return null;
        return Guarded("The message cannot be decrypted", () =>
        {
            using var memory = new CertificateMemory();
            foreach (var (pkcs12, secret) in certificates.Select(one => CertificateSource.WithKey(one, password)))
            {
                using (pkcs12)
                    memory.Import(pkcs12, secret);
            }

            using var octets = new MemoryStream();
            enveloped.Content?.DecodeTo(octets);
            copy.Body = EnvelopedContent.Decrypt(octets.ToArray(), memory) is { } content ? MimeEntity.Load(new MemoryStream(content)) : enveloped.Decrypt(memory);
            return copy;
        });
    }

    /// <summary>Decrypts a message by OpenPGP.</summary>
    /// <param name="message">The message. It is not changed.</param>
    /// <param name="keyFiles">Files of secret keys, and of the keys of those who sign.</param>
    /// <param name="passphrase">What opens the secret keys, or null.</param>
    /// <returns>The message with its content in the clear, and what the signatures are worth that were made inside the encryption; null if it is not encrypted by OpenPGP.</returns>
    /// <exception cref="CryptographicException">None of the keys opens it, or it is damaged.</exception>
    public static (object Message, IReadOnlyList<MimeSignature> Signatures)? DecryptWithKeys(object message, IReadOnlyList<FileInfo> keyFiles, string? passphrase)
    {
        var copy = CopyOf(message);
        if (copy.Body is not MultipartEncrypted encrypted)
            return null;
        return Guarded("The message cannot be decrypted", () =>
        {
            using var ring = new KeyRing(keyFiles, passphrase);
            copy.Body = encrypted.Decrypt(ring, out var signatures);
            return (copy, (IReadOnlyList<MimeSignature>)[.. (signatures ?? Enumerable.Empty<IDigitalSignature>()).Select(one => SignatureReader.Of(copy, one, unsigned: null))]);
        });
    }

    private static MimeEntity WithCertificates(MimeEntity body, ProtectionOptions options)
    {
        using var memory = new CertificateMemory();
        if (options.SigningCertificate is { } signing)
        {
            var (pkcs12, password) = CertificateSource.WithKey(signing, options.Password);
            using (pkcs12)
            {
                var signer = new CmsSigner(pkcs12, password) { DigestAlgorithm = DigestAlgorithm.Sha256 };
                body = options.IsOpaque ? ApplicationPkcs7Mime.Sign(memory, signer, body) : MultipartSigned.Create(memory, signer, body);
            }
        }

        if (options.RecipientCertificates.Count == 0)
            return body;
        var recipients = new CmsRecipientCollection();
        foreach (var certificate in options.RecipientCertificates.Select(CertificateSource.Public))
            recipients.Add(new CmsRecipient(new MemoryStream(certificate.RawData)) { EncryptionAlgorithms = [EncryptionAlgorithm.Aes256] });
        return ApplicationPkcs7Mime.Encrypt(memory, recipients, body);
    }

    private static MimeEntity WithKeys(MimeMessage message, ProtectionOptions options)
    {
        using var ring = new KeyRing(options.KeyFiles, options.Passphrase);
        var body = message.Body!;
        if (options.SignsWithKey)
        {
            var signer = options.SigningKey ?? message.From.Mailboxes.FirstOrDefault()?.Address ?? throw new ArgumentException("The message has no author whose key could sign. Say whose does.");
            body = MultipartSigned.Create(ring, ring.SigningKey(signer), DigestAlgorithm.Sha256, body);
        }

        if (!options.EncryptsWithKeys)
            return body;
        var names = options.RecipientKeys.Count > 0 ? options.RecipientKeys : RecipientsOf(message);
        if (names.Count == 0)
            throw new ArgumentException("The message has no recipients whose keys could encrypt. Say whose do.");
        return MultipartEncrypted.Encrypt(ring, names.Select(ring.EncryptionKey).ToList(), body);
    }

    private static IReadOnlyList<string> RecipientsOf(MimeMessage message) =>
        [.. message.To.Mailboxes.Concat(message.Cc.Mailboxes).Concat(message.Bcc.Mailboxes).Select(one => one.Address).Distinct(StringComparer.OrdinalIgnoreCase)];

    private static MimeMessage CopyOf(object message)
    {
        using var octets = new MemoryStream();
        AnyMessage.Of(message).WriteTo(octets);
        octets.Position = 0;
        return MimeMessage.Load(octets);
    }

    // The library has an exception of its own for nearly every step.
    private static T Guarded<T>(string what, Func<T> work)
    {
        try
        {
            return work();
        }
        catch (Exception e) when (e is PrivateKeyNotFoundException || (e is CmsException && e.Message.StartsWith("A suitable private key", StringComparison.Ordinal)))
        {
            throw new CryptographicException($"{what}: it is encrypted for others; none of the certificates or keys that were given opens it.", e);
        }
        catch (Exception e) when (e is OperationCanceledException or UnauthorizedAccessException)
        {
            throw new CryptographicException($"{what}: the passphrase does not open the secret key.", e);
        }
        catch (Exception e) when (e is CmsException or PgpException or Org.BouncyCastle.Security.GeneralSecurityException or Org.BouncyCastle.Crypto.CryptoException or NotSupportedException or FormatException || (e is ArgumentException && e.Source?.StartsWith("MimeKit", StringComparison.Ordinal) == true))
        {
            throw new CryptographicException($"{what}: {e.Message}", e);
        }
    }
}
