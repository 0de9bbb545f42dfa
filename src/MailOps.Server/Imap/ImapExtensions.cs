namespace MailOps.Server.Imap;

/// <summary>Extensions that change what the server says on its own, and so only after the client asked for them: by ENABLE (RFC 5161), or by a command that implies it.</summary>
[Flags]
internal enum ImapExtensions
{
    None = 0,

    /// <summary>RFC 7162 section 3.1: MODSEQ in every untagged FETCH.</summary>
    CondStore = 1,

    /// <summary>RFC 7162 section 3.2: VANISHED in place of EXPUNGE. It comes with <see cref="CondStore"/>.</summary>
    QResync = 2,

    /// <summary>RFC 9051 appendix A: names and strings in UTF-8, ESEARCH in place of SEARCH, nothing more of RECENT, and a LIST in the reply to SELECT.</summary>
    Rev2 = 4,

    /// <summary>RFC 6855: names and strings in UTF-8.</summary>
    Utf8Accept = 8,

    /// <summary>RFC 9586: messages are told by UID alone, and named by UID alone.</summary>
    UidOnly = 16,
}
