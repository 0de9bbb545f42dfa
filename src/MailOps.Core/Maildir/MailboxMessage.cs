using MailOps.Maildir.Folders;

namespace MailOps.Maildir;

/// <summary>A message in a session's view of a mailbox: a value, made when it is asked for. A changed message is another one with the same <see cref="Uid"/>.</summary>
public readonly record struct MailboxMessage
{
    // A folder's entry, whose name becomes a string only for one who asks, or the name itself.
    private readonly object _name;

    /// <summary>A message with its name.</summary>
    public MailboxMessage(uint uid, long size, MessageFlagSet flags, bool recent, string fileName, ulong modSeq = 1)
    {
        (Uid, Size, Flags, Recent, ModSeq) = (uid, size, flags, recent, modSeq);
        _name = fileName;
    }

    internal MailboxMessage(FolderEntry entry, MessageFlagSet flags, bool recent, ulong modSeq)
    {
        (Uid, Size, Flags, Recent, ModSeq) = (entry.Uid, entry.Size, flags, recent, modSeq);
        _name = entry;
    }

    /// <summary>Its UID.</summary>
    public uint Uid { get; init; }

    /// <summary>Its octets as sent (CRLF line ends): RFC822.SIZE and POP3's LIST.</summary>
    public long Size { get; init; }

    /// <summary>Its flags, as this session was told.</summary>
    public MessageFlagSet Flags { get; init; }

    /// <summary>True if this session is the first to see it.</summary>
    public bool Recent { get; init; }

    /// <summary>The mod-sequence of the flags that this session was told (RFC 7162 section 3.1).</summary>
    public ulong ModSeq { get; init; }

    /// <summary>Its base name in the Maildir, without the flags: the same for as long as it lives.</summary>
    public string FileName => _name as string ?? (_name as FolderEntry)?.Base ?? "";

    /// <summary>True if all that a session can see of them is the same.</summary>
    public bool Equals(MailboxMessage other) =>
        Uid == other.Uid && Size == other.Size && Recent == other.Recent && ModSeq == other.ModSeq && Flags.Equals(other.Flags)
        && (ReferenceEquals(_name, other._name) || FileName == other.FileName);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Uid, Size, ModSeq);
}
