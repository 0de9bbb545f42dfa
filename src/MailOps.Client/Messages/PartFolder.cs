namespace MailOps.Client.Messages;

/// <summary>
/// A folder that parts are saved in. Whatever their names, files are made in it and nowhere else: no link is followed, nothing that is there is
/// touched unless that is asked for, and names that differ in case alone, or in how letters are composed, are different numbers of one.
/// </summary>
public sealed class PartFolder
{
    private readonly HashSet<string> _taken = new(StringComparer.OrdinalIgnoreCase);
    private readonly HashSet<string> _own = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>A folder, which is made if it is missing when something is saved.</summary>
    public PartFolder(string path)
    {
        FullName = Path.GetFullPath(path);
        if (!Directory.Exists(FullName))
            return;
        foreach (var name in Directory.EnumerateFileSystemEntries(FullName).Select(Path.GetFileName))
            _taken.Add(name!.Normalize());
    }

    /// <summary>Its path.</summary>
    public string FullName { get; }

    /// <summary>Saves a part.</summary>
    /// <param name="part">The part.</param>
    /// <param name="isOverwriting">True to put it in the place of a file of its name that was there before; links are replaced, not followed. Otherwise the new file has a number.</param>
    /// <exception cref="IOException">It cannot be written, or a folder has its name.</exception>
    public FileInfo Save(MimePartInfo part, bool isOverwriting) => Save(part.SafeFileName, part.Content, isOverwriting);

    /// <summary>Saves octets under a name that is safe.</summary>
    internal FileInfo Save(string safeName, byte[] content, bool isOverwriting)
    {
        Directory.CreateDirectory(FullName);
        for (var number = 1; ; number++)
        {
            var name = number == 1 ? safeName : SafeFileName.Numbered(safeName, number);
            var isFree = isOverwriting ? !_own.Contains(name.Normalize()) : _taken.Add(name.Normalize());
            if (!isFree)
                continue;
            var path = Path.Join(FullName, name);
            if (Path.GetDirectoryName(Path.GetFullPath(path)) != Path.TrimEndingDirectorySeparator(FullName))
                throw new IOException($"'{name}' would not be in '{FullName}'. It was not saved.");
            if (!(isOverwriting ? Replace(path, content) : TryCreate(path, content)))
                continue;
            _own.Add(name.Normalize());
            _taken.Add(name.Normalize());
            return new FileInfo(path);
        }
    }

    // Whatever has the name, a link too, is not opened.
    private static bool TryCreate(string path, byte[] content)
    {
        FileStream file;
        try
        {
            file = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None);
        }
        catch (IOException) when (new FileInfo(path) is var there && (there.Exists || there.LinkTarget is not null || Directory.Exists(path)))
        {
            return false;
        }

        try
        {
            using (file)
                file.Write(content);
            return true;
        }
        catch (IOException)
        {
            File.Delete(path);
            throw;
        }
    }

    // A new file takes the name of the old one when it is whole.
    private bool Replace(string path, byte[] content)
    {
        if (Directory.Exists(path) && new DirectoryInfo(path).LinkTarget is null)
            throw new IOException($"'{path}' is a folder. It was not replaced.");
        var whole = Path.Join(FullName, $"mailops-{Guid.NewGuid():N}.tmp");
        _ = TryCreate(whole, content);
        try
        {
            File.Move(whole, path, overwrite: true);
            return true;
        }
        catch
        {
            File.Delete(whole);
            throw;
        }
    }
}
