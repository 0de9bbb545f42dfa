using System.Globalization;
using System.Runtime.CompilerServices;
using MailOps.Client.Mailboxes.Wire;

namespace MailOps.Client.Migration.Imap;

/// <summary>A folder of an IMAP account, open on a connection of its own.</summary>
internal sealed class ImapFolderEnd(ImapMailboxEnd mailbox, ImapLane lane, SelectedFolder opened) : IFolderWriter
{
    // Described at once; what is known of them is what a folder of any size takes in memory.
    internal const int Window = 2_000;

    // Of what came since the last time; more is listed as a whole.
    private const int MostAtOnce = 20_000;

    // Numbers of a server that tells no UIDVALIDITY hold as long as the folder is open (RFC 9051 section 7.1).
    private readonly string _once = Guid.NewGuid().ToString("N");

    private SelectedFolder _folder = opened;

    /// <summary>Those that are meant, ascending, where others of the folder belong elsewhere (Gmail); null for all.</summary>
    public IReadOnlyList<uint>? Meant { private get; init; }

    /// <summary>All messages, if they were asked for when the folder was opened; else null.</summary>
    public IReadOnlyList<MailEntry>? Listed { private get; init; }

    /// <inheritdoc/>
    public string Epoch => EpochOf(_folder.UidValidity) ?? _once;

    /// <inheritdoc/>
    public bool ShowsAll => mailbox.Query is null;

    /// <inheritdoc/>
    public int Count => Meant?.Count ?? _folder.Exists;

    /// <inheritdoc/>
    public string? State => Meant is not null ? null : FolderState.Of(_folder.UidValidity, _folder.UidNext, _folder.Exists);

    /// <inheritdoc/>
    public string? FlagState => FolderState.OfFlags(_folder.HighestModSeq);

    /// <inheritdoc/>
    public async Task<IReadOnlyList<MailEntry>?> ChangedSinceAsync(string state, string? flagState, CancellationToken cancel)
    {
        if (mailbox.Query is not null || Meant is not null || FolderState.Read(state) is not var (validity, next, messages) || validity != _folder.UidValidity || _folder.Exists < messages || _folder.Exists - messages > MostAtOnce)
            return null;
        IReadOnlyList<uint> fresh = _folder.UidNext == next ? [] : await lane.UidsAsync(string.Create(CultureInfo.InvariantCulture, $"UID {next}:*"), cancel).ConfigureAwait(false);
        fresh = [.. fresh.Where(uid => uid >= next)];
        if (_folder.Exists != messages + fresh.Count)
            return null;
        var described = flagState is null ? await lane.DescribeAsync(fresh, cancel).ConfigureAwait(false) : await lane.DescribeChangedAsync(flagState, MostAtOnce, cancel).ConfigureAwait(false);

        // What the server found and does not show would pass for known.
        return described is null || fresh.Select(uid => uid.ToString(CultureInfo.InvariantCulture)).Except(described.Select(message => message.Id), StringComparer.Ordinal).Any() ? null : Shown(described);
    }

    /// <inheritdoc/>
    public async Task<FolderChanges?> ChangedAndGoneSinceAsync(string state, string flagState, CancellationToken cancel)
    {
        if (mailbox.Query is not null || Meant is not null || !lane.TellsVanished || FolderState.Read(state) is not var (validity, _, _) || validity != _folder.UidValidity)
            return null;
        var gone = new List<uint>();
        var described = await lane.DescribeChangedAsync(flagState, MostAtOnce, cancel, gone).ConfigureAwait(false);
        return described is null || gone.Count > MostAtOnce ? null : new FolderChanges(Shown(described), [.. gone.Select(uid => uid.ToString(CultureInfo.InvariantCulture))]);
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<IReadOnlyList<MailEntry>> ListAsync([EnumeratorCancellation] CancellationToken cancel)
    {
        if (_folder.Exists == 0)
            yield break;
        if (Listed is { } listed)
        {
            yield return Shown(listed);
            yield break;
        }

        var all = Meant is null || mailbox.Query is not null ? await lane.UidsAsync(mailbox.Query ?? "ALL", cancel).ConfigureAwait(false) : Meant;
        if (Meant is not null && mailbox.Query is not null)
            all = [.. all.Intersect(Meant)];
        foreach (var uids in all.Chunk(Window))
            yield return Shown(await lane.DescribeAsync(uids, cancel).ConfigureAwait(false));
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<MailContent> ReadAsync(IReadOnlyList<MailEntry> entries, CancellationToken cancel) => lane.ReadAsync(entries, cancel);

    /// <inheritdoc/>
    public Task<AddResult> AddAsync(IReadOnlyList<MailContent> messages, CancellationToken cancel) => mailbox.AllMailFor(_folder.Name) is { } allMail
        ? mailbox.InTurnAsync(() => lane.AddLabelledAsync(_folder.Name, allMail, messages, cancel), cancel)
        : lane.AddAsync(_folder.Name, messages, cancel);

    /// <inheritdoc/>
    public Task SetFlagsAsync(IReadOnlyList<(string Id, string Flags)> messages, CancellationToken cancel) => lane.SetFlagsAsync(_folder.Name, messages, cancel);

    /// <inheritdoc/>
    public Task RemoveAsync(IReadOnlyList<string> ids, CancellationToken cancel) => lane.RemoveAsync(_folder.Name, ids, cancel);

    /// <inheritdoc/>
    public async Task RefreshAsync(CancellationToken cancel) =>
        _folder = lane.Selected is { } told && told.Name == _folder.Name && lane.IsToldAll ? told : await lane.ExamineAsync(_folder.Name, cancel).ConfigureAwait(false);

    /// <inheritdoc/>
    public async Task<IReadOnlyCollection<string>?> KnownFlagsAsync(CancellationToken cancel)
    {
        _folder = await lane.ExamineAsync(_folder.Name, cancel).ConfigureAwait(false);
        return _folder.Flags;
    }

    /// <summary>An epoch; null if the server tells none.</summary>
    internal static string? EpochOf(uint? uidValidity) => uidValidity is > 0 and var told ? told.ToString(CultureInfo.InvariantCulture) : null;

    private IReadOnlyList<MailEntry> Shown(IReadOnlyList<MailEntry> entries) => mailbox.View?.Shown(entries) ?? entries;

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => mailbox.ReturnAsync(lane);
}
