namespace MailOps.Maildir.Disk;

/// <summary>A lock between processes, and within one: a small file that one has open at a time. It goes with the process, however that ends.</summary>
internal static class FileLock
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Retry = TimeSpan.FromMilliseconds(20);

    /// <summary>Takes the lock; waits for ten seconds at the most.</summary>
    /// <param name="path">The file, which is made if it is not there.</param>
    /// <param name="clock">The clock.</param>
    /// <param name="cancel">Ends the wait.</param>
    /// <returns>What is disposed to give it back; the file stays.</returns>
    /// <exception cref="IOException">Somebody has it all the time, or the file cannot be made.</exception>
    public static async ValueTask<FileStream> TakeAsync(string path, TimeProvider clock, CancellationToken cancel)
    {
        var started = clock.GetTimestamp();
        while (true)
        {
            try
            {
                return Open(path);
            }
            catch (IOException e) when (IsHeldByAnother(e) && clock.GetElapsedTime(started) < Patience)
            {
                await Task.Delay(Retry, clock, cancel).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Takes the lock; null if somebody has it.</summary>
    /// <exception cref="IOException">The file cannot be made.</exception>
    public static FileStream? TryTake(string path)
    {
        try
        {
            return Open(path);
        }
        catch (IOException e) when (IsHeldByAnother(e))
        {
            return null;
        }
    }

    // FileShare.None is a lock between processes too.
    private static FileStream Open(string path)
    {
        var options = new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = FileShare.None, BufferSize = 0 };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        return new FileStream(path, options);
    }

    // EWOULDBLOCK of Linux and of macOS; ERROR_SHARING_VIOLATION. Anything else will not pass by waiting.
    private static bool IsHeldByAnother(IOException e) => e.HResult is 11 or 35 or unchecked((int)0x80070020);
}
