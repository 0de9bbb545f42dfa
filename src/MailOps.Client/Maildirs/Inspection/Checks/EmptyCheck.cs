using MailOps.Client.Probes;

namespace MailOps.Client.Maildirs.Inspection.Checks;

/// <summary>Messages without an octet: what a cut of the power leaves of a delivery that was never acknowledged.</summary>
internal sealed class EmptyCheck : MaildirCheck
{
    internal override string Name => "EmptyMessages";

    internal override string Passed => "No message is empty.";

    internal override IEnumerable<Damage> Look(FolderScan folder)
    {
        foreach (var below in folder.Messages.Where(below => folder.Facts(below) is { Length: 0 }))
        {
            var path = folder.PathOf(below);
            yield return new Damage(
                FindingStatus.Warning,
                $"A message in {folder.Mailbox} has no octets: a cut of the power leaves such a file of a delivery that was never acknowledged.",
                path,
                new DamageFix(path, $"Put it aside in {RepairSite.LostAndFound}", site => site.LockedAsync(folder, () =>
                    site.Disk.Stat(path) is { Length: 0 } ? site.PutAside(folder.Mailbox, path) : "It was left alone: it is not empty any more.")));
        }
    }
}
