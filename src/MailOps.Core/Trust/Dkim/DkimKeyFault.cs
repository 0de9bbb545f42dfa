namespace MailOps.Trust.Dkim;

/// <summary>Why DKIM keys could not be used or changed.</summary>
public enum DkimKeyFault
{
    /// <summary>What is named as a domain or selector cannot be one.</summary>
    InvalidName,

    /// <summary>No key is made of that size.</summary>
    InvalidSize,

    /// <summary>There is a key of that selector.</summary>
    Exists,

    /// <summary>There is no key of that selector.</summary>
    NotFound,

    /// <summary>There is no store at that path.</summary>
    StoreNotFound,

    /// <summary>Others may read the key, or put another in its place.</summary>
    OpenToOthers,

    /// <summary>The file holds no key that can sign.</summary>
    Unusable,

    /// <summary>The key's file or folder cannot be read or written.</summary>
    FileUnavailable,
}
