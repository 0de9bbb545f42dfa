using System.Security.Cryptography;
using Org.BouncyCastle.Asn1;
using Org.BouncyCastle.Asn1.Cms;
using Org.BouncyCastle.Asn1.Nist;
using Org.BouncyCastle.Asn1.Oiw;
using Org.BouncyCastle.Asn1.Pkcs;
using Org.BouncyCastle.Asn1.X509;
using Org.BouncyCastle.Cms;
using Org.BouncyCastle.Crypto;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Pkcs;
using Org.BouncyCastle.Security;
using IssuerAndSerialNumber = Org.BouncyCastle.Asn1.Cms.IssuerAndSerialNumber;

namespace MailOps.Client.Protection;

/// <summary>Finds the key of an encrypted content among what it holds for each recipient (RFC 5652 section 6.2): RSA and ECDH.</summary>
internal static class EnvelopeKeys
{
    /// <summary>The key of the content, by one of one's own.</summary>
    /// <param name="recipients">The RecipientInfos.</param>
    /// <param name="memory">One's own keys.</param>
    /// <param name="onlyElliptic">True to pass over what is for RSA keys.</param>
    /// <returns>Null if none of them is for such a key.</returns>
    /// <exception cref="CmsException">It is for one of these keys, which does not open it.</exception>
    /// <exception cref="NotSupportedException">An algorithm is not known.</exception>
    public static byte[]? Find(Asn1Set recipients, CertificateMemory memory, bool onlyElliptic)
    {
        foreach (var recipient in recipients.Select(RecipientInfo.GetInstance))
        {
            if (recipient.Info is KeyAgreeRecipientInfo agreed)
            {
                foreach (var one in agreed.RecipientEncryptedKeys.Select(RecipientEncryptedKey.GetInstance))
                {
                    if (memory.KeyOf(IdOf(one.Identifier.IssuerAndSerialNumber, one.Identifier.RKeyID?.SubjectKeyIdentifier)) is ECPrivateKeyParameters own)
                        return Unwrap(agreed, one.EncryptedKey.GetOctets(), own);
                }
            }
            else if (!onlyElliptic && recipient.Info is KeyTransRecipientInfo sent)
            {
                var id = sent.RecipientIdentifier.ID.ToAsn1Object();
                if (memory.KeyOf(id is Asn1OctetString name ? IdOf(null, name) : IdOf(IssuerAndSerialNumber.GetInstance(id), null)) is RsaPrivateCrtKeyParameters own)
                    return Decrypt(sent.KeyEncryptionAlgorithm, sent.EncryptedKey.GetOctets(), own);
            }
        }

        return null;
    }

    private static RecipientID IdOf(IssuerAndSerialNumber? issued, Asn1OctetString? name)
    {
        var id = new RecipientID();
        if (name is not null)
            id.SubjectKeyIdentifier = name.GetEncoded();
        if (issued is not null)
            (id.Issuer, id.SerialNumber) = (issued.Issuer, issued.SerialNumber.Value);
        return id;
    }

    private static byte[] Unwrap(KeyAgreeRecipientInfo agreed, byte[] wrapped, ECPrivateKeyParameters own)
    {
        if (agreed.Originator.OriginatorKey is not { } originator)
            throw new NotSupportedException("its sender used a lasting elliptic key, and not one for this message alone (RFC 5753 section 3.1).");

        // The key may come without the curve: it is that of the recipient's own.
        var curve = PrivateKeyInfoFactory.CreatePrivateKeyInfo(own).PrivateKeyAlgorithm;
        var other = PublicKeyFactory.CreateKey(new SubjectPublicKeyInfo(curve, originator.PublicKey));
        var (scheme, wrap) = (agreed.KeyEncryptionAlgorithm.Algorithm, AlgorithmIdentifier.GetInstance(agreed.KeyEncryptionAlgorithm.Parameters));

        // BouncyCastle and what is made with it have NULL in the derivation, whatever the message says.
        foreach (var spelled in new[] { wrap, new AlgorithmIdentifier(wrap.Algorithm, DerNull.Instance) })
        {
            try
            {
                var wrapper = WrapperUtilities.GetWrapper(wrap.Algorithm.Id);
                wrapper.Init(forWrapping: false, EllipticAgreement.Derive(scheme, spelled, own, other, agreed.UserKeyingMaterial));
                return wrapper.Unwrap(wrapped, 0, wrapped.Length);
            }
            catch (InvalidCipherTextException)
            {
                // Not by this one.
            }
        }

        throw new CmsException("the key that it is encrypted for does not open it: it was altered, or its sender derives keys in another way than RFC 5753 has it.");
    }

    private static byte[] Decrypt(AlgorithmIdentifier algorithm, byte[] encrypted, RsaPrivateCrtKeyParameters own)
    {
        using var rsa = RSA.Create(DotNetUtilities.ToRSAParameters(own));
        try
        {
            return rsa.Decrypt(encrypted, PaddingOf(algorithm));
        }
        catch (CryptographicException e)
        {
            throw new CmsException("the key that it is encrypted for does not open it: it was altered.", e);
        }
    }

    private static RSAEncryptionPadding PaddingOf(AlgorithmIdentifier algorithm)
    {
        if (algorithm.Algorithm.Equals(PkcsObjectIdentifiers.RsaEncryption))
            return RSAEncryptionPadding.Pkcs1;
        if (!algorithm.Algorithm.Equals(PkcsObjectIdentifiers.IdRsaesOaep))
            throw new NotSupportedException($"its key is encrypted by {algorithm.Algorithm.Id}, which is not known here.");
        var digest = RsaesOaepParameters.GetInstance(algorithm.Parameters).HashAlgorithm.Algorithm;
        return digest switch
        {
            _ when digest.Equals(OiwObjectIdentifiers.IdSha1) => RSAEncryptionPadding.OaepSHA1,
            _ when digest.Equals(NistObjectIdentifiers.IdSha256) => RSAEncryptionPadding.OaepSHA256,
            _ when digest.Equals(NistObjectIdentifiers.IdSha384) => RSAEncryptionPadding.OaepSHA384,
            _ when digest.Equals(NistObjectIdentifiers.IdSha512) => RSAEncryptionPadding.OaepSHA512,
            _ => throw new NotSupportedException($"its key is encrypted by RSAES-OAEP with {digest.Id}, which is not known here."),
        };
    }
}
