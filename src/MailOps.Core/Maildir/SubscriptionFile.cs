using System.Text;
using MailOps.Maildir.Disk;
using MailOps.Maildir.Layouts;
using MailOps.Maildir.Names;

namespace MailOps.Maildir;

/// <summary>
/// An account's <c>subscriptions</c>. Dovecot 2.3 writes version 2: a line <c>V\t2</c>, an empty line, then a name on each line
/// with tabs between its levels. Older files have no header, and names with the layout's separator between the levels.
/// </summary>
internal static class SubscriptionFile
{
    internal const string FileName = "subscriptions";

    internal static IReadOnlyList<string> Read(IMaildirDisk disk, string accountPath, FolderLayout layout)
    {
        var names = new List<string>();
        var lines = Encoding.UTF8.GetString(disk.ReadAll(Path.Join(accountPath, FileName)) ?? []).Split('\n');
        var isSecondVersion = lines[0] == "V\t2";
        foreach (var line in isSecondVersion ? lines.AsSpan(1) : lines)
        {
            if (line.Length == 0)
                continue;
            var levels = line.Split(isSecondVersion ? '\t' : layout.OldSeparator).Select(level => ModifiedUtf7.TryDecode(level, out var decoded) ? decoded : level);
            if (layout.TryNormalize(string.Join(MailboxName.Separator, levels), out var name) && !names.Contains(name))
                names.Add(name);
        }

        return names;
    }

    /// <summary>Subscribes a name or takes the subscription off. The account is locked.</summary>
    /// <returns>False if it is so already.</returns>
    internal static async ValueTask<bool> ChangeAsync(Folders.StoreEnvironment store, string accountPath, FolderLayout layout, string name, bool subscribed, CancellationToken cancel)
    {
        var path = Path.Join(accountPath, FileName);
        using var locked = await store.Locks.AcquireAsync(path + ".lock", cancel);
        var names = new List<string>(Read(store.Disk, accountPath, layout));
        if (names.Contains(name) == subscribed)
            return false;
        if (subscribed)
            names.Add(name);
        else
            names.Remove(name);

        var text = new StringBuilder("V\t2\n\n");
        foreach (var one in names)
            text.AppendJoin('\t', one.Split(MailboxName.Separator).Select(level => ModifiedUtf7.Encode(level))).Append('\n');
        var scratch = store.NewScratchPath();
        store.Disk.Create(scratch, [Encoding.UTF8.GetBytes(text.ToString())]);

        // Content first: a cut of the power leaves the old file or the new one, and never an empty one.
        store.Disk.Flush(scratch);
        store.Disk.Rename(scratch, path);
        return true;
    }
}
