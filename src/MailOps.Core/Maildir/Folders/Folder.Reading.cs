using MailOps.Maildir.Folders.Cache;

namespace MailOps.Maildir.Folders;

/// <summary>Finding and opening the files of messages. Needs no gate.</summary>
internal sealed partial class Folder
{
    private MessageCache? _cache;

    /// <summary>What is kept of the messages beside their files. Needs no gate.</summary>
    internal MessageCache Cache => LazyInitializer.EnsureInitialized(ref _cache, () => new MessageCache(_store));

    /// <summary>Opens an entry's file wherever it is: in its place, moved by another program, or kept for views that were not told. Needs no gate.</summary>
    internal Stream? OpenFile(FolderEntry entry) => OpenBlob(entry)?.AsStream();

    /// <summary>As <see cref="OpenFile"/>, with the octets of the file as they are.</summary>
    internal MessageBlob? OpenBlob(FolderEntry entry) => Find(entry, OpenBlob);

    /// <summary>The first octets of an entry's file, as many as there are and fit. Needs no gate.</summary>
    /// <returns>How many; -1 if the file is gone.</returns>
    internal int ReadStart(FolderEntry entry, Span<byte> octets)
    {
        if (Disk.ReadStart(PathOf(entry), octets) is >= 0 and var read)
            return read;
        using var blob = OpenBlob(entry);
        return blob?.Read(octets, 0) ?? -1;
    }

    private FileBlob? OpenBlob(string path)
    {
        if (Disk.OpenFile(path, forAppend: false) is not { } file)
            return null;
        try
        {
            return new FileBlob(file, file.Facts.Length);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private T? Find<T>(FolderEntry entry, Func<string, T?> open)
        where T : class
    {
        // Two rounds: a session may be renaming the file just now.
        for (var round = 0; round < 2; round++)
        {
            if (open(PathOf(entry)) is { } found)
                return found;
            if (_graves.TryGetValue(entry.Uid, out var grave) && open(grave.Path) is { } kept)
                return kept;
            foreach (var directory in (ReadOnlySpan<string>)[NewPath, CurPath])
            {
                string? name = null;
                Disk.List(directory, directories: false, candidate =>
                {
                    if (candidate[..Names.MessageFileName.InfoStart(candidate)].SequenceEqual(entry.Base))
                        name = candidate.ToString();
                });
                if (name is not null && open(System.IO.Path.Join(directory, name)) is { } moved)
                    return moved;
            }
        }

        return null;
    }
}
