namespace MailOps.Server.Accounts.Files;

/// <summary>A file that is looked at with every question, which costs some microseconds, and read again when it was changed: there is nothing to restart or reload.</summary>
internal sealed class WatchedFile<TContent>(AtomicFile<TContent> file)
    where TContent : class, IFileContent<TContent>
{
    /// <summary>A file changed less than this before it was read may change again within the resolution of its time stamp: it is read once more.</summary>
    private static readonly TimeSpan Unsettled = TimeSpan.FromMilliseconds(50);

    private readonly Lock _loading = new();
    private volatile Loaded? _current;

    public string Path => file.Path;

    /// <summary>What the file holds now: the same object as long as it was not read again.</summary>
    /// <exception cref="IOException">The file cannot be read, or was there and is gone.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public TContent Current()
    {
        var stamp = PosixFiles.Stat(file.Path);
        if (_current is { } current && current.Stamp == stamp && current.IsSettled)
            return current.Content;

        lock (_loading)
        {
            stamp = PosixFiles.Stat(file.Path);
            if (_current is { } loaded && loaded.Stamp == stamp && loaded.IsSettled)
                return loaded.Content;

            // An editor that removes and writes anew, or a mount that is gone: not a reason to refuse mail for good.
            if (stamp is null && _current is { Stamp: not null })
                throw new FileNotFoundException($"The file '{file.Path}' was there and is gone. Restore it, or make an empty one.", file.Path);

            var settled = stamp is not { } at || DateTime.UtcNow - (at.Changed > at.Modified ? at.Changed : at.Modified) > Unsettled;
            var content = file.Read();
            _current = new Loaded(stamp, settled, content);
            return content;
        }
    }

    private sealed record Loaded(FileStamp? Stamp, bool IsSettled, TContent Content);
}
