using Org.BouncyCastle.Asn1;
using Org.BouncyCastle.Asn1.Cms;
using Org.BouncyCastle.Asn1.Nist;
using Org.BouncyCastle.Cms;
using Org.BouncyCastle.Crypto;
using Org.BouncyCastle.Crypto.Modes;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Security;

namespace MailOps.Client.Protection;

/// <summary>Decrypts what the library does not: AES-GCM (RFC 5083, RFC 5084), and contents for elliptic keys (RFC 5753).</summary>
internal static class EnvelopedContent
{
    /// <summary>Decrypts the content of a CMS structure.</summary>
    /// <param name="octets">The structure, DER or BER.</param>
    /// <param name="memory">One's own keys.</param>
    /// <returns>The content; null for one that is the library's: encrypted for no elliptic key that is there, and not by AES-GCM.</returns>
    /// <exception cref="CmsException">It is no such structure, for others, or was altered.</exception>
    /// <exception cref="NotSupportedException">An algorithm is not known.</exception>
    public static byte[]? Decrypt(byte[] octets, CertificateMemory memory)
    {
        ContentInfo info;
        try
        {
            info = ContentInfo.GetInstance(Asn1Object.FromByteArray(octets));
        }
        catch (Exception e) when (e is IOException or ArgumentException or InvalidCastException)
        {
            throw new CmsException($"it cannot be read as CMS: {e.Message}", e);
        }

        if (info.ContentType.Equals(CmsObjectIdentifiers.AuthEnvelopedData))
            return Authenticated(AuthEnvelopedData.GetInstance(info.Content), memory);
        if (!info.ContentType.Equals(CmsObjectIdentifiers.EnvelopedData))
            return null;
        var enveloped = EnvelopedData.GetInstance(info.Content);
        if (EnvelopeKeys.Find(enveloped.RecipientInfos, memory, onlyElliptic: true) is not { } key)
            return null;
        var algorithm = enveloped.EncryptedContentInfo.ContentEncryptionAlgorithm;
        var cipher = CipherUtilities.GetCipher(algorithm.Algorithm);
        cipher.Init(forEncryption: false, ParameterUtilities.GetCipherParameters(algorithm.Algorithm, ParameterUtilities.CreateKeyParameter(algorithm.Algorithm, key), algorithm.Parameters?.ToAsn1Object()));
        return cipher.DoFinal(enveloped.EncryptedContentInfo.EncryptedContent.GetOctets());
    }

    private static byte[] Authenticated(AuthEnvelopedData enveloped, CertificateMemory memory)
    {
        var algorithm = enveloped.AuthEncryptedContentInfo.ContentEncryptionAlgorithm;
        if (!algorithm.Algorithm.Equals(NistObjectIdentifiers.IdAes128Gcm) && !algorithm.Algorithm.Equals(NistObjectIdentifiers.IdAes192Gcm) && !algorithm.Algorithm.Equals(NistObjectIdentifiers.IdAes256Gcm))
            throw new NotSupportedException($"its content is encrypted by {algorithm.Algorithm.Id}, which is not known here. Ask for AES-GCM or AES-CBC.");
        var key = EnvelopeKeys.Find(enveloped.RecipientInfos, memory, onlyElliptic: false)
            ?? throw new CmsException(MessageProtection.NoSuitableKey);
        var parameters = GcmParameters.GetInstance(algorithm.Parameters);
        if (parameters.IcvLen is < 12 or > 16)
            throw new CmsException($"its authentication tag has {parameters.IcvLen} octets, where 12 to 16 are allowed (RFC 5084 section 3.2).");

        // RFC 5083 section 2.2: attributes are authenticated as the SET that they are, and not by the tag that they have here.
        var associated = enveloped.AuthAttrs?.GetEncoded(Asn1Encodable.Der);
        var cipher = new GcmBlockCipher(Org.BouncyCastle.Crypto.AesUtilities.CreateEngine());
        cipher.Init(forEncryption: false, new AeadParameters(new KeyParameter(key), 8 * parameters.IcvLen, parameters.GetNonce(), associated));
        byte[] encrypted = [.. enveloped.AuthEncryptedContentInfo.EncryptedContent.GetOctets(), .. enveloped.Mac.GetOctets()];
        var content = new byte[cipher.GetOutputSize(encrypted.Length)];
        try
        {
            var length = cipher.ProcessBytes(encrypted, 0, encrypted.Length, content, 0);
            return content[..(length + cipher.DoFinal(content, length))];
        }
        catch (InvalidCipherTextException e)
        {
            throw new CmsException("it was altered since it was encrypted (AES-GCM, RFC 5084).", e);
        }
    }
}
