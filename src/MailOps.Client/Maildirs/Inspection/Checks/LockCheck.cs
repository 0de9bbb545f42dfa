using System.Text;
using MailOps.Client.Probes;

namespace MailOps.Client.Maildirs.Inspection.Checks;

/// <summary>Locks that nobody holds any more.</summary>
internal sealed class LockCheck : MaildirCheck
{
    // Dovecot and the store keep a lock that they hold younger than this, or give it back before.
    private static readonly TimeSpan Stale = TimeSpan.FromMinutes(2);

    // Other files may be called so as well: a message, for one, from a host whose name ends so.
    private static readonly string[] Guarded = ["dovecot", "subscriptions", "maildirsize", "courier", "mailops-"];

    internal override string Name => "StaleLocks";

    internal override string Passed => "No lock is left over.";

    internal override IEnumerable<Damage> Look(FolderScan folder)
    {
        foreach (var name in folder.Names("", directories: false).Where(name => name.EndsWith(".lock", StringComparison.Ordinal) && Array.Exists(Guarded, guarded => name.StartsWith(guarded, StringComparison.Ordinal))))
        {
            var path = folder.PathOf(name);
            if (folder.Disk.Stat(path) is not { } facts || folder.Now - facts.Modified < Stale)
                continue;
            var owner = Encoding.UTF8.GetString(folder.Disk.ReadAll(path) ?? []).Trim();
            yield return new Damage(
                FindingStatus.Warning,
                $"A lock in {folder.Mailbox} is {(folder.Now - facts.Modified).TotalMinutes:0} minutes old: its program is gone{(owner.Length > 0 && !owner.Any(char.IsControl) ? $" ({owner})" : "")}, and others wait for it or break it.",
                path,
                new DamageFix(path, "Remove the lock", site => Task.FromResult(
                    site.Disk.Stat(path) is { } now && now == facts && site.Disk.Unlink(path) ? "It was removed." : "It was left alone: it changed meanwhile.")));
        }

        if (folder.IsRoot && folder.Disk.Stat(folder.PathOf("mailops-rename")) is not null)
        {
            yield return new Damage(
                FindingStatus.Warning,
                "A rename of a folder with those below it was interrupted: some have their old names.",
                folder.PathOf("mailops-rename"),
                new DamageFix(folder.PathOf("mailops-rename"), "Finish the rename", async site =>
                {
                    await site.NumberAsync(folder.Mailbox).ConfigureAwait(false);
                    return "It was finished.";
                }));
        }
    }
}
