using MailOps.Client.Probes;
using MailOps.Maildir.Names;

namespace MailOps.Client.Maildirs.Inspection.Checks;

/// <summary>Two files with one unique name: programs see one message and hide the other.</summary>
internal sealed class DuplicateNameCheck : MaildirCheck
{
    internal override string Name => "DuplicateNames";

    internal override string Passed => "No two files have the same unique name.";

    internal override string Source => "maildir(5)";

    internal override IEnumerable<Damage> Look(FolderScan folder)
    {
        foreach (var group in folder.Messages.GroupBy(FolderScan.BaseOf, StringComparer.Ordinal))
        {
            // A message that moves from new to cur while the directories are read is there once.
            foreach (var below in group.Skip(1).Where(below => group.All(one => folder.Disk.Stat(folder.PathOf(one)) is not null)))
            {
                var path = folder.PathOf(below);
                yield return new Damage(
                    FindingStatus.Fail,
                    $"Two files in {folder.Mailbox} have one unique name: programs show one of them and hide the other.",
                    $"{group.First()}, {below}",
                    new DamageFix(path, "Give it a name of its own", site => site.LockedAsync(folder, () =>
                    {
                        var facts = site.Disk.Stat(path);
                        var renamed = UniqueNames.Next(TimeProvider.System) + (facts is { } known ? $",S={known.Length}" : "") + Path.GetFileName(below)[group.Key.Length..];
                        return site.Disk.Rename(path, folder.PathOf(Path.Join(Path.GetDirectoryName(below), renamed))) ? $"It is '{renamed}' now." : "It was gone already.";
                    })));
            }
        }
    }
}
