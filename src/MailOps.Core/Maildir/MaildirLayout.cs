namespace MailOps.Maildir;

/// <summary>How the mailboxes of an account lie in its directory. INBOX is the directory itself in both.</summary>
public enum MaildirLayout
{
    /// <summary>Side by side, levels parted by dots: <c>.Archive.2026</c>. What Courier, Dovecot and nearly all others do.</summary>
    MaildirPlusPlus,

    /// <summary>Nested directories with plain names: <c>Archive/2026</c> (Dovecot's <c>LAYOUT=fs</c>).</summary>
    Fs,
}
