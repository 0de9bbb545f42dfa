using MailOps.Client.Probes;
using MailOps.Maildir;
using MailOps.Maildir.Disk;

namespace MailOps.Client.Maildirs.Inspection.Checks;

/// <summary>Owners and rights of directories and files, beside those of the Maildir itself.</summary>
internal sealed class PermissionCheck : MaildirCheck
{
    private const uint OwnerReads = 0b100_000_000;
    private const uint OwnerAll = 0b111_000_000;
    private const uint AnybodyWrites = 0b000_000_010;

    internal override string Name => "Permissions";

    internal override string Passed => "All belongs to the owner of the Maildir, who can read it, and nobody else can write.";

    internal override IEnumerable<Damage> Look(FolderScan folder)
    {
        if (OwnersDisk.OwnerOf(folder.Source.Root) is not var (user, group, rootMode))
        {
            if (folder.IsRoot)
                yield return new Damage(FindingStatus.Unknown, "Owners and rights of files are not looked at on this system.", folder.Source.Root);
            yield break;
        }

        var foreign = new List<string>();
        var closed = new List<string>();
        var open = new List<string>();
        foreach (var (path, isDirectory) in All(folder))
        {
            if (OwnersDisk.OwnerOf(path) is not var (owner, _, mode))
                continue;
            var needed = isDirectory ? OwnerAll : OwnerReads;
            if (owner != user)
                foreign.Add(path);
            else if ((mode & needed) != needed)
                closed.Add(path);
            if ((mode & AnybodyWrites) != 0 && (rootMode & AnybodyWrites) == 0 && new FileInfo(path).LinkTarget is null)
                open.Add(path);
        }

        if (foreign.Count > 0)
            yield return Wrong($"{Count(foreign.Count, "file or directory", "files and directories")} in {folder.Mailbox} {(foreign.Count == 1 ? "belongs" : "belong")} to another user than the Maildir: its owner's programs may be unable to read or change them.", foreign, "Give them to the owner of the Maildir");
        if (closed.Count > 0)
            yield return Wrong($"{Count(closed.Count, "file or directory", "files and directories")} in {folder.Mailbox} cannot be read by the owner.", closed, "Let the owner read them");
        if (open.Count > 0)
            yield return new Damage(FindingStatus.Warning, $"Anybody on this machine can write {Count(open.Count, "file or directory", "files and directories")} in {folder.Mailbox}. Take the right away (chmod o-w).", Some(open));

        Damage Wrong(string message, List<string> paths, string action) => new(
            FindingStatus.Fail,
            message,
            Some(paths),
            new DamageFix(folder.Directory, $"{action} ({paths.Count})", _ =>
            {
                var left = paths.FindAll(path => !OwnersDisk.TryGive(folder.Source.Root, path, user, group, Directory.Exists(path) ? OwnerAll : OwnerReads));
                return left.Count == 0
                    ? Task.FromResult("It was done.")
                    : throw new MailStoreException(StoreFault.NotWritable, $"It was not done for {left.Count}: only root or the owner may, and links are left alone. {Some(left)}");
            }));
    }

    private static IEnumerable<(string Path, bool IsDirectory)> All(FolderScan folder)
    {
        yield return (folder.Directory, true);
        foreach (var part in new[] { "cur", "new", "tmp" })
            yield return (folder.PathOf(part), Directory.Exists(folder.PathOf(part)));
        if (folder.IsUnread)
            yield break;
        foreach (var below in folder.Messages)
            yield return (folder.PathOf(below), false);
        foreach (var name in folder.Names("", directories: false))
            yield return (folder.PathOf(name), false);
    }
}
