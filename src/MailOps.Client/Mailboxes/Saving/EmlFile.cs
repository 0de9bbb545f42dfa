using System.Globalization;
using MailOps.Maildir.Disk;

namespace MailOps.Client.Mailboxes.Saving;

/// <summary>A message's file that is being written, beside where it will be.</summary>
/// <param name="file">The file under its name for now.</param>
/// <param name="stem">Where it will be, without a number and the ending.</param>
internal sealed class EmlFile(FileStream file, string stem) : IMessageInSaving
{
    private const int Chunk = 64 * 1024;

    /// <inheritdoc/>
    public ValueTask WriteAsync(ReadOnlyMemory<byte> octets, CancellationToken cancel) => file.WriteAsync(octets, cancel);

    /// <inheritdoc/>
    public async ValueTask<SavedPlace> CommitAsync(CancellationToken cancel)
    {
        await file.FlushAsync(cancel).ConfigureAwait(false);
        file.Flush(flushToDisk: true);
        for (var number = 1; ; number++)
        {
            var path = number == 1 ? stem + ".eml" : string.Create(CultureInfo.InvariantCulture, $"{stem}-{number}.eml");
            var isNew = TryName(path);
            if (!isNew && !await IsSameAsync(path, cancel).ConfigureAwait(false))
                continue;
            PortableCalls.SyncName(path);
            return new SavedPlace(path, WasThere: !isNew, Uid: null);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await file.DisposeAsync().ConfigureAwait(false);
        File.Delete(file.Name);
    }

    private bool TryName(string path)
    {
        switch (PortableCalls.Link(file.Name, path))
        {
            case LinkResult.Done:
                return true;
            case LinkResult.Taken:
                return false;
            case LinkResult.Missing:
                throw new DirectoryNotFoundException($"The folder '{Path.GetDirectoryName(path)}' is not there any more.");
            default:
                // No second names here: the first is given away, which does not replace either.
                if (Path.Exists(path))
                    return false;
                File.Move(file.Name, path, overwrite: false);
                return true;
        }
    }

    private async Task<bool> IsSameAsync(string path, CancellationToken cancel)
    {
        if (!File.Exists(path))
            return false;
        await using var there = new FileStream(path, new FileStreamOptions { Mode = FileMode.Open, Access = FileAccess.Read, Share = FileShare.ReadWrite | FileShare.Delete, Options = FileOptions.Asynchronous });
        if (there.Length != file.Length)
            return false;
        file.Position = 0;
        var (ours, theirs) = (new byte[Chunk], new byte[Chunk]);
        while (await file.ReadAtLeastAsync(ours, Chunk, throwOnEndOfStream: false, cancel).ConfigureAwait(false) is > 0 and var read)
        {
            if (await there.ReadAtLeastAsync(theirs, read, throwOnEndOfStream: false, cancel).ConfigureAwait(false) < read || !ours.AsSpan(0, read).SequenceEqual(theirs.AsSpan(0, read)))
                return false;
        }

        // Whoever wrote it may not have waited for the disk.
        if (!OperatingSystem.IsWindows())
            RandomAccess.FlushToDisk(there.SafeFileHandle);
        return true;
    }
}
