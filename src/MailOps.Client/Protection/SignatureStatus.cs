namespace MailOps.Client.Protection;

/// <summary>What a signature is worth. Where several hold, the first of them that is no <see cref="Valid"/> in this order is told: altered, signer unknown, revoked, untrusted, expired, wrong signer, part only.</summary>
public enum SignatureStatus
{
    /// <summary>The whole body is what was signed, by whom the message says it is from, whose certificate or key is trusted.</summary>
    Valid,

    /// <summary>The content is not what was signed, or the signature is damaged.</summary>
    Altered,

    /// <summary>The certificate or key that it was made with is not there: nothing can be said.</summary>
    SignerUnknown,

    /// <summary>The certificate or key was revoked.</summary>
    Revoked,

    /// <summary>The content is what was signed, and no authority that is trusted vouches for the certificate, or it is not for mail.</summary>
    Untrusted,

    /// <summary>The certificate or key is not valid now.</summary>
    Expired,

    /// <summary>It is a good signature of somebody else than the message says it is from: of not every address of its one From field.</summary>
    WrongSigner,

    /// <summary>It is a good signature, and of a part of the body alone: there is more that nobody signed, as mailing lists add it, or a stranger around or in the signed part of another message.</summary>
    PartOnly,

    /// <summary>The message has no signature, or none that can be seen before it is decrypted.</summary>
    Unsigned,
}
