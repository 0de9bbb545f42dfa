using System.Globalization;
using MailOps.Client.Migration.Journal;

namespace MailOps.JournalWorker;

/// <summary>What happens to a journal, one call of it after the other. Each changes something, and which depends on its number alone.</summary>
public static class JournalSteps
{
    public const string From = "imaps://ann@old.example/";
    public const string To = "imaps://ann@new.example/";

    // A round of steps: what it begins is completed, refused or left, and orphans of the round before are taken out.
    private const int Round = 10;

    /// <summary>Takes a step; those before it have been taken.</summary>
    public static void Take(CopyJournal journal, int step)
    {
        var round = step / Round;
        var ids = Enumerable.Range(round * 1000, 3 + (round * 67 % 250)).Select(Text).ToList();
        var half = ids.Count / 2;
        var folder = Folder(journal, step - 1);
        switch (step % Round)
        {
            case 0:
                folder.Begin([.. ids.Select(id => (id, (UInt128)ulong.Parse(id, CultureInfo.InvariantCulture) << 70, 500L))]);
                break;
            case 1:
                folder.Complete([.. ids.Take(half).Select(id => (id, (string?)("7" + id), "\\Seen"))]);
                break;
            case 2:
                folder.Refuse(ids[half], "[TOOBIG] 1 MB at the most");
                break;
            case 3:
                folder.Complete([.. ids.Skip(half + 1).SkipLast(1).Select(id => (id, (string?)null, ""))]);
                break;
            case 4:
                folder.SourceState = $"HIGHESTMODSEQ {step}";
                break;
            case 5:
                folder.TargetState = $"UIDNEXT {step}";
                break;
            case 6:
                folder.Forget(ids.Where((_, i) => i % 3 == 1));
                break;
            case 7:
                Folder(journal, step);
                break;
            case 8:
                folder.Forget([.. folder.Orphans().Where(orphan => orphan.State == JournalState.Copied).Take(half)]);
                break;
            default:
                folder.Forget(folder.Orphans());
                break;
        }
    }

    /// <summary>All that a journal tells after a step, a line for each thing.</summary>
    public static string Describe(CopyJournal journal, int step)
    {
        var folder = Folder(journal, step);
        return string.Join('\n', [
            $"{folder.Count} entries, source {folder.SourceState}, target {folder.TargetState}",
            .. folder.Entries().Select(entry => entry.ToString()),
            "begun " + string.Join(' ', folder.Begun().Select(entry => entry.SourceId)),
            "copies " + string.Join(' ', folder.TargetIds()),
            .. folder.Orphans().Select(orphan => orphan.ToString())]);
    }

    // Either side is numbered anew in turn, in the eighth step of each round.
    private static JournalFolder Folder(CopyJournal journal, int step)
    {
        var changes = (step + 3) / Round;
        return journal.Folder("INBOX", Text((changes + 1) / 2), "Archive", Text(changes / 2));
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
