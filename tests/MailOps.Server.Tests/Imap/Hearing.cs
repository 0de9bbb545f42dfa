namespace MailOps.Server.Tests.Imap;

/// <summary>When a session hears of what happens in the mailbox that it has selected.</summary>
internal enum Hearing
{
    /// <summary>With commands, and in IDLE.</summary>
    WithCommands,

    /// <summary>At once (NOTIFY).</summary>
    AtOnce,

    /// <summary>At once, but for expunges (NOTIFY with SELECTED-DELAYED).</summary>
    Delayed,

    /// <summary>Not at all but for what it expunges itself: NOTIFY asks for other mailboxes alone.</summary>
    OfOthersAlone,
}
