using MailOps.Maildir.Disk;

namespace MailOps.Server.Accounts.Files;

/// <summary>
/// A small text file of a store. Readers take no lock, since a change is a rename and so all or nothing; writers take turns by
/// a lock on <c>NAME.lock</c>, which stays where it is.
/// </summary>
internal class AtomicFile<TContent>(string path, TimeProvider clock)
    where TContent : class, IFileContent<TContent>
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    public string Path { get; } = System.IO.Path.GetFullPath(path);

    /// <summary>Reads the file. One that does not exist is empty.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    /// <remarks>Some milliseconds for ten thousand lines, and only after a change: it is not worth a thread.</remarks>
    public TContent Read()
    {
        try
        {
            return TContent.Read(File.ReadAllBytes(Path));
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return TContent.Read(default);
        }
    }

    /// <summary>
    /// Reads, changes and writes the file while no other writer can. When this returns, the change is durable; when it
    /// throws, the file is as it was.
    /// </summary>
    /// <param name="change">Gives the new content, or null to leave the file alone.</param>
    /// <param name="cancel">Ends the wait.</param>
    public async ValueTask UpdateAsync(Func<TContent, TContent?> change, CancellationToken cancel)
    {
        using var held = await FileLock.TakeAsync(Path + ".lock", clock, cancel);
        var before = Read();
        var after = change(before);
        if (after is not null && after != before)
            await WriteAsync(after.ToBytes(), cancel);
    }

    private async ValueTask WriteAsync(byte[] octets, CancellationToken cancel)
    {
        var temporary = $"{Path}.{Guid.NewGuid():N}.tmp";
        try
        {
            await using (var file = new FileStream(temporary, Options(FileMode.CreateNew)))
            {
                await file.WriteAsync(octets, cancel);
                file.Flush(flushToDisk: true);
            }

            KeepOwnership(temporary);
            File.Move(temporary, Path, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }

        PosixFiles.SyncDirectory(System.IO.Path.GetDirectoryName(Path)!);
    }

    // Where the group may read the file, because Dovecot runs in it, that stays so; the world never may.
    private void KeepOwnership(string temporary)
    {
        if (OperatingSystem.IsWindows() || !File.Exists(Path))
            return;

        PosixFiles.CopyOwner(Path, temporary);
        File.SetUnixFileMode(temporary, OwnerOnly | (File.GetUnixFileMode(Path) & UnixFileMode.GroupRead));
    }

    private static FileStreamOptions Options(FileMode mode)
    {
        var options = new FileStreamOptions { Mode = mode, Access = FileAccess.ReadWrite, Share = FileShare.None, BufferSize = 0 };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = OwnerOnly;
        return options;
    }
}
