using Org.BouncyCastle.Asn1;
using Org.BouncyCastle.Asn1.Cms;
using Org.BouncyCastle.Asn1.Nist;
using Org.BouncyCastle.Asn1.X509;
using Org.BouncyCastle.Asn1.X9;
using Org.BouncyCastle.Cms;
using Org.BouncyCastle.Crypto.Engines;
using Org.BouncyCastle.Crypto.Generators;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Security;
using Org.BouncyCastle.X509;

namespace MailOps.Client.Protection;

/// <summary>One for whom a message is encrypted whose certificate has an elliptic key: ephemeral-static ECDH, AES-256 key wrap (RFC 5753 section 3.1).</summary>
internal sealed class EllipticRecipient(X509Certificate certificate) : RecipientInfoGenerator
{
    /// <summary>True for a certificate with such a key.</summary>
    public static bool Is(X509Certificate certificate) => certificate.GetPublicKey() is ECPublicKeyParameters;

    /// <inheritdoc/>
    public RecipientInfo Generate(KeyParameter contentEncryptionKey, SecureRandom random)
    {
        var key = (ECPublicKeyParameters)certificate.GetPublicKey();
        var pairs = new ECKeyPairGenerator("ECDH");
        pairs.Init(new ECKeyGenerationParameters(key.Parameters, random));
        var ephemeral = pairs.GenerateKeyPair();
        var wrap = new AlgorithmIdentifier(NistObjectIdentifiers.IdAes256Wrap);
        var wrapper = new AesWrapEngine();
        wrapper.Init(forWrapping: true, EllipticAgreement.Derive(EllipticAgreement.Scheme, wrap, (ECPrivateKeyParameters)ephemeral.Private, key, material: null));
        var content = contentEncryptionKey.GetKey();
        var wrapped = wrapper.Wrap(content, 0, content.Length);
        var point = ((ECPublicKeyParameters)ephemeral.Public).Q.GetEncoded(compressed: false);
        return new RecipientInfo(new KeyAgreeRecipientInfo(
            new OriginatorIdentifierOrKey(new OriginatorPublicKey(new AlgorithmIdentifier(X9ObjectIdentifiers.IdECPublicKey), new DerBitString(point))),
            ukm: null,
            new AlgorithmIdentifier(EllipticAgreement.Scheme, wrap),
            new DerSequence(new RecipientEncryptedKey(new KeyAgreeRecipientIdentifier(new IssuerAndSerialNumber(certificate.CertificateStructure)), new DerOctetString(wrapped)))));
    }
}
