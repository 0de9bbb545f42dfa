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
        foreach (var part in new[] { "cur", "new", "tmp" })
        {
            var path = folder.PathOf(part);
            if (folder.Disk.Stat(path) is not null)
            {
                if (!Directory.Exists(path))
                    yield return NoDirectory(folder, part, path);
                continue;
            }

            // Without cur it is no folder, and is not looked at.
            if (part == "cur")
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

    private static Damage NoDirectory(FolderScan folder, string part, string path) => new(
        FindingStatus.Fail,
        $"{folder.Mailbox} has something else where its directory '{part}' should be: {(part == "cur" ? "no message can be read or kept" : part == "new" ? "nothing can be delivered into it" : "nothing can be delivered by it")}. Move it away, and make the directory.",
        path,
        new DamageFix(path, $"Put it aside in {RepairSite.LostAndFound}, and make the directory", site =>
        {
            var kept = site.PutAside(folder.Mailbox, path);
            site.Disk.CreateDirectory(path);
            return Task.FromResult($"The directory was made. {kept}");
        }));
}
