namespace MailOps.Maildir;

/// <summary>How flags are changed (RFC 3501 section 6.4.6).</summary>
public enum FlagChange
{
    /// <summary>The given flags are all that the message then has.</summary>
    Replace,

    /// <summary>The given flags are added.</summary>
    Add,

    /// <summary>The given flags are taken off.</summary>
    Remove,
}
