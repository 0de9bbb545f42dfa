namespace MailOps.Client.Sessions;

/// <summary>A place for octets that are too many for memory: a file that nobody else can open, and that goes with the stream, or with the process however it ends.</summary>
internal static class PrivateFile
{
    /// <summary>Makes one.</summary>
    public static FileStream Create()
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.ReadWrite, Share = FileShare.None, Options = FileOptions.DeleteOnClose | FileOptions.Asynchronous };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        var path = Path.Join(Path.GetTempPath(), $"mailops-{Guid.NewGuid():N}");
        var file = new FileStream(path, options);
        // Where an open file may lose its name, it leaves nothing behind even when the process is killed.
        if (!OperatingSystem.IsWindows())
            File.Delete(path);
        return file;
    }
}
