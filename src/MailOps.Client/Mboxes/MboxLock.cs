using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace MailOps.Client.Mboxes;

/// <summary>
/// Keeps others from writing a file of messages: the file <c>NAME.lock</c> beside it, as deliverers and mail programs have it. What a process
/// that is no more left behind is taken away, and so is what nobody touched for five minutes.
/// </summary>
internal sealed class MboxLock : IDisposable
{
    private static readonly TimeSpan Stale = TimeSpan.FromMinutes(5);

    private readonly string _path;

    private MboxLock(string path) => _path = path;

    /// <summary>Takes the lock of a file if it is free.</summary>
    /// <returns>Null if another has it.</returns>
    public static MboxLock? TryTake(string file)
    {
        var path = PathOf(file);
        try
        {
            return Make(path);
        }
        catch (IOException e) when (IsThere(e))
        {
            if (!TakeAway(path))
                return null;
        }

        try
        {
            return Make(path);
        }
        catch (IOException e) when (IsThere(e))
        {
            return null;
        }
    }

    /// <summary>Takes the lock of a file, and waits for it.</summary>
    /// <exception cref="IOException">Another has it for longer than one waits.</exception>
    public static async Task<MboxLock> TakeAsync(string file, TimeSpan patience, CancellationToken cancel)
    {
        for (var waited = Stopwatch.StartNew(); ;)
        {
            if (TryTake(file) is { } taken)
                return taken;
            if (waited.Elapsed > patience)
                throw new IOException($"{file} is locked by another program. Try again when that is done with it; if there is none, delete {PathOf(file)}.");
            await Task.Delay(TimeSpan.FromMilliseconds(100), cancel).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => File.Delete(_path);

    private static string PathOf(string file) => file + ".lock";

    private static MboxLock Make(string path)
    {
        using var made = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read);
        made.Write(Encoding.ASCII.GetBytes(Environment.ProcessId.ToString(CultureInfo.InvariantCulture)));
        return new MboxLock(path);
    }

    // EEXIST, ERROR_FILE_EXISTS.
    private static bool IsThere(IOException e) => e.HResult is 17 or unchecked((int)0x80070050);

    // Of two that find the same one left behind, the other may have its own there by now: that is put back.
    private static bool TakeAway(string path)
    {
        try
        {
            if (!File.Exists(path))
                return false;
            var time = File.GetLastWriteTimeUtc(path);
            if (!IsLeft(path, DateTime.UtcNow - time))
                return false;
            var taken = $"{path}-{Guid.NewGuid():N}";
            File.Move(path, taken);
            if (File.GetLastWriteTimeUtc(taken) != time)
            {
                File.Move(taken, path);
                return false;
            }

            File.Delete(taken);
            return true;
        }
        catch (IOException)
        {
            // It went meanwhile.
            return false;
        }
    }

    private static bool IsLeft(string path, TimeSpan age) =>
        age > Stale
        || (age > TimeSpan.FromSeconds(1) && int.TryParse(File.ReadAllText(path).Trim('\0', '\n', ' '), NumberStyles.None, CultureInfo.InvariantCulture, out var process) && process > 0 && !IsRunning(process));

    private static bool IsRunning(int id)
    {
        try
        {
            using var process = Process.GetProcessById(id);
            return !process.HasExited;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }
}
