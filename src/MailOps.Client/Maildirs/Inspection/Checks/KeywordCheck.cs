using System.Globalization;
using System.Text;
using MailOps.Client.Probes;
using MailOps.Maildir.Folders;
using MailOps.Maildir.Names;

namespace MailOps.Client.Maildirs.Inspection.Checks;

/// <summary>The table of keywords and the letters in names.</summary>
internal sealed class KeywordCheck : MaildirCheck
{
    internal override string Name => "Keywords";

    internal override string Passed => "Keywords have letters, and letters have keywords.";

    internal override string Source => "Dovecot, dovecot-keywords";

    internal override IEnumerable<Damage> Look(FolderScan folder)
    {
        var path = folder.PathOf(KeywordTable.FileName);
        var table = folder.Disk.ReadAll(path);
        var past = new List<string>();
        var odd = new List<string>();
        var seen = new HashSet<int>();
        foreach (var line in Encoding.UTF8.GetString(table ?? []).Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            var space = line.IndexOf(' ', StringComparison.Ordinal);
            if (space <= 0 || space == line.Length - 1 || !int.TryParse(line.AsSpan(0, space), NumberStyles.None, CultureInfo.InvariantCulture, out var index) || !seen.Add(index))
                odd.Add(line);
            else if (index >= MessageLetters.Shared)
                past.Add(line[(space + 1)..]);
        }

        if (odd.Count > 0)
        {
            yield return new Damage(
                FindingStatus.Fail,
                $"The table of keywords of {folder.Mailbox} has {Count(odd.Count, "line that is", "lines that are")} no 'index keyword' or take an index twice: programs differ in what they make of them.",
                Some(odd),
                new DamageFix(path, "Write the table anew with the lines that count, and keep what it was", site => site.LockedAsync(folder, () => Rewrite(site, folder, path))));
        }

        if (past.Count > 0)
            yield return new Damage(FindingStatus.Warning, $"{folder.Mailbox} has {Count(past.Count, "keyword", "keywords")} past the 26 that Dovecot has letters for: on messages they live in its index alone and are lost with it.", Some(past));

        var used = folder.Messages.Aggregate(0ul, (letters, below) => letters | MessageLetters.In(Path.GetFileName(below.AsSpan())[FolderScan.BaseOf(below).Length..]).Keywords);
        // Capitals are other programs' as well; digits are given before them.
        const ulong Ours = (1ul << (MessageLetters.Shared + 10)) - 1;
        var nameless = MessageLetters.LettersOf(used & Ours & ~folder.Contents.Keywords.NamedLetters).Select(letter => letter.ToString()).ToList();
        if (nameless.Count > 0)
            yield return new Damage(FindingStatus.Warning, $"Messages in {folder.Mailbox} have {Count(nameless.Count, "letter", "letters")} for which no keyword is named: the table was lost, or was never written by the program that set them.", string.Join(' ', nameless));
    }

    private static string Rewrite(RepairSite site, FolderScan folder, string path)
    {
        // As it is now: a server may have added a keyword since.
        var table = KeywordTable.Parse(site.Disk.ReadAll(path) ?? [], []);
        var kept = site.CopyAside(folder.Mailbox, path);
        site.Disk.Unlink(path + ".tmp");
        site.Disk.Create(path + ".tmp", [table.Format()]);
        site.Disk.Rename(path + ".tmp", path);
        return $"It was written. {kept}";
    }
}
