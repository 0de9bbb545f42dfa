using System.IO.Enumeration;
using MailOps.Maildir;
using MailOps.Maildir.Layouts;

namespace MailOps.Client.Maildirs;

/// <summary>Reads a Maildir and changes nothing in it, not even the list of UIDs: servers may use it at the same time, and it may lie where nothing can be written.</summary>
public static class MaildirReader
{
    /// <summary>The folders with their counts, INBOX first, each as soon as it was counted.</summary>
    /// <param name="path">The Maildir, or a folder of it.</param>
    /// <param name="folders">Names of folders, with wildcards; none for all.</param>
    /// <param name="layout">How the folders lie in it; null for what is found.</param>
    /// <param name="failures">Takes why a folder could not be read, and the others go on; null to end there.</param>
    /// <exception cref="MailStoreException">There is no Maildir, or it cannot be read.</exception>
    /// <exception cref="MaildirException">A folder that is named without wildcards is not there.</exception>
    public static IEnumerable<MaildirFolder> Folders(string path, IReadOnlyCollection<string> folders, MaildirLayout? layout = null, ICollection<MailStoreException>? failures = null)
    {
        using var source = MaildirSource.Open(path, layout);
        foreach (var folder in Chosen(source, folders, isAllByDefault: true))
        {
            if (Try(() => Count(source, folder), failures) is { } counted)
                yield return counted;
        }
    }

    /// <summary>Messages, folder by folder, each folder by UID; those that have none yet come last.</summary>
    /// <param name="path">The Maildir, or a folder of it.</param>
    /// <param name="folders">Names of folders, with wildcards; none for INBOX, or for the folder that the path names.</param>
    /// <param name="filter">Which messages are meant.</param>
    /// <param name="layout">How the folders lie in it; null for what is found.</param>
    /// <param name="cancel">Ends the reading.</param>
    /// <param name="failures">Takes why a folder or a message could not be read, and the others go on; null to end there.</param>
    /// <exception cref="MailStoreException">There is no Maildir, or it cannot be read.</exception>
    /// <exception cref="MaildirException">A folder that is named without wildcards is not there.</exception>
    public static IEnumerable<MaildirMessage> Messages(string path, IReadOnlyCollection<string> folders, MaildirFilter filter, MaildirLayout? layout, CancellationToken cancel, ICollection<MailStoreException>? failures = null)
    {
        using var source = MaildirSource.Open(path, layout);
        var left = filter.First ?? int.MaxValue;
        foreach (var folder in Chosen(source, folders, isAllByDefault: false))
        {
            var directory = source.PathOf(folder);
            if (Try(() => FolderContents.Read(source.Disk, directory), failures) is not { } contents)
                continue;
            for (var i = 0; i < contents.Messages.Count; i++)
            {
                cancel.ThrowIfCancellationRequested();
                if (left == 0)
                    yield break;
                var (file, number) = (contents.Messages[i], i + 1);
                if (filter.MatchesName(file, file.FlagNames(contents.Keywords))
                    && Try(() => Look(source, folder, directory, file, contents, number) is { } found && filter.MatchesFacts(found.Size, found.InternalDate) && filter.MatchesContent(found) ? found : null, failures) is { } message)
                {
                    left--;
                    yield return message;
                }
            }
        }
    }

    /// <summary>The messages of a folder that are meant, as they lie now.</summary>
    internal static List<MaildirMessage> Find(MaildirSource source, string mailbox, Predicate<MessageFile> isMeant)
    {
        var folder = source.Folders().Find(one => one.Mailbox == mailbox);
        if (folder.Mailbox is null)
            return [];
        var directory = source.PathOf(folder);
        var contents = FolderContents.Read(source.Disk, directory);
        var found = new List<MaildirMessage>();
        for (var i = 0; i < contents.Messages.Count; i++)
        {
            if (isMeant(contents.Messages[i]) && Look(source, folder, directory, contents.Messages[i], contents, i + 1) is { } message)
                found.Add(message);
        }

        return found;
    }

    private static T? Try<T>(Func<T?> look, ICollection<MailStoreException>? failures)
        where T : class
    {
        try
        {
            return look();
        }
        catch (MailStoreException e) when (failures is not null)
        {
            failures.Add(e);
            return null;
        }
    }

    private static List<FoundFolder> Chosen(MaildirSource source, IReadOnlyCollection<string> names, bool isAllByDefault)
    {
        var all = source.Folders();
        if (names.Count == 0)
        {
            if (source.Folder is null && isAllByDefault)
                return all;
            names = [source.Folder ?? MailboxName.Inbox];
        }

        var chosen = new List<FoundFolder>();
        foreach (var name in names)
        {
            var isPattern = name.AsSpan().ContainsAny('*', '?');
            var normal = source.Layout.TryNormalize(name, out var known) ? known : name;
            var found = all.FindAll(folder => isPattern ? FileSystemName.MatchesSimpleExpression(name, folder.Mailbox, ignoreCase: true) : folder.Mailbox == normal);
            if (found.Count == 0 && !isPattern)
                throw new MaildirException(MaildirFault.FolderNotFound, $"There is no folder '{name}' in '{source.Root}'. Get-Maildir lists those there are.");
            chosen.AddRange(found.Where(folder => !chosen.Contains(folder)));
        }

        return chosen;
    }

    // Null for a message that went away meanwhile.
    private static MaildirMessage? Look(MaildirSource source, FoundFolder folder, string directory, MessageFile file, FolderContents contents, int number)
    {
        if (source.Disk.Stat(file.PathIn(directory)) is not { } facts)
        {
            if (FolderContents.Find(source.Disk, directory, file.Base) is not { } moved || source.Disk.Stat(moved) is not { } now)
                return null;
            facts = now;
            file = new MessageFile(Path.GetFileName(moved), moved.StartsWith(Path.Join(directory, "new"), StringComparison.Ordinal)) { Uid = file.Uid, SizeInList = file.SizeInList };
        }

        return new MaildirMessage(source, folder.Mailbox, directory, file, contents.Keywords, number, facts);
    }

    private static MaildirFolder Count(MaildirSource source, FoundFolder folder)
    {
        var directory = source.PathOf(folder);
        var contents = FolderContents.Read(source.Disk, directory);
        var size = 0L;
        DateTimeOffset? oldest = null;
        DateTimeOffset? newest = null;
        foreach (var file in contents.Messages)
        {
            var facts = source.Disk.Stat(file.PathIn(directory));
            size += file.Size >= 0 ? file.Size : facts?.Length ?? 0;
            if (facts is not { Modified: var arrived })
                continue;
            if (oldest is null || arrived < oldest)
                oldest = arrived;
            if (newest is null || arrived > newest)
                newest = arrived;
        }

        return new MaildirFolder
        {
            Path = source.Root,
            Folder = folder.Mailbox,
            FolderPath = directory,
            ItemsInFolder = contents.Messages.Count,
            UnreadItems = contents.Messages.Count(file => !file.SystemFlags.HasFlag(SystemFlags.Seen)),
            FolderSize = size,
            OldestItemReceivedDate = oldest,
            NewestItemReceivedDate = newest,
            UidValidity = contents.List?.UidValidity,
            UidNext = contents.List?.NextUid,
            Unnumbered = contents.Messages.Count(file => file.Uid == 0),
            Layout = source.Layout.Kind.ToString(),
        };
    }
}
