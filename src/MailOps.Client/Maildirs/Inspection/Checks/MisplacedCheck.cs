using MailOps.Client.Probes;
using MailOps.Maildir.Names;

namespace MailOps.Client.Maildirs.Inspection.Checks;

/// <summary>Messages where no program looks for them.</summary>
internal sealed class MisplacedCheck : MaildirCheck
{
    internal override string Name => "MisplacedMessages";

    internal override string Passed => "No message lies where no program looks for it.";

    internal override string Source => "maildir(5)";

    internal override IEnumerable<Damage> Look(FolderScan folder)
    {
        foreach (var name in folder.Names("", directories: false).Where(IsMessageName))
        {
            var path = folder.PathOf(name);
            yield return new Damage(
                FindingStatus.Fail,
                $"A message lies in {folder.Mailbox} beside cur and new, where no program looks for it.",
                path,
                new DamageFix(path, "Move it to new", site =>
                {
                    var target = folder.PathOf(Path.Join("new", name[..MessageFileName.InfoStart(name)]));
                    return Task.FromResult(site.Disk.Stat(target) is not null ? "It was left alone: a message in new has its name." : site.Disk.Rename(path, target) ? $"It is '{target}' now." : "It was gone already.");
                }));
        }

        foreach (var part in new[] { "new", "cur" })
        {
            foreach (var name in folder.Names(part, directories: true))
                yield return new Damage(FindingStatus.Warning, $"A directory lies in {part} of {folder.Mailbox}: no program looks for messages in it. Move them out by hand.", folder.PathOf(Path.Join(part, name)));
        }

        foreach (var name in folder.Cur.Where(name => MessageFileName.InfoStart(name) == name.Length))
        {
            var path = folder.PathOf(Path.Join("cur", name));
            yield return new Damage(
                FindingStatus.Warning,
                $"A name in cur of {folder.Mailbox} has no info ('{MessageFileName.EmptyInfo}'): some programs pass over it.",
                path,
                new DamageFix(path, $"Rename it with '{MessageFileName.EmptyInfo}' at its end", site => site.LockedAsync(folder, () =>
                    site.Disk.Rename(path, path + MessageFileName.EmptyInfo) ? "It was renamed." : "It was gone already.")));
        }
    }

    // The form of unique names: a time, a dot, and more.
    private static bool IsMessageName(string name)
    {
        var dot = name.IndexOf('.', StringComparison.Ordinal);
        return dot is >= 8 and <= 11 && !name.AsSpan(0, dot).ContainsAnyExceptInRange('0', '9') && name.IndexOf('.', dot + 1) > 0;
    }
}
