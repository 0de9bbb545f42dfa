namespace MailOps.Trust.Dkim;

/// <summary>How much a header or body may change on its way before a signature fails (RFC 6376 section 3.4).</summary>
internal enum DkimCanonicalization
{
    /// <summary>Spaces and folding may change, and the case of field names.</summary>
    Relaxed,

    /// <summary>Nothing may change but empty lines at the end of the body.</summary>
    Simple,
}
