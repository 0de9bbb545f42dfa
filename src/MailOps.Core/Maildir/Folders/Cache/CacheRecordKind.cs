namespace MailOps.Maildir.Folders.Cache;

/// <summary>What a record of the cache holds.</summary>
internal enum CacheRecordKind : byte
{
    None,

    /// <summary>A <see cref="Messages.MessageDigest"/>.</summary>
    Digest,

    /// <summary>A <see cref="Messages.MessageStructure"/>.</summary>
    Structure,

    /// <summary>The preview, in UTF-8.</summary>
    Preview,
}
