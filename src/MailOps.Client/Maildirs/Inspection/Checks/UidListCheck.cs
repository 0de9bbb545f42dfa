using System.Text;
using MailOps.Client.Probes;
using MailOps.Maildir.Folders;

namespace MailOps.Client.Maildirs.Inspection.Checks;

/// <summary>The list of UIDs as it stands in its file.</summary>
internal sealed class UidListCheck : MaildirCheck
{
    internal override string Name => "UidList";

    internal override string Passed => "The lists of UIDs are whole: each UID once, ascending, below the next one.";

    internal override string Source => "RFC 3501 section 2.3.1.1";

    internal override IEnumerable<Damage> Look(FolderScan folder)
    {
        var path = folder.PathOf(UidList.FileName);
        if (folder.Disk.ReadAll(path) is not { } octets)
            yield break;
        var list = UidList.Parse(octets);
        if (list.IsDamaged)
        {
            yield return new Damage(
                FindingStatus.Fail,
                $"The UID list of {folder.Mailbox} is damaged: {Why(octets)}. Written anew, its messages get new UIDs under a new UIDVALIDITY, and clients read the folder again.",
                path,
                new DamageFix(path, "Write the list anew under a new UIDVALIDITY, and keep what it was", async site =>
                {
                    var kept = site.CopyAside(folder.Mailbox, path);
                    var status = await site.NumberAsync(folder.Mailbox).ConfigureAwait(false);
                    return $"The UIDVALIDITY is {status?.UidValidity} now. {kept}";
                }));
            yield break;
        }

        if (list.WholeLength < octets.Length)
            yield return new Damage(FindingStatus.Warning, $"The UID list of {folder.Mailbox} ends in half a line: a crash cut it, or a program is writing it now. The next program that adds to it puts it right.", path);
        var twice = list.Lines.CountBy(line => line.Base).Where(pair => pair.Value > 1).Select(pair => pair.Key.ToString()).ToList();
        if (twice.Count > 0)
            yield return new Damage(FindingStatus.Warning, $"The UID list of {folder.Mailbox} has {Count(twice.Count, "message", "messages")} twice: programs differ in which UID they take.", Some(twice));
    }

    /// <summary>The first thing that is wrong with the list.</summary>
    private static string Why(ReadOnlySpan<byte> octets)
    {
        var lines = Encoding.UTF8.GetString(octets).Split('\n');
        if (!lines[0].StartsWith("3 ", StringComparison.Ordinal))
            return $"its first line is no header of version 3 ('{Shown(lines[0])}')";
        var last = 0u;
        for (var i = 1; i < lines.Length && lines[i].Length > 0; i++)
        {
            var end = lines[i].IndexOf(' ', StringComparison.Ordinal);
            if (end <= 0 || !uint.TryParse(lines[i].AsSpan(0, end), System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var uid) || !lines[i].Contains(" :", StringComparison.Ordinal))
                return $"line {i + 1} is none of its lines ('{Shown(lines[i])}')";
            if (uid == last)
                return $"line {i + 1} has the UID {uid} a second time";
            if (uid < last)
                return $"line {i + 1} has the UID {uid} after {last}";
            last = uid;
        }

        return "its header lacks the UIDVALIDITY or the next UID";
    }

    private static string Shown(string line) => string.Concat(line.Take(40).Select(c => char.IsControl(c) ? '?' : c));
}
