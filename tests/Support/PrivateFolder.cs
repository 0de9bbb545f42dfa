using Xunit;

namespace MailOps.Tests.Support;

/// <summary>A folder for one test, with what private servers need. Everything in it goes with it.</summary>
public sealed class PrivateFolder : IDisposable
{
    /// <summary>Makes the folder, readable by the accounts to which servers drop their rights.</summary>
    public PrivateFolder()
    {
        Path = Directory.CreateTempSubdirectory("mailops-test-").FullName;
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(Path, (UnixFileMode)0b111_101_101);
    }

    /// <summary>The folder.</summary>
    public string Path { get; }

    /// <summary>A file in it.</summary>
    public string Of(string name) => System.IO.Path.Combine(Path, name);

    /// <summary>Writes a file that nobody else may read, as programs ask of files with passwords; returns its path.</summary>
    public string WriteSecret(string name, string text)
    {
        var path = Write(name, text);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return path;
    }

    /// <summary>Writes a text file in it, making folders on the way.</summary>
    public string Write(string name, string text)
    {
        var file = Of(name);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(file)!);
        File.WriteAllText(file, text);
        return file;
    }

    /// <summary>A server's program. Skips the test where it is not installed, or cannot be started privately for lack of root.</summary>
    /// <param name="program">Its file name.</param>
    /// <param name="package">The Debian package that has it.</param>
    public static string RequireServer(string program, string package)
    {
        var path = Peers.Require(program, package);
        Peers.RequireRoot($"{program}, run privately,");
        return path;
    }

    /// <summary>Runs a command to its end; one that does not succeed fails the test.</summary>
    /// <returns>What it wrote.</returns>
    public static async Task<string> RunAsync(string program, params string[] arguments)
    {
        var said = (await PeerCommand.RunAsync(program, arguments)).Succeeded();
        return said.Output + said.Error;
    }

    public void Dispose()
    {
        try
        {
            Directory.Delete(Path, recursive: true);
        }
        catch (IOException)
        {
            // A server that is still ending may be writing; the system clears its temporary files.
        }
    }
}
