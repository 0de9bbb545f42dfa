using System.Buffers;
using MailOps.Client.Sessions;
using MailOps.Maildir;
using MailOps.Maildir.Folders;
using MailOps.Maildir.Layouts;

namespace MailOps.Client.Maildirs;

/// <summary>
/// Changes Maildirs where they lie, durably and under the locks that servers on them use. What it opened stays open until it is
/// disposed, so that many calls cost one opening. One call at a time.
/// </summary>
/// <param name="layout">How folders lie in the Maildirs; null for what is found in each, and Maildir++ in one that is made.</param>
public sealed class MaildirEditor(MaildirLayout? layout = null) : IAsyncDisposable
{
    private const int Chunk = 64 * 1024;

    private readonly Dictionary<string, MaildirInPlace> _maildirs = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Root, string Folder), OpenFolder> _folders = [];

    /// <summary>Takes in a message that is to be added, as far as nobody sees it yet.</summary>
    /// <param name="path">The Maildir, or a folder of it.</param>
    /// <param name="folder">The folder; null for INBOX, or for the one that the path names.</param>
    /// <param name="content">The message.</param>
    /// <param name="flags">Its flags and keywords.</param>
    /// <param name="arrived">When it arrived; null for now.</param>
    /// <param name="makesFolder">True if a folder that is missing is made.</param>
    /// <param name="makesMaildir">True if a Maildir that is missing is made.</param>
    /// <param name="cancel">Ends the work.</param>
    /// <exception cref="MailStoreException">There is no Maildir, or the disk does not do its part.</exception>
    /// <exception cref="MaildirException">There is no such folder, or a flag is none.</exception>
    public async Task<PendingMessage> ReceiveAsync(string path, string? folder, MessageContent content, IEnumerable<string> flags, DateTimeOffset? arrived, bool makesFolder, bool makesMaildir, CancellationToken cancel)
    {
        var set = MessageFlags.Parse(flags);
        var (root, named) = MaildirSource.Place(path, layout);
        folder = WithoutEnd(folder ?? named ?? MailboxName.Inbox);
        var maildir = await MaildirAsync(root, makesMaildir, cancel).ConfigureAwait(false);
        if (makesFolder)
            await MakeFolderAsync(maildir, folder, cancel).ConfigureAwait(false);

        // Nothing is appended, so the answer is whether the folder is there.
        if (await maildir.Account.AppendAsync(folder, [], cancel).ConfigureAwait(false) is null)
            throw NoFolder(root, folder);
        var delivery = maildir.BeginDelivery();
        try
        {
            await WriteAsync(delivery, content, cancel).ConfigureAwait(false);
            return new PendingMessage(root, Normal(maildir, folder), new MessageToAppend(delivery, set, arrived));
        }
        catch
        {
            await delivery.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Adds messages of one folder durably, all or none. It takes one sync for all.</summary>
    /// <param name="messages">What <see cref="ReceiveAsync"/> of this editor gave. They stay the caller's to dispose.</param>
    /// <param name="cancel">Ends the work.</param>
    /// <returns>Where they came to lie, in their order.</returns>
    /// <exception cref="MailStoreException">The Maildir is over its quota: they can be added still, in smaller groups. Or the disk does not do its part: they can only be disposed.</exception>
    /// <exception cref="MaildirException">The folder is not there any more.</exception>
    public async Task<IReadOnlyList<AddedMessage>> AddAsync(IReadOnlyList<PendingMessage> messages, CancellationToken cancel)
    {
        if (messages.Count == 0)
            return [];
        var (root, folder) = (messages[0].Path, messages[0].Folder);
        var added = await _maildirs[root].Account.AppendAsync(folder, [.. messages.Select(one => one.Message)], cancel).ConfigureAwait(false) ?? throw NoFolder(root, folder);
        return [.. added.Select(one => new AddedMessage(root, folder, one.Uid))];
    }

    /// <summary>Messages that were added to one folder and are still there.</summary>
    public IReadOnlyList<MaildirMessage> Show(IReadOnlyList<AddedMessage> added) =>
        added.Count == 0 ? [] : Show(added[0].Path, added[0].Folder, added.Select(one => one.Uid));

    /// <summary>Changes flags of messages of one folder.</summary>
    /// <param name="messages">The messages.</param>
    /// <param name="change">What is done with the flags.</param>
    /// <param name="flags">The flags and keywords.</param>
    /// <param name="shows">True if the messages are shown as they are then, for which their folder is read again.</param>
    /// <param name="cancel">Ends the work.</param>
    /// <returns>The messages that were still there, as they are now, and their unique names.</returns>
    /// <exception cref="MaildirException">A flag is none, or there is no room for another keyword: a Maildir folder has letters for 56.</exception>
    public async Task<(IReadOnlyList<MaildirMessage> Shown, IReadOnlyCollection<string> Changed)> SetFlagsAsync(IReadOnlyList<MaildirMessage> messages, FlagChange change, IEnumerable<string> flags, bool shows, CancellationToken cancel)
    {
        var set = MessageFlags.Parse(flags);
        var (open, found) = await FindAsync(messages, cancel).ConfigureAwait(false);
        if (found.Count == 0)
            return ([], []);
        var changed = await open.Mailbox.StoreFlagsAsync(found, change, set, cancel).ConfigureAwait(false);
        if (change != FlagChange.Remove && set.Keywords.FirstOrDefault(keyword => !open.Mailbox.Keywords.Contains(keyword, StringComparer.OrdinalIgnoreCase)) is { } left)
            throw new MaildirException(MaildirFault.InvalidFlag, $"The keyword '{left}' could not be set in '{messages[0].Folder}' of '{messages[0].Path}': a folder has letters for {KeywordTable.Most} keywords, and all are taken. The other flags were set.");
        return Result(messages[0].Path, open, changed.Stored, shows);
    }

    /// <summary>Changes when messages of one folder arrived.</summary>
    /// <param name="messages">The messages.</param>
    /// <param name="arrived">The date.</param>
    /// <param name="shows">True if the messages are shown as they are then, for which their folder is read again.</param>
    /// <param name="cancel">Ends the work.</param>
    /// <returns>The messages that were still there, as they are now, and their unique names.</returns>
    public async Task<(IReadOnlyList<MaildirMessage> Shown, IReadOnlyCollection<string> Changed)> SetArrivedAsync(IReadOnlyList<MaildirMessage> messages, DateTimeOffset arrived, bool shows, CancellationToken cancel)
    {
        var (open, found) = await FindAsync(messages, cancel).ConfigureAwait(false);
        return Result(messages[0].Path, open, await open.Mailbox.SetInternalDateAsync(found, arrived, cancel).ConfigureAwait(false), shows);
    }

    /// <summary>Moves messages of one folder to another of the same Maildir: each is in one of the two at every moment.</summary>
    /// <param name="messages">The messages.</param>
    /// <param name="destination">The other folder.</param>
    /// <param name="makesFolder">True if a folder that is missing is made.</param>
    /// <param name="shows">True if the messages are shown in their new place, for which the folder is read again.</param>
    /// <param name="cancel">Ends the work.</param>
    /// <returns>The messages that were still there, in their new place, and their unique names in the old one.</returns>
    /// <exception cref="MaildirException">There is no such folder.</exception>
    public async Task<(IReadOnlyList<MaildirMessage> Moved, IReadOnlyCollection<string> Sources)> MoveAsync(IReadOnlyList<MaildirMessage> messages, string destination, bool makesFolder, bool shows, CancellationToken cancel)
    {
        var root = messages[0].Path;
        destination = WithoutEnd(destination);
        if (makesFolder)
            await MakeFolderAsync(await MaildirAsync(root, isMade: false, cancel).ConfigureAwait(false), destination, cancel).ConfigureAwait(false);
        var (open, found) = await FindAsync(messages, cancel).ConfigureAwait(false);
        var target = Normal(_maildirs[root], destination);
        if (target == open.Mailbox.Name)
            return Result(root, open, found, shows);
        var moved = await open.Mailbox.MoveAsync(found, destination, cancel).ConfigureAwait(false) ?? throw NoFolder(root, destination);
        var left = moved.SourceUids.ToHashSet();
        return (shows ? Show(root, target, moved.TargetUids) : [], [.. found.Where(message => left.Contains(message.Uid)).Select(message => message.FileName)]);
    }

    /// <summary>Removes messages of one folder for good.</summary>
    /// <returns>The unique names of those that were still there.</returns>
    public async Task<IReadOnlyCollection<string>> RemoveAsync(IReadOnlyList<MaildirMessage> messages, CancellationToken cancel)
    {
        var (open, found) = await FindAsync(messages, cancel).ConfigureAwait(false);
        await open.Mailbox.RemoveAsync(found, cancel).ConfigureAwait(false);
        return found.ConvertAll(message => message.FileName);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var folder in _folders.Values)
            await folder.Mailbox.DisposeAsync().ConfigureAwait(false);
        foreach (var maildir in _maildirs.Values)
            await maildir.DisposeAsync().ConfigureAwait(false);
        _folders.Clear();
        _maildirs.Clear();
    }

    // A folder that was lost, and made again by another program, is opened again.
    private async Task<(OpenFolder Folder, List<MailboxMessage> Found)> FindAsync(IReadOnlyList<MaildirMessage> messages, CancellationToken cancel)
    {
        var (root, name) = (messages[0].Path, messages[0].Folder);
        var open = await FolderAsync(root, name, cancel).ConfigureAwait(false);
        if (await open.FindAsync(messages, cancel).ConfigureAwait(false) is { } found)
            return (open, found);
        _folders.Remove((root, name));
        await open.Mailbox.DisposeAsync().ConfigureAwait(false);
        open = await FolderAsync(root, name, cancel).ConfigureAwait(false);
        return (open, await open.FindAsync(messages, cancel).ConfigureAwait(false) ?? []);
    }

    private (IReadOnlyList<MaildirMessage> Shown, IReadOnlyCollection<string> Changed) Result(string root, OpenFolder open, IReadOnlyList<MailboxMessage> changed, bool shows) =>
        (shows ? Show(root, open.Mailbox.Name, changed.Select(message => message.Uid)) : [], [.. changed.Select(message => message.FileName)]);

    private List<MaildirMessage> Show(string root, string folder, IEnumerable<uint> uids)
    {
        var wanted = uids.ToHashSet();
        if (wanted.Count == 0)
            return [];
        using var source = MaildirSource.Open(root, layout ?? (_maildirs.TryGetValue(root, out var known) ? known.Layout : null));
        return MaildirReader.Find(source, folder, file => wanted.Contains(file.Uid));
    }

    private static string Normal(MaildirInPlace maildir, string folder) => FolderLayout.Of(maildir.Layout).TryNormalize(folder, out var normal) ? normal : folder;

    // As where a folder is made: a separator at the end says that others will follow below it (RFC 3501 section 6.3.3).
    private static string WithoutEnd(string folder) => folder.EndsWith(MailboxName.Separator) ? folder[..^1] : folder;

    private static async Task WriteAsync(IDelivery delivery, MessageContent content, CancellationToken cancel)
    {
        var chunk = ArrayPool<byte>.Shared.Rent(Chunk);
        try
        {
            var lines = default(CrlfLines);
            var stream = content.Rewound();
            int read;
            while ((read = await stream.ReadAsync(chunk, cancel).ConfigureAwait(false)) > 0)
                lines.Write(delivery, chunk.AsSpan(0, read));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(chunk);
        }

        if (delivery.Length == 0)
            throw new ArgumentException("The message has no octets. A message has at least a line of its header.");
    }

    private static async Task MakeFolderAsync(MaildirInPlace maildir, string folder, CancellationToken cancel)
    {
        if (await maildir.Account.CreateAsync(folder, cancel).ConfigureAwait(false) == MailboxOutcome.InvalidName)
            throw new MaildirException(MaildirFault.InvalidFolderName, $"No folder can be called '{folder}': the name {maildir.Account.RuleAgainst(folder) ?? "cannot be used"}.");
    }

    private static MaildirException NoFolder(string root, string folder) =>
        new(MaildirFault.FolderNotFound, $"There is no folder '{folder}' in '{root}'. Get-Maildir lists those there are; -CreateFolder makes it.");

    private async Task<MaildirInPlace> MaildirAsync(string root, bool isMade, CancellationToken cancel)
    {
        if (_maildirs.TryGetValue(root, out var known))
            return known;
        var options = new MaildirStoreOptions { Layout = layout };
        var opened = isMade
            ? await MaildirInPlace.CreateAsync(root, options, cancel).ConfigureAwait(false)
            : await MaildirInPlace.OpenAsync(root, options, cancel).ConfigureAwait(false);
        _maildirs.Add(root, opened);
        return opened;
    }

    private async Task<OpenFolder> FolderAsync(string root, string folder, CancellationToken cancel)
    {
        if (_folders.TryGetValue((root, folder), out var known))
            return known;
        var maildir = await MaildirAsync(root, isMade: false, cancel).ConfigureAwait(false);
        var mailbox = await maildir.Account.OpenAsync(folder, readOnly: false, cancel).ConfigureAwait(false) ?? throw NoFolder(root, folder);
        return _folders[(root, folder)] = new OpenFolder(mailbox);
    }
}
