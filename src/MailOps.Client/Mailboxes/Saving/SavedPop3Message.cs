using System.Diagnostics.CodeAnalysis;

namespace MailOps.Client.Mailboxes.Saving;

/// <summary>A message that was saved.</summary>
public sealed class SavedPop3Message : MailboxItem
{
    [SetsRequiredMembers]
    internal SavedPop3Message(Pop3Entry entry, byte[] header, long octets, SavedPlace place)
        : base(() => header, () => place.Uid is null && File.Exists(place.Path) ? File.ReadAllBytes(place.Path) : null) =>
        (Number, Uidl, Size, Path, WasThere, MaildirUid) = (entry.Number, entry.Uidl, octets, place.Path, place.WasThere, place.Uid);

    /// <summary>The unique id on the server, or null if it has none.</summary>
    public string? Uidl { get; }

    /// <summary>The file with the message, or the Maildir.</summary>
    public string Path { get; }

    /// <summary>True if a file with these octets was there already.</summary>
    public bool WasThere { get; }

    /// <summary>The UID in the folder of a Maildir; null for a file.</summary>
    public uint? MaildirUid { get; }
}
