namespace MailOps.Maildir;

/// <summary>How a <see cref="MaildirStore"/> works.</summary>
public sealed record MaildirStoreOptions
{
    /// <summary>The clock: names of message files, waits for locks, the watch on changes by other programs.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>Octets of a message that are held in memory until it is committed; a longer one goes to a file in the store's <c>tmp</c>, in steps of this size. 64 KiB to 16 MiB.</summary>
    public int MemoryPerDelivery { get; init; } = 256 * 1024;

    /// <summary>How often open folders that somebody waits on are looked at for changes by other programs.</summary>
    public TimeSpan WatchInterval { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>How often the mailboxes of accounts that somebody watches as a whole are looked at for changes by other programs.</summary>
    public TimeSpan AccountWatchInterval { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How mailboxes lie in an account's directory. Null: Maildir++ in a store, except in accounts that were made with the other; in a Maildir that is opened where it lies, what is found there.</summary>
    public MaildirLayout? Layout { get; init; }

    /// <summary>
    /// What each account may hold. Null: an account that has a <c>maildirsize</c> file (Maildir++) has the limits of its first line, and others
    /// have none.
    /// </summary>
    public MailQuota? Quota { get; init; }

    /// <summary>How many mailboxes each account may have, INBOX among them; null for any number. Those that are there already stay.</summary>
    public int? MaxMailboxes { get; init; }

    /// <summary>False where only polling looks for changes, as it does on systems that do not tell of them.</summary>
    internal bool UsesNotification { get; init; } = true;
}
