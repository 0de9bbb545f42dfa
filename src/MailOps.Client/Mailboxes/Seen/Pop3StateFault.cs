namespace MailOps.Client.Mailboxes.Seen;

/// <summary>Why a file that remembers messages cannot be used. The names are stable: error ids are made of them.</summary>
public enum Pop3StateFault
{
    /// <summary>Another process, or another command of this one, works with the same account and file.</summary>
    InUse,

    /// <summary>The file is something else.</summary>
    NotAState,

    /// <summary>A line of it is damaged.</summary>
    Damaged,

    /// <summary>It is of a newer version of the module.</summary>
    TooNew,
}
