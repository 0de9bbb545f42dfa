namespace MailOps.Maildir.Disk;

/// <summary>
/// All that the store asks of a file system, small enough for a test to fill the disk or to stop the world between two calls.
/// Every method throws <see cref="MailStoreException"/> for what it does not list as a result.
/// </summary>
internal interface IMaildirDisk : IDisposable
{
    /// <summary>Makes a directory and its parents, closed to other users. One that is there is left alone.</summary>
    void CreateDirectory(string path);

    /// <summary>Length, time and identity of a file or directory; null if there is none.</summary>
    FileFacts? Stat(string path);

    /// <summary>Tells the name of every file in a directory, or of every subdirectory.</summary>
    /// <returns>False if there is no such directory.</returns>
    bool List(string directory, bool directories, NameFound found);

    /// <summary>A whole file; null if there is none.</summary>
    byte[]? ReadAll(string path);

    /// <summary>Reads the first octets of a file, as many as there are and fit.</summary>
    /// <returns>How many; -1 if there is no such file.</returns>
    int ReadStart(string path, Span<byte> octets);

    /// <summary>Opens a file for positioned reads; null if there is none.</summary>
    /// <param name="path">The file.</param>
    /// <param name="forAppend">True if it is to be appended to and locked as well.</param>
    DiskFile? OpenFile(string path, bool forAppend);

    /// <summary>What a file has from an offset on, empty if it ends before; null if there is no file.</summary>
    byte[]? ReadFrom(string path, long offset)
    {
        using var file = OpenFile(path, forAppend: false);
        if (file is null)
            return null;
        var length = Math.Max(0, file.Facts.Length - offset);
        if (length > Array.MaxLength)
            throw new MailStoreException(StoreFault.Broken, $"Cannot read '{path}' as a whole: it has {length} octets, and no more than {Array.MaxLength} can be.");
        var octets = new byte[length];
        var count = file.Read(octets, offset);
        return count == octets.Length ? octets : octets[..count];
    }

    /// <summary>Makes a file with this content; nothing is left behind if that fails.</summary>
    /// <returns>False if the name is taken.</returns>
    bool Create(string path, ReadOnlySpan<ReadOnlyMemory<byte>> content);

    /// <summary>Appends to a file, all or nothing: after a failure it has its old length.</summary>
    /// <returns>False if there is no such file.</returns>
    bool Append(string path, ReadOnlySpan<byte> octets);

    /// <summary>Overwrites the beginning of a file, which is made if it is missing.</summary>
    void Overwrite(string path, ReadOnlySpan<byte> octets);

    /// <summary>Renames a file or directory; a file at the new name is replaced.</summary>
    /// <returns>False if the old name, or the new name's directory, is missing.</returns>
    bool Rename(string from, string to);

    /// <summary>Gives a file a second name.</summary>
    LinkResult Link(string from, string to);

    /// <summary>Removes a file.</summary>
    /// <returns>False if there was none.</returns>
    bool Unlink(string path);

    /// <summary>Removes a directory with all that is in it. One that is missing is no error.</summary>
    void DeleteTree(string path);

    /// <summary>Sets the time of a file's last change. One that the file system cannot keep is an error, and changes nothing.</summary>
    void SetModified(string path, DateTimeOffset time);

    /// <summary>Makes the content of one file, or the names in one directory, durable. For what is rare; where files are flushed as they are written there is nothing to do.</summary>
    void Flush(string path)
    {
    }

    /// <summary>Makes everything durable that was done before the call in these directories. Blocks; never called on the thread pool.</summary>
    void Sync(IReadOnlyCollection<string> directories);
}

/// <summary>Takes a name found in a directory.</summary>
internal delegate void NameFound(ReadOnlySpan<char> name);

/// <summary>What a file system knows of a file.</summary>
/// <param name="Length">Octets.</param>
/// <param name="Modified">The time of the last change.</param>
/// <param name="Inode">The file's identity on its file system; 0 where there is none.</param>
internal readonly record struct FileFacts(long Length, DateTimeOffset Modified, ulong Inode)
{
    /// <summary>How many names the file has; 0 where that is not known.</summary>
    internal uint Links { get; init; }
}

/// <summary>What came of giving a file a second name.</summary>
internal enum LinkResult
{
    /// <summary>It has the name.</summary>
    Done,

    /// <summary>There is no such file or target directory.</summary>
    Missing,

    /// <summary>The name is taken by another file, or by this one already.</summary>
    Taken,

    /// <summary>The file system has no hard links, not between these places, or not that many.</summary>
    Impossible,
}
