using System.Text;
using MailOps.Maildir.Disk;
using MailOps.Maildir.Names;

namespace MailOps.Maildir;

/// <summary>
/// The intent of a rename that takes more than one step, in the account's <c>mailops-rename</c>: a mailbox with those below it in Maildir++.
/// Written and durable before the first step and removed after the last; whoever locks the account next finishes what a crash left.
/// </summary>
internal static class PendingRename
{
    internal const string FileName = "mailops-rename";

    /// <summary>Writes down what is about to be done. The account is locked.</summary>
    internal static void Begin(AccountFolders account, IMaildirDisk disk, string from, string to)
    {
        var path = Path.Join(account.Path, FileName);
        disk.Unlink(path);
        disk.Create(path, [Encoding.ASCII.GetBytes($"1\t{ModifiedUtf7.Encode(from)}\t{ModifiedUtf7.Encode(to)}\n")]);
    }

    /// <summary>All steps were taken. The account is locked.</summary>
    internal static void End(AccountFolders account, IMaildirDisk disk) => disk.Unlink(Path.Join(account.Path, FileName));

    /// <summary>Takes the steps that are left. A mailbox whose new name was taken meanwhile keeps its old one. The account is locked.</summary>
    internal static void Finish(AccountFolders account, IMaildirDisk disk)
    {
        var path = Path.Join(account.Path, FileName);
        if (disk.Stat(path) is null || disk.ReadAll(path) is not { } octets)
            return;
        if (TryParse(octets, out var from, out var to) && account.Layout.TryNormalize(from, out _) && account.Layout.TryNormalize(to, out _))
        {
            foreach (var folder in account.List())
            {
                if (folder.Mailbox != from && !folder.Mailbox.StartsWith(from + MailboxName.Separator, StringComparison.Ordinal))
                    continue;
                var target = account.PathOf(to + folder.Mailbox[from.Length..]);
                if (disk.Stat(target) is null)
                    disk.Rename(Path.Join(account.Path, folder.Directory), target);
            }
        }

        disk.Unlink(path);
    }

    private static bool TryParse(ReadOnlySpan<byte> octets, out string from, out string to)
    {
        (from, to) = ("", "");
        var fields = Encoding.ASCII.GetString(octets).TrimEnd('\n').Split('\t');
        if (fields.Length != 3 || fields[0] != "1" || !ModifiedUtf7.TryDecode(fields[1], out var first) || !ModifiedUtf7.TryDecode(fields[2], out var second))
            return false;
        (from, to) = (first, second);
        return true;
    }
}
