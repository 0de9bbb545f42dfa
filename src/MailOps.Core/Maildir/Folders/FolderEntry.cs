using MailOps.Maildir.Names;

namespace MailOps.Maildir.Folders;

/// <summary>Where an entry stands on its way through a folder.</summary>
internal enum EntryState : byte
{
    /// <summary>Its file was seen; it has no number yet, or one that is not shown yet.</summary>
    Found,

    /// <summary>A line of the list without a file: what it numbers is gone, or still to be seen.</summary>
    Listed,

    /// <summary>A message of the folder.</summary>
    Live,

    /// <summary>A message that was expunged; views that were not told still have it.</summary>
    Gone,
}

/// <summary>
/// A message of a folder as the process knows it. Changed only under the folder's gate. There may be a million of them: every
/// field counts.
/// </summary>
internal sealed class FolderEntry
{
    private readonly byte[] _nameBlock;
    private readonly int _nameStart;
    private readonly ushort _nameLength;

    internal FolderEntry(MessageName name, string info, bool inNew)
    {
        (_nameBlock, _nameStart, _nameLength) = name.Parts;
        Info = info;
        InNew = inNew;
        RecentUnclaimed = inNew;
        Letters = MessageLetters.In(info);
    }

    /// <summary>The file's name without info.</summary>
    internal MessageName Name => new(_nameBlock, _nameStart, _nameLength);

    /// <summary>The file's name without info, as a new string.</summary>
    internal string Base => Name.ToString();

    /// <summary>The info with its separator, or empty.</summary>
    internal string Info { get; private set; }

    /// <summary>The flags among the letters of the info.</summary>
    internal MessageLetters Letters { get; private set; }

    /// <summary>True while the file lies in <c>new</c>.</summary>
    internal bool InNew { get; set; }

    internal EntryState State { get; set; }

    internal bool IsGone => State == EntryState.Gone;

    /// <summary>0 until it has one.</summary>
    internal uint Uid { get; set; }

    /// <summary>Octets as sent; -1 until known.</summary>
    internal long Size { get; set; } = -1;

    /// <summary>The mod-sequence of its last change (RFC 7162); 0 until it is in the log.</summary>
    internal ulong ModSeq { get; set; }

    /// <summary>Its file's time in ticks of UTC; 0 until somebody asked.</summary>
    internal long ModifiedTicks { get; set; }

    /// <summary>Fields of other programs in its line of the list.</summary>
    internal string Extensions { get; set; } = "";

    /// <summary>True until a session that may change the folder has seen it: that one gets \Recent.</summary>
    internal bool RecentUnclaimed { get; set; }

    /// <summary>True while a change of it is not in the log.</summary>
    internal bool IsUnlogged { get; set; }

    /// <summary>True if the list has a line for its name that may not be used.</summary>
    internal bool HasStaleLine { get; set; }

    /// <summary>The folder's version when it changed last.</summary>
    internal long ChangedAt { get; set; }

    /// <summary>The scan that saw it last.</summary>
    internal int SeenInScan { get; set; }

    /// <summary>Gives it another info.</summary>
    /// <returns>True if its flags are others.</returns>
    internal bool SetInfo(string info)
    {
        Info = info;
        var letters = MessageLetters.In(info);
        if (letters == Letters)
            return false;
        Letters = letters;
        return true;
    }
}
