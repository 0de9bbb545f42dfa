using MailOps.Client.Probes;
using MailOps.Maildir.Disk;
using MailOps.Maildir.Names;

namespace MailOps.Client.Maildirs.Inspection.Checks;

/// <summary>Messages that servers pass over because of their names, and names that lead to no message.</summary>
internal sealed class MessageNameCheck : MaildirCheck
{
    internal override string Name => "MessageNames";

    internal override string Passed => "Servers show every message, whatever its name.";

    internal override string Source => "maildir(5)";

    internal override IEnumerable<Damage> Look(FolderScan folder)
    {
        foreach (var below in folder.Messages)
        {
            var name = Path.GetFileName(below);
            var path = folder.PathOf(below);
            if (name.Contains('\uFFFD', StringComparison.Ordinal))
            {
                yield return new Damage(FindingStatus.Fail, $"A name in {Path.GetDirectoryName(below)} of {folder.Mailbox} is not written in UTF-8: servers pass over the message. Rename it by hand.", path);
            }
            else if (!MessageFileName.CanBeListed(name))
            {
                var fault = MessageFileName.InfoStart(name) == 0 ? "begins with its info" : "has a control character";
                yield return new Damage(
                    FindingStatus.Fail,
                    $"A name in {Path.GetDirectoryName(below)} of {folder.Mailbox} {fault}: servers pass over the message.",
                    string.Concat(path.Select(c => char.IsControl(c) ? '?' : c)),
                    new DamageFix(folder.PathOf(Path.GetDirectoryName(below)!), "Give the message a name of its own", site => site.LockedAsync(folder, () => Rename(site, folder, below))));
            }
            else if (folder.Facts(below) is null && OwnersDisk.OwnerOf(path) is not null)
            {
                yield return new Damage(FindingStatus.Warning, $"A link in {Path.GetDirectoryName(below)} of {folder.Mailbox} leads nowhere: servers show a message without content. Remove the link, or bring back what it leads to.", path);
            }
        }
    }

    private static string Rename(RepairSite site, FolderScan folder, string below)
    {
        var name = Path.GetFileName(below);
        var info = name[MessageFileName.InfoStart(name)..];
        var renamed = UniqueNames.Next(TimeProvider.System) + (info.Any(char.IsControl) ? MessageFileName.EmptyInfo : info);
        return site.Disk.Rename(folder.PathOf(below), folder.PathOf(Path.Join(Path.GetDirectoryName(below), renamed))) ? $"It is '{renamed}' now." : "It was gone already.";
    }
}
