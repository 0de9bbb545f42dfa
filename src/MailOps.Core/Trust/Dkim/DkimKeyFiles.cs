using MailOps.Maildir.Disk;

namespace MailOps.Trust.Dkim;

/// <summary>Files that are for their owner alone, and the folders that they lie in.</summary>
internal static class DkimKeyFiles
{
    private const UnixFileMode Owner = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private const UnixFileMode Others =
        UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute |
        UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    private const UnixFileMode OthersWrite = UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;

    /// <summary>Makes a folder for the owner alone; one that is there stays as it is. Those above it should be there: they would be open.</summary>
    public static void MakeFolder(string path)
    {
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(path);
        else
            Directory.CreateDirectory(path, Owner | UnixFileMode.UserExecute);
    }

    /// <summary>Writes a file as a whole or not at all; when this returns it is on disk.</summary>
    /// <param name="path">Its path.</param>
    /// <param name="text">Its content.</param>
    /// <param name="overwrite">Whether one that is there is replaced.</param>
    /// <exception cref="IOException">It is there and is not to be replaced, or cannot be written.</exception>
    public static void Write(string path, string text, bool overwrite)
    {
        var folder = Path.GetDirectoryName(path)!;
        var temporary = Path.Combine(folder, $".{Guid.NewGuid():N}.tmp");
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = Owner;
        try
        {
            using (var file = new FileStream(temporary, options))
            {
                file.Write(System.Text.Encoding.ASCII.GetBytes(text));
                file.Flush(flushToDisk: true);
            }

            File.Move(temporary, path, overwrite);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }

        PortableCalls.SyncDirectory(folder);
    }

    /// <summary>Refuses a key that others may read, and one in whose place they may put another.</summary>
    /// <exception cref="DkimKeyException">Others may.</exception>
    public static void RequireForOwnerAlone(string path)
    {
        // Windows gives what lies in a profile to its owner; rights there are lists, not bits.
        if (OperatingSystem.IsWindows())
            return;

        var mode = File.GetUnixFileMode(path);
        if ((mode & Others) != UnixFileMode.None)
            throw Open($"The private key '{path}' is open to others (mode {Octal(mode)}), who could sign as this domain: it is not used. Run 'chmod 600 {path}'; if others may have read it, make a new key with New-DkimKey and remove this one.");
        var folder = Path.GetDirectoryName(path)!;
        mode = File.GetUnixFileMode(folder);
        if ((mode & OthersWrite) != UnixFileMode.None)
            throw Open($"Others may write in the folder '{folder}' (mode {Octal(mode)}) and put their own key in it: the keys in it are not used. Run 'chmod 700 {folder}'.");
    }

    private static string Octal(UnixFileMode mode) => Convert.ToString((int)mode, 8).PadLeft(4, '0');

    private static DkimKeyException Open(string message) => new(DkimKeyFault.OpenToOthers, message);
}
