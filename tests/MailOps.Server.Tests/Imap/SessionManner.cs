namespace MailOps.Server.Tests.Imap;

/// <summary>How a session wants to hear of changes.</summary>
internal enum SessionManner
{
    /// <summary>With commands, by sequence number.</summary>
    Plain,

    /// <summary>With commands, by UID (QRESYNC); its connection breaks now and then.</summary>
    Resynchronized,

    /// <summary>At once (NOTIFY).</summary>
    Notified,

    /// <summary>At once, and by UID.</summary>
    NotifiedByUid,

    /// <summary>At once, but for expunges (NOTIFY with SELECTED-DELAYED).</summary>
    Delayed,
}
