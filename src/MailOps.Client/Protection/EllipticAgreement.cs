using Org.BouncyCastle.Asn1;
using Org.BouncyCastle.Asn1.Nist;
using Org.BouncyCastle.Asn1.Pkcs;
using Org.BouncyCastle.Asn1.Sec;
using Org.BouncyCastle.Asn1.X509;
using Org.BouncyCastle.Asn1.X9;
using Org.BouncyCastle.Crypto;
using Org.BouncyCastle.Crypto.Agreement;
using Org.BouncyCastle.Crypto.Agreement.Kdf;
using Org.BouncyCastle.Crypto.Digests;
using Org.BouncyCastle.Crypto.Generators;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Security;
using Org.BouncyCastle.Utilities;

namespace MailOps.Client.Protection;

/// <summary>
/// ECDH for CMS (RFC 5753). The library's own puts NULL behind the key-wrap algorithm that goes into the derivation, where RFC 3565 section 2.3.2 has nothing:
/// openssl and others derive another key then.
/// </summary>
internal static class EllipticAgreement
{
    /// <summary>The scheme that S/MIME 4.0 wants of all (RFC 8551 section 2.3).</summary>
    public static DerObjectIdentifier Scheme => SecObjectIdentifiers.dhSinglePass_stdDH_sha256kdf_scheme;

    /// <summary>Derives the key that wraps the key of the content.</summary>
    /// <param name="scheme">The scheme, which names the digest.</param>
    /// <param name="wrap">The key-wrap algorithm, as the message has it.</param>
    /// <param name="own">One's private key.</param>
    /// <param name="other">The other's public key.</param>
    /// <param name="material">The message's user keying material; null if it has none.</param>
    /// <exception cref="NotSupportedException">The scheme is not known.</exception>
    public static KeyParameter Derive(DerObjectIdentifier scheme, AlgorithmIdentifier wrap, ECPrivateKeyParameters own, ICipherParameters other, Asn1OctetString? material)
    {
        var (digest, isCofactor) = Known(scheme);
        IBasicAgreement agreement = isCofactor ? new ECDHCBasicAgreement() : new ECDHBasicAgreement();
        agreement.Init(own);
        var secret = BigIntegers.AsUnsignedByteArray(agreement.GetFieldSize(), agreement.CalculateAgreement(other));
        var bits = KeySize(wrap.Algorithm);
        byte[] length = [(byte)(bits >> 24), (byte)(bits >> 16), (byte)(bits >> 8), (byte)bits];
        var shared = new Asn1EncodableVector(wrap);
        if (material is not null)
            shared.Add(new DerTaggedObject(isExplicit: true, 0, material));
        shared.Add(new DerTaggedObject(isExplicit: true, 2, new DerOctetString(length)));
        var generator = new Kdf2BytesGenerator(digest);
        generator.Init(new KdfParameters(secret, new DerSequence(shared).GetDerEncoded()));
        var key = new byte[bits / 8];
        generator.GenerateBytes(key, 0, key.Length);
        return ParameterUtilities.CreateKeyParameter(wrap.Algorithm, key);
    }

    private static int KeySize(DerObjectIdentifier wrap) => wrap switch
    {
        _ when wrap.Equals(NistObjectIdentifiers.IdAes128Wrap) => 128,
        _ when wrap.Equals(NistObjectIdentifiers.IdAes192Wrap) || wrap.Equals(PkcsObjectIdentifiers.IdAlgCms3DesWrap) => 192,
        _ when wrap.Equals(NistObjectIdentifiers.IdAes256Wrap) => 256,
        _ => throw new NotSupportedException($"its key is wrapped by {wrap.Id}, which is not known here."),
    };

    private static (IDigest Digest, bool IsCofactor) Known(DerObjectIdentifier scheme) => scheme switch
    {
        _ when scheme.Equals(X9ObjectIdentifiers.DHSinglePassStdDHSha1KdfScheme) => (new Sha1Digest(), false),
        _ when scheme.Equals(SecObjectIdentifiers.dhSinglePass_stdDH_sha224kdf_scheme) => (new Sha224Digest(), false),
        _ when scheme.Equals(SecObjectIdentifiers.dhSinglePass_stdDH_sha256kdf_scheme) => (new Sha256Digest(), false),
        _ when scheme.Equals(SecObjectIdentifiers.dhSinglePass_stdDH_sha384kdf_scheme) => (new Sha384Digest(), false),
        _ when scheme.Equals(SecObjectIdentifiers.dhSinglePass_stdDH_sha512kdf_scheme) => (new Sha512Digest(), false),
        _ when scheme.Equals(X9ObjectIdentifiers.DHSinglePassCofactorDHSha1KdfScheme) => (new Sha1Digest(), true),
        _ when scheme.Equals(SecObjectIdentifiers.dhSinglePass_cofactorDH_sha256kdf_scheme) => (new Sha256Digest(), true),
        _ when scheme.Equals(SecObjectIdentifiers.dhSinglePass_cofactorDH_sha384kdf_scheme) => (new Sha384Digest(), true),
        _ when scheme.Equals(SecObjectIdentifiers.dhSinglePass_cofactorDH_sha512kdf_scheme) => (new Sha512Digest(), true),
        _ => throw new NotSupportedException($"its key agreement is {scheme.Id}, which is not known here."),
    };
}
