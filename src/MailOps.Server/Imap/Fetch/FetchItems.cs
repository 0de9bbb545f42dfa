namespace MailOps.Server.Imap.Fetch;

/// <summary>What FETCH tells of a message besides sections of its body.</summary>
[Flags]
internal enum FetchItems
{
    None = 0,
    Uid = 1,
    Flags = 2,
    InternalDate = 4,
    Size = 8,
    Envelope = 16,
    Body = 32,
    BodyStructure = 64,

    /// <summary>RFC 7162 section 3.1.4.2.</summary>
    ModSeq = 128,

    /// <summary>RFC 8970.</summary>
    Preview = 256,

    /// <summary>SNIPPET=FUZZY: what PREVIEW was called before it was a standard.</summary>
    Snippet = 512,

    /// <summary>RFC 8474 section 5.3.</summary>
    EmailId = 1024,

    /// <summary>RFC 8474 section 5.3.</summary>
    ThreadId = 2048,

    /// <summary>RFC 8514 section 4.2.</summary>
    SaveDate = 4096,

    /// <summary>RFC 3501 section 6.4.5.</summary>
    Fast = Flags | InternalDate | Size,
    All = Fast | Envelope,
    Full = All | Body,
}
