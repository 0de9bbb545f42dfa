using MailOps.Client.Probes;
using MailOps.Maildir;
using MailOps.Maildir.Layouts;

namespace MailOps.Client.Maildirs.Inspection.Checks;

/// <summary>Folders that no session can see.</summary>
internal sealed class FolderNameCheck : MaildirCheck
{
    internal override string Name => "HiddenFolders";

    internal override string Passed => "Every folder has a name that clients can see.";

    internal override string Source => "Maildir++; RFC 3501 section 5.1.3";

    internal override IEnumerable<Damage> Look(FolderScan folder)
    {
        if (!folder.IsRoot)
            yield break;
        var visible = folder.Source.Folders().Select(found => found.Directory.Split(Path.DirectorySeparatorChar)[0]).ToHashSet(StringComparer.Ordinal);
        var directories = new List<string>();
        folder.Disk.List(folder.Directory, directories: true, name => directories.Add(name.ToString()));
        if (folder.Source.Layout.Kind == MaildirLayout.Fs)
        {
            foreach (var name in directories.Where(name => !visible.Contains(name) && FolderLayout.MayBeFolder(folder.Disk, folder.PathOf(name)) && !FolderLayout.IsFolder(folder.Disk, folder.PathOf(name))))
                yield return new Damage(FindingStatus.Warning, $"The directory '{name}' cannot be looked into: if it holds a folder, no client sees it. Give it to the owner of the Maildir, or leave it alone.", folder.PathOf(name));
        }

        foreach (var name in directories.Where(name => name is not ("cur" or "new" or "tmp") && !visible.Contains(name) && FolderLayout.IsFolder(folder.Disk, folder.PathOf(name))))
        {
            yield return new Damage(
                FindingStatus.Warning,
                folder.Source.Layout.Kind == MaildirLayout.MaildirPlusPlus && name[0] != '.'
                    ? $"A folder lies here as in the fs layout ('{name}'), and others as in Maildir++: programs see one kind. Rename it to '.{name}' to show it."
                    : $"The directory '{name}' holds a folder whose name no client can see. Rename it.",
                folder.PathOf(name));
        }
    }
}
