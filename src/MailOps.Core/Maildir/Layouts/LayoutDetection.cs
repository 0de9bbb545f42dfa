using MailOps.Maildir.Disk;

namespace MailOps.Maildir.Layouts;

/// <summary>Finds out how mailboxes lie in a Maildir.</summary>
internal static class LayoutDetection
{
    /// <summary>In an account's directory of nested mailboxes: says so while it has none yet.</summary>
    internal const string MarkerName = "mailops-layout";

    /// <summary>What the account's own directory says; null if it says nothing.</summary>
    internal static MaildirLayout? Marked(IMaildirDisk disk, string root)
    {
        var path = Path.Join(root, MarkerName);
        try
        {
            return disk.ReadAll(path) is { } octets && octets.AsSpan().StartsWith("fs"u8) ? MaildirLayout.Fs : null;
        }
        catch (MailStoreException) when (Directory.Exists(path))
        {
            // Whatever it is, it says nothing.
            return null;
        }
    }

    /// <summary>Writes down that mailboxes lie nested here.</summary>
    internal static void MarkNested(IMaildirDisk disk, string root) => disk.Create(Path.Join(root, MarkerName), ["fs\n"u8.ToArray()]);

    /// <summary>
    /// What the directory says of itself; else nested directories only where there are some and no folder of Maildir++: a Maildir without folders, and one with both, is a
    /// Maildir++, which is what nearly all programs make.
    /// </summary>
    internal static MaildirLayout Detect(IMaildirDisk disk, string root) =>
        Marked(disk, root) ?? (!Has(new PlusPlusLayout(), disk, root) && Has(new FsLayout(), disk, root) ? MaildirLayout.Fs : MaildirLayout.MaildirPlusPlus);

    private static bool Has(FolderLayout layout, IMaildirDisk disk, string root)
    {
        var any = false;

        // Directories with a dot before them are Maildir++'s, in whatever spelling.
        layout.List(disk, root, folder => any |= layout.Kind == MaildirLayout.MaildirPlusPlus || !folder.Directory.StartsWith('.'), new LookedAt(disk));
        return any;
    }
}
