using MailOps.Server.Queue.Administration;

namespace MailOps.Cmdlets.Queue;

/// <summary>Saves messages as files: whole or not at all, for this user alone.</summary>
/// <param name="path">The folder, or the file of one message; whole.</param>
/// <param name="replaces">True if files that are there are replaced.</param>
internal sealed class MessageExport(string path, bool replaces)
{
    private readonly bool _isFolder = Directory.Exists(path) || Path.EndsInDirectorySeparator(path);
    private readonly HashSet<string> _saved = new(StringComparer.Ordinal);

    /// <summary>Saves a message and its envelope.</summary>
    /// <param name="id">Its id, which is a safe name.</param>
    /// <param name="message">The message.</param>
    /// <param name="cancel">Ends it, and nothing is left.</param>
    /// <returns>The message's file.</returns>
    /// <exception cref="ExportRefusedException">A file is in the way.</exception>
    public async Task<FileInfo> SaveAsync(string id, ExportedMessage message, CancellationToken cancel)
    {
        if (_isFolder && !Directory.Exists(path))
            Make(path);
        var file = _isFolder ? Path.Join(path, id + ".eml") : path;
        var envelope = Path.GetExtension(file).Equals(".json", StringComparison.OrdinalIgnoreCase) ? file + ".json" : Path.ChangeExtension(file, ".json");
        if (!_saved.Add(file))
            throw new ExportRefusedException(_isFolder ? $"'{file}' was saved just now." : $"'{file}' holds a message already, and has room for one: give -Path a folder, with a slash at its end.");
        foreach (var one in new[] { file, envelope })
            Require(one);

        var (newFile, newEnvelope) = (Temporary(file), Temporary(envelope));
        try
        {
            await WriteAsync(newFile, stream => message.CopyToAsync(stream, cancel)).ConfigureAwait(false);
            await WriteAsync(newEnvelope, async stream =>
            {
                await using var writer = new StreamWriter(stream, leaveOpen: true);
                await writer.WriteAsync(message.Envelope.AsMemory(), cancel).ConfigureAwait(false);
            }).ConfigureAwait(false);
            Move(newEnvelope, envelope);
            Move(newFile, file);
            return new FileInfo(file);
        }
        finally
        {
            File.Delete(newFile);
            File.Delete(newEnvelope);
        }
    }

    private void Require(string file)
    {
        if (Directory.Exists(file))
            throw new ExportRefusedException($"'{file}' is a folder. Name another file, or give -Path a folder with a slash at its end.");
        if (!replaces && (File.Exists(file) || new FileInfo(file).LinkTarget is not null))
            throw IsThere(file);
    }

    private void Move(string from, string to)
    {
        try
        {
            File.Move(from, to, replaces);
        }
        catch (IOException) when (!replaces && Path.Exists(to))
        {
            throw IsThere(to);
        }
    }

    private static async Task WriteAsync(string file, Func<Stream, Task> write)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Options = FileOptions.Asynchronous };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        await using var stream = new FileStream(file, options);
        await write(stream).ConfigureAwait(false);
        stream.Flush(flushToDisk: true);
    }

    private static void Make(string folder)
    {
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(folder);
        else
            Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    private static ExportRefusedException IsThere(string file) => new($"'{file}' is there already. Name another place, or add -Force to replace it.");

    private static string Temporary(string file) => Path.Join(Path.GetDirectoryName(file), $".{Path.GetFileName(file)}.{Guid.NewGuid():N}.tmp");
}
