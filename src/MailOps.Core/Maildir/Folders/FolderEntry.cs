namespace MailOps.Maildir.Folders;

/// <summary>A message of a folder as the process knows it. Changed only under the folder's gate.</summary>
internal sealed class FolderEntry(string baseName, string info, bool inNew)
{
    /// <summary>The file's name without info.</summary>
    internal string Base { get; } = baseName;

    /// <summary>The info with its separator, or empty.</summary>
    internal string Info { get; set; } = info;

    /// <summary>True while the file lies in <c>new</c>.</summary>
    internal bool InNew { get; set; } = inNew;

    /// <summary>0 until it has one.</summary>
    internal uint Uid { get; set; }

    /// <summary>Octets as sent; -1 until known.</summary>
    internal long Size { get; set; } = -1;

    /// <summary>Fields of other programs in its line of the list.</summary>
    internal string Extensions { get; set; } = "";

    /// <summary>True until a session that may change the folder has seen it: that one gets \Recent.</summary>
    internal bool RecentUnclaimed { get; set; } = inNew;

    /// <summary>The folder's version when its flags changed last.</summary>
    internal long ChangedAt { get; set; }

    /// <summary>The scan that saw it last.</summary>
    internal int SeenInScan { get; set; }

    /// <summary>True once the folder no longer has it.</summary>
    internal bool IsGone { get; set; }

    /// <summary>The message as views show it that did not get \Recent.</summary>
    internal MailboxMessage Message { get; set; } = null!;
}
