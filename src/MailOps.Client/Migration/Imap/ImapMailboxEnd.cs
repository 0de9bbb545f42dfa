using System.Collections.Concurrent;
using System.Globalization;
using MailOps.Client.Mailboxes;
using MailOps.Client.Mailboxes.Wire;
using MailOps.Wire;

namespace MailOps.Client.Migration.Imap;

/// <summary>An account of an IMAP server as one end of a copy. Connections are used again.</summary>
/// <param name="name">Which it is, in messages.</param>
/// <param name="options">Where and how.</param>
/// <param name="clock">The clock.</param>
public sealed class ImapMailboxEnd(string name, MailboxOptions options, TimeProvider clock) : IMailboxReader, IMailboxWriter
{
    private readonly ConcurrentBag<ImapLane> _idle = [];
    private readonly ConcurrentQueue<Task<ImapLane>> _coming = [];
    private readonly CancellationTokenSource _closed = new();
    private IReadOnlyDictionary<string, int> _counts = new Dictionary<string, int>(StringComparer.Ordinal);
    private readonly SemaphoreSlim _turn = new(1);
    private readonly SemaphoreSlim _adding = new(1);
    private ImapAccount? _account;
    private string? _allMail;
    private HashSet<string> _unlabelled = [];
    private ImapCompression _compression = options.Compression;
    private bool _isDisposed;
    private string _prefix = "";
    private char _separator = '/';

    /// <inheritdoc/>
    public string Name => name;

    /// <summary>Search keys (RFC 9051 section 6.4.4) that messages must match to be listed; null for all.</summary>
    public string? Query { get; init; }

    /// <summary>What becomes of the labels of a Gmail account; null to take its folders as they are.</summary>
    public GmailLabels? Labels { get; init; }

    /// <inheritdoc/>
    public bool CanMirror => true;

    /// <inheritdoc/>
    public bool HasLabels { get; private set; }

    /// <summary>The folders of a Gmail account as others have them; null for other servers, and where they are taken as they are.</summary>
    internal GmailView? View { get; private set; }

    /// <summary>The folder of a Gmail account in which a message of another may be found, to be given the label of that: All Mail. Null where there is none, and for folders to which messages are moved, or that are no labels.</summary>
    internal string? AllMailFor(string folder) => folder == _allMail || _unlabelled.Contains(folder) ? null : _allMail;

    /// <summary>What is wrong with the server's certificate where that was not allowed to matter, or null.</summary>
    public string? CertificateProblem { get; private set; }

    /// <inheritdoc/>
    public Task<IReadOnlyList<MailFolder>> ListAsync(CancellationToken cancel) => ManageAsync<IReadOnlyList<MailFolder>>(async account =>
    {
        (_prefix, _separator) = account.PersonalSpace;
        var folders = await account.ListAsync(IsOwn(account), onlySubscribed: false, withStatus: true, withQuota: false, cancel).ConfigureAwait(false);
        _counts = folders.Where(folder => folder.Messages is not null).ToDictionary(folder => folder.Name, folder => folder.Messages!.Value, StringComparer.Ordinal);
        var subscribed = (account.ListsSubscribed ? folders.Where(folder => folder.IsSubscribed) : await account.ListAsync(IsOwn(account), onlySubscribed: true, withStatus: false, withQuota: false, cancel).ConfigureAwait(false)).Select(folder => folder.Name).ToHashSet(StringComparer.Ordinal);
        MailFolder[] own = [.. folders.Select(folder => new MailFolder
        {
            Name = folder.Name,
            Levels = LevelsOf(folder.Name),
            SpecialUse = folder.SpecialUse,
            IsSubscribed = subscribed.Contains(folder.Name),
            HoldsMessages = folder.CanOpen,
            Messages = folder.Messages,
            Epoch = ImapFolderEnd.EpochOf(folder.UidValidity),
            State = FolderState.Of(folder.UidValidity ?? 0, folder.UidNext ?? 0, folder.Messages ?? 0),
            FlagState = FolderState.OfFlags(folder.HighestModSeq ?? 0),
        })];
        HasLabels = account.HasLabels;
        if (!HasLabels)
            return own;
        _allMail = own.FirstOrDefault(folder => folder.SpecialUse == "\\All")?.Name;
        _unlabelled = own.Where(folder => folder.SpecialUse is "\\Trash" or "\\Junk" or "\\Drafts").Select(folder => folder.Name).ToHashSet(StringComparer.Ordinal);
        if (Labels is not { } labels)
            return own;
        View = new GmailView(own, labels);
        return View.Folders;
    }, cancel);

    /// <inheritdoc/>
    public bool EndsAlone => true;

    /// <inheritdoc/>
    public string NameOf(IReadOnlyList<string> levels) =>
        levels.Count == 1 && MailFolder.IsInboxName(levels[0]) ? "INBOX" : _prefix + string.Join(_separator, (FolderLevels.IsBelowOthers(levels, _prefix) ? levels.Skip(1) : levels).Select(Allowed));

    /// <inheritdoc/>
    public Task CreateAsync(string name, string? use, CancellationToken cancel) => ManageAsync(async account =>
    {
        await account.CreateAsync(name, account.CanNoteUse ? use : null, subscribe: false, cancel).ConfigureAwait(false);
        return true;
    }, cancel);

    /// <inheritdoc/>
    public async Task<IReadOnlyList<MailFolder>> CreateAsync(IReadOnlyList<(string Name, string? Use)> folders, CancellationToken cancel)
    {
        var lane = await TakeLaneAsync(cancel).ConfigureAwait(false);
        try
        {
            return [.. (await lane.CreateAsync(folders, cancel).ConfigureAwait(false)).Select(made => new MailFolder
            {
                Name = made.Name,
                Levels = LevelsOf(made.Name),
                Messages = made.UidValidity is null ? null : made.Messages,
                Epoch = ImapFolderEnd.EpochOf(made.UidValidity),
            })];
        }
        finally
        {
            await ReturnAsync(lane).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<string>> SubscribeAsync(IReadOnlyList<string> names, CancellationToken cancel)
    {
        var lane = await TakeLaneAsync(cancel).ConfigureAwait(false);
        try
        {
            return await lane.SubscribeAsync(names, cancel).ConfigureAwait(false);
        }
        finally
        {
            await ReturnAsync(lane).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public Task SubscribeAsync(string name, CancellationToken cancel) => ManageAsync(async account =>
    {
        await account.SubscribeAsync(name, cancel).ConfigureAwait(false);
        return true;
    }, cancel);

    /// <inheritdoc/>
    async Task<IFolderReader> IMailboxReader.OpenAsync(string folder, CancellationToken cancel) => await OpenAsync(folder, Purpose.Reading, cancel).ConfigureAwait(false);

    /// <inheritdoc/>
    public async Task<IFolderReader> OpenToListAsync(string folder, CancellationToken cancel) =>
        await OpenAsync(folder, Query is null && _counts.GetValueOrDefault(folder) is > 0 and <= ImapFolderEnd.Window ? Purpose.Listing : Purpose.Reading, cancel).ConfigureAwait(false);

    /// <inheritdoc/>
    public Task<IFolderWriter> OpenAsync(string folder, CancellationToken cancel) => OpenAsync(folder, Purpose.Adding, cancel);

    /// <summary>Connects ahead. What becomes of it is told to who takes the connection.</summary>
    public void Prepare(int folders)
    {
        for (var there = _idle.Count + _coming.Count + (_account is null ? 0 : 1); there < folders; there++)
            _coming.Enqueue(OverNewAsync());

        async Task<ImapLane> OverNewAsync() => ImapLane.Over(await ConnectAsync(_closed.Token).ConfigureAwait(false));
    }

    private async Task<IFolderWriter> OpenAsync(string folder, Purpose purpose, CancellationToken cancel)
    {
        // A connection that has rested may be gone: that is no failure, and another takes its place.
        while (_idle.TryTake(out var rested))
        {
            try
            {
                return await OpenAsync(rested, folder, purpose, cancel).ConfigureAwait(false);
            }
            catch (MailSessionException e) when (e.Fault is MailSessionFault.ConnectionLost or MailSessionFault.TimedOut)
            {
            }
        }

        return await OpenAsync(await TakeLaneAsync(cancel).ConfigureAwait(false), folder, purpose, cancel).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_isDisposed)
            return;
        _isDisposed = true;
        await _closed.CancelAsync().ConfigureAwait(false);
        while (_coming.TryDequeue(out var coming))
        {
            await ((Task)coming).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (coming.IsCompletedSuccessfully)
                _idle.Add(await coming.ConfigureAwait(false));
        }

        while (_idle.TryTake(out var lane))
            await lane.DisposeAsync().ConfigureAwait(false);
        _closed.Dispose();
        if (_account is { } account)
            await account.DisposeAsync().ConfigureAwait(false);
        _turn.Dispose();
        _adding.Dispose();
    }

    /// <summary>Adds to an account of Gmail's kind: in turn, so that who looks for a message sees what another folder has brought.</summary>
    internal async Task<AddResult> InTurnAsync(Func<Task<AddResult>> add, CancellationToken cancel)
    {
        await _adding.WaitAsync(cancel).ConfigureAwait(false);
        try
        {
            return await add().ConfigureAwait(false);
        }
        finally
        {
            _adding.Release();
        }
    }

    /// <summary>Takes a connection back that is used no more.</summary>
    internal async ValueTask ReturnAsync(ImapLane lane)
    {
        // Of a server that offers what it cannot do that is not asked again, unless it was ordered.
        if (lane.IsBadlyCompressed && options.Compression == ImapCompression.WhenSlow)
            _compression = ImapCompression.Never;
        if (lane.IsUsable)
            _idle.Add(lane);
        else
            await lane.DisposeAsync().ConfigureAwait(false);
    }

    private async Task<IFolderWriter> OpenAsync(ImapLane lane, string folder, Purpose purpose, CancellationToken cancel)
    {
        try
        {
            var isPartial = View?.IsPartial(folder) == true;
            if (purpose is Purpose.Listing && !isPartial)
            {
                var (described, listed) = await lane.ExamineAndDescribeAsync(folder, ImapFolderEnd.Window, cancel).ConfigureAwait(false);
                return new ImapFolderEnd(this, lane, described) { Listed = listed };
            }

            var opened = await (purpose is Purpose.Adding ? lane.SelectAsync(folder, cancel) : lane.ExamineAsync(folder, cancel)).ConfigureAwait(false);
            return new ImapFolderEnd(this, lane, opened) { Meant = isPartial ? await lane.LabelledAsync(labels => View!.IsMeant(folder, labels), cancel).ConfigureAwait(false) : null };
        }
        catch
        {
            await ReturnAsync(lane).ConfigureAwait(false);
            throw;
        }
    }

    // One that rests or comes, then the connection that folders were asked for by, then one more.
    private async Task<ImapLane> TakeLaneAsync(CancellationToken cancel)
    {
        if (_idle.TryTake(out var rested))
            return rested;
        if (await TakeAccountAsync(cancel).ConfigureAwait(false) is { } account)
            return ImapLane.Over(account);
        if (_coming.TryDequeue(out var coming))
            return await TakeAsync(coming, cancel).ConfigureAwait(false);
        return ImapLane.Over(await ConnectAsync(cancel).ConfigureAwait(false));
    }

    private async Task<ImapLane> TakeAsync(Task<ImapLane> coming, CancellationToken cancel)
    {
        try
        {
            return await coming.WaitAsync(cancel).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            _coming.Enqueue(coming);
            throw;
        }
    }

    private async Task<ImapAccount?> TakeAccountAsync(CancellationToken cancel)
    {
        await _turn.WaitAsync(cancel).ConfigureAwait(false);
        var account = _account;
        _account = null;
        _turn.Release();
        return account;
    }

    private async Task<T> ManageAsync<T>(Func<ImapAccount, Task<T>> work, CancellationToken cancel)
    {
        await _turn.WaitAsync(cancel).ConfigureAwait(false);
        try
        {
            _account ??= await ConnectAsync(cancel).ConfigureAwait(false);
            return await work(_account).ConfigureAwait(false);
        }
        catch (MailSessionException e) when (e.Fault is not (MailSessionFault.CommandRefused or MailSessionFault.MailboxNotFound) && _account is { } broken)
        {
            _account = null;
            await broken.DisposeAsync().ConfigureAwait(false);
            throw;
        }
        finally
        {
            _turn.Release();
        }
    }

    private async Task<ImapAccount> ConnectAsync(CancellationToken cancel)
    {
        var account = await ImapAccount.OpenAsync(options with { Compression = _compression }, clock, cancel).ConfigureAwait(false);
        CertificateProblem = account.CertificateProblem;
        return account;
    }

    // What others share is theirs, and is copied with their mailboxes.
    private static Predicate<string> IsOwn(ImapAccount account) => name => !account.IsForeign(name);

    private string[] LevelsOf(string name) => FolderLevels.Of(name, _prefix, _separator);

    private string Allowed(string level)
    {
        var allowed = string.Concat(level.Select(c => c == _separator || char.IsControl(c) ? '_' : c));
        return allowed.Length == 0 ? "_" : allowed;
    }

    private enum Purpose
    {
        Reading,
        Listing,
        Adding,
    }
}
