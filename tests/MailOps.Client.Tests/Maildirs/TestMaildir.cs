namespace MailOps.Client.Tests.Maildirs;

/// <summary>A Maildir for one test.</summary>
internal sealed class TestMaildir : IDisposable
{
    internal TestMaildir() => Make("");

    internal string Root { get; } = Directory.CreateTempSubdirectory("mailops-maildir-").FullName;

    internal void Make(string folder)
    {
        foreach (var part in new[] { "cur", "new", "tmp" })
            Directory.CreateDirectory(Path.Combine(Root, folder, part));
    }

    internal string Put(string below, string text, DateTime? modified = null)
    {
        var path = Path.Combine(Root, below);
        File.WriteAllText(path, text);
        if (modified is { } time)
            File.SetLastWriteTimeUtc(path, time);
        return path;
    }

    /// <summary>All files with their content, so that nothing changes unseen.</summary>
    internal string State() => string.Join('\n', Directory.GetFileSystemEntries(Root, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
        .Select(path => path + (File.Exists(path) ? ": " + File.ReadAllText(path) : "")));

    /// <summary>The content of all messages, wherever they lie.</summary>
    internal IEnumerable<string> Contents() => Directory.GetFiles(Root, "*", SearchOption.AllDirectories)
        .Select(File.ReadAllText).Where(text => text.StartsWith("Subject:", StringComparison.Ordinal)).Order(StringComparer.Ordinal);

    public void Dispose() => Directory.Delete(Root, recursive: true);
}
