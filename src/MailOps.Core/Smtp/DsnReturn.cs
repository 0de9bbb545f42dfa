namespace MailOps.Smtp;

/// <summary>How much of a message a report of failure brings back: RET (RFC 3461 section 4.3).</summary>
internal enum DsnReturn
{
    /// <summary>Nothing was said.</summary>
    Unsaid,

    /// <summary>All of it.</summary>
    Full,

    /// <summary>Its header.</summary>
    Headers,
}
