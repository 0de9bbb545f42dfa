namespace MailOps.Messages;

/// <summary>What a record tells of a message.</summary>
internal enum RecordKind : byte
{
    None,

    /// <summary>A <see cref="MessageDigest"/>.</summary>
    Digest,

    /// <summary>A <see cref="MessageStructure"/>.</summary>
    Structure,

    /// <summary>The preview, in UTF-8.</summary>
    Preview,
}
