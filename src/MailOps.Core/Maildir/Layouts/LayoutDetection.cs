using MailOps.Maildir.Disk;

namespace MailOps.Maildir.Layouts;

/// <summary>Finds out how mailboxes lie in a Maildir.</summary>
internal static class LayoutDetection
{
    /// <summary>
    /// Nested directories only where there are some and no folder of Maildir++: a Maildir without folders, and one with both, is a
    /// Maildir++, which is what nearly all programs make.
    /// </summary>
    internal static MaildirLayout Detect(IMaildirDisk disk, string root) =>
        !Has(new PlusPlusLayout(), disk, root) && Has(new FsLayout(), disk, root) ? MaildirLayout.Fs : MaildirLayout.MaildirPlusPlus;

    private static bool Has(FolderLayout layout, IMaildirDisk disk, string root)
    {
        var any = false;

        // Directories with a dot before them are Maildir++'s, in whatever spelling.
        layout.List(disk, root, folder => any |= layout.Kind == MaildirLayout.MaildirPlusPlus || !folder.Directory.StartsWith('.'), new LookedAt(disk));
        return any;
    }
}
