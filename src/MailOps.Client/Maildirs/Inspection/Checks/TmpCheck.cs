using MailOps.Client.Probes;
using MailOps.Maildir.Names;

namespace MailOps.Client.Maildirs.Inspection.Checks;

/// <summary>Files that a delivery left in <c>tmp</c>.</summary>
internal sealed class TmpCheck : MaildirCheck
{
    // maildir(5): what was not touched for so long may be removed by anybody.
    private static readonly TimeSpan Orphaned = TimeSpan.FromHours(36);

    internal override string Name => "OrphanedTmp";

    internal override string Passed => "Nothing lies in tmp for longer than a delivery takes.";

    internal override string Source => "maildir(5)";

    internal override IEnumerable<Damage> Look(FolderScan folder)
    {
        foreach (var name in folder.Names("tmp", directories: false))
        {
            var path = folder.PathOf(Path.Join("tmp", name));
            if (folder.Disk.Stat(path) is not { } facts || folder.Now - facts.Modified < Orphaned)
                continue;

            // A message that is added with its date has its file's time, which may be years ago. Names begin with the time when they were made.
            if (UniqueNames.TryBegun(name, out var begun) && folder.Now - begun < Orphaned)
                continue;
            yield return new Damage(
                FindingStatus.Warning,
                $"A file of {facts.Length} octets lies in tmp of {folder.Mailbox} since {facts.Modified:u}: what is left of a delivery that was never finished.",
                path,
                new DamageFix(path, $"Put it aside in {RepairSite.LostAndFound}", site => Task.FromResult(site.PutAside(folder.Mailbox, path))));
        }
    }
}
