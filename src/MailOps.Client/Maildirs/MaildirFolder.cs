namespace MailOps.Client.Maildirs;

/// <summary>A folder of a Maildir, with its counts.</summary>
public sealed class MaildirFolder
{
    /// <summary>The Maildir's directory.</summary>
    public required string Path { get; init; }

    /// <summary>The folder's full name, levels parted by slashes; INBOX for the Maildir itself.</summary>
    public required string Folder { get; init; }

    /// <summary>The folder's own directory.</summary>
    public required string FolderPath { get; init; }

    /// <summary>How many messages are in it.</summary>
    public required int ItemsInFolder { get; init; }

    /// <summary>How many of them are not seen.</summary>
    public required int UnreadItems { get; init; }

    /// <summary>Octets of all its messages: as sent where that is known, else on disk.</summary>
    public required long FolderSize { get; init; }

    /// <summary>When the oldest message arrived; null without messages.</summary>
    public required DateTimeOffset? OldestItemReceivedDate { get; init; }

    /// <summary>When the newest message arrived; null without messages.</summary>
    public required DateTimeOffset? NewestItemReceivedDate { get; init; }

    /// <summary>The UIDVALIDITY; null if no program has numbered the messages yet.</summary>
    public required uint? UidValidity { get; init; }

    /// <summary>The UID that the next message will get; null if no program has numbered the messages yet.</summary>
    public required uint? UidNext { get; init; }

    /// <summary>How many messages have no UID yet: they get one when the folder is next opened.</summary>
    public required int Unnumbered { get; init; }

    /// <summary>How the Maildir's folders lie: MaildirPlusPlus or Fs.</summary>
    public required string Layout { get; init; }

    /// <summary>The folder's name.</summary>
    public override string ToString() => Folder;
}
