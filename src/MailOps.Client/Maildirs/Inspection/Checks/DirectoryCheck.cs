using MailOps.Client.Probes;

namespace MailOps.Client.Maildirs.Inspection.Checks;

/// <summary>The three directories of a folder.</summary>
internal sealed class DirectoryCheck : MaildirCheck
{
    internal override string Name => "Directories";

    internal override string Passed => "Every folder has its cur, new and tmp.";

    internal override string Source => "maildir(5)";

    internal override IEnumerable<Damage> Look(FolderScan folder)
    {
        foreach (var part in new[] { "new", "tmp" })
        {
            var path = folder.PathOf(part);
            if (folder.Disk.Stat(path) is not null)
                continue;
            yield return new Damage(
                part == "new" ? FindingStatus.Fail : FindingStatus.Warning,
                $"{folder.Mailbox} has no '{part}': {(part == "new" ? "nothing can be delivered into it" : "programs that deliver by its tmp cannot")}. Make the directory.",
                path,
                new DamageFix(path, "Make the directory", site =>
                {
                    site.Disk.CreateDirectory(path);
                    return Task.FromResult("It was made.");
                }));
        }
    }
}
