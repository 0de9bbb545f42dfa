using MailOps.Maildir.Access;

namespace MailOps.Maildir;

/// <summary>The disk did not do its part. Sessions answer 452 or 451, -ERR, NO, and go on.</summary>
public sealed class MailStoreException : IOException
{
    /// <summary>An error with what was tried, where, and what to do about it.</summary>
    public MailStoreException(StoreFault fault, string message, Exception? inner = null)
        : base(message, inner) => Fault = fault;

    /// <summary>Which kind of failure.</summary>
    public StoreFault Fault { get; }

    /// <summary>Somebody tried what he has no right to. Who asks for rights first is never told so.</summary>
    internal static MailStoreException NotPermitted(string mailbox, MailboxRights needed) =>
        new(StoreFault.NotPermitted, $"This needs the rights '{RightsText.Format(needed)}' on the mailbox '{mailbox}' (RFC 4314). Ask who administers it.");
}
