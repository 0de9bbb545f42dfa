using System.Text;
using MailOps.Maildir.Disk;

namespace MailOps.Client.Mailboxes.Seen;

/// <summary>
/// A file that remembers messages, of any number of accounts and processes. A message is one more line, which is on the disk when it is said to be;
/// what is forgotten goes when the file is written anew, beside it, and takes its name. Whoever writes holds the lock beside it for that moment.
/// </summary>
/// <param name="path">The file, whole.</param>
/// <param name="clock">The clock.</param>
internal sealed class StateFile(string path, TimeProvider clock)
{
    /// <summary>Its path.</summary>
    public string Path => path;

    /// <summary>Keeps all who write out for a moment.</summary>
    /// <exception cref="IOException">Somebody writes for longer than ten seconds, or the folder is not there or not writable.</exception>
    public ValueTask<FileStream> LockAsync(CancellationToken cancel) => FileLock.TakeAsync(path + ".lock", clock, cancel);

    /// <summary>What stands in it; nothing if it is not there.</summary>
    /// <exception cref="Pop3StateException">It is something else, damaged or too new.</exception>
    public StateText Read()
    {
        try
        {
            return StateText.Parse(path, File.ReadAllBytes(path));
        }
        catch (FileNotFoundException)
        {
            return new StateText();
        }
    }

    /// <summary>Adds a line, durably. Under the lock.</summary>
    public void Append(string line)
    {
        if (new FileInfo(path) is not { Exists: true } there || there.Length < StateText.FirstLine.Length)
        {
            Replace(StateText.FirstLine + line);
            return;
        }

        using var file = new FileStream(path, new FileStreamOptions { Mode = FileMode.Open, Access = FileAccess.ReadWrite, BufferSize = 0 });
        file.Position = EndOfLines(file);
        file.SetLength(file.Position);
        file.Write(Encoding.UTF8.GetBytes(line));
        file.Flush(flushToDisk: true);
    }

    /// <summary>Writes the file anew: as a whole or not at all, durably. Under the lock.</summary>
    public void Replace(string text)
    {
        var folder = System.IO.Path.GetDirectoryName(path)!;
        foreach (var left in Directory.EnumerateFiles(folder, System.IO.Path.GetFileName(path) + ".*.tmp"))
            File.Delete(left);
        var temporary = $"{path}.{Guid.NewGuid():N}.tmp";
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = File.Exists(path) ? File.GetUnixFileMode(path) : UnixFileMode.UserRead | UnixFileMode.UserWrite;
        try
        {
            using (var file = new FileStream(temporary, options))
            {
                file.Write(Encoding.UTF8.GetBytes(text));
                file.Flush(flushToDisk: true);
            }

            File.Move(temporary, path, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }

        PortableCalls.SyncDirectory(folder);
    }

    // Where a process was killed while it wrote, the half line goes.
    private static long EndOfLines(FileStream file)
    {
        Span<byte> one = stackalloc byte[1];
        for (var end = file.Length; end > 0; end--)
        {
            file.Position = end - 1;
            file.ReadExactly(one);
            if (one[0] == '\n')
                return end;
        }

        return 0;
    }
}
