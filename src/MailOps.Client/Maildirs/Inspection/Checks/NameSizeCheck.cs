using MailOps.Client.Probes;
using MailOps.Maildir.Names;

namespace MailOps.Client.Maildirs.Inspection.Checks;

/// <summary>Names that do not tell a size. They work; each listing costs a look at the file.</summary>
internal sealed class NameSizeCheck : MaildirCheck
{
    internal override string Name => "NamesWithoutSize";

    internal override string Passed => "Names tell the sizes of messages.";

    internal override string Source => "Maildir++, message sizes in file names";

    internal override IEnumerable<Damage> Look(FolderScan folder)
    {
        var without = folder.Messages.Where(below => MessageFileName.SizeIn(FolderScan.BaseOf(below), 'S') < 0).Select(Path.GetFileName).ToList();
        if (without.Count > 0)
            yield return new Damage(FindingStatus.Warning, $"{Count(without.Count, "name", "names")} in {folder.Mailbox} {(without.Count == 1 ? "tells" : "tell")} no size (,S=). It costs a look at each file, and a quota is counted slower. Renamed, the messages would get new UIDs, so it is left as it is.", Some(without!));
    }
}
