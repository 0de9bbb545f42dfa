using MailOps.Client.Migration;
using MailOps.Maildir.Disk;

namespace MailOps.Client.Mailboxes.Seen;

/// <summary>
/// The messages of one account that were saved before, by their unique ids, in a file that many accounts may share. One command at a time works
/// with an account; processes that work with others write in turn.
/// </summary>
/// <remarks>
/// Of copies with one unique id (RFC 1939 section 7) each counts. What the maildrop does not list any more is forgotten at the end of the session,
/// unless it lists nothing at all. A server may begin to give other unique ids: then a message that is gone and has the same octets is the same.
/// </remarks>
public sealed class Pop3State : IAsyncDisposable
{
    private readonly StateFile _file;
    private readonly FileStream? _turn;
    private readonly int _account;
    private readonly TimeProvider _clock;
    private readonly List<KnownMessage> _known;
    private readonly Dictionary<int, KnownMessage> _byNumber = [];
    private List<KnownMessage> _gone = [];
    private bool _isMatched;

    private Pop3State(StateFile file, FileStream? turn, int account, IEnumerable<KnownMessage> known, TimeProvider clock)
    {
        (_file, _turn, _account, _clock) = (file, turn, account, clock);
        _known = [.. known];
    }

    /// <summary>How many messages are remembered.</summary>
    public int Count => _known.Count;

    /// <summary>How many messages had got other unique ids, and were known by their octets.</summary>
    public int Renumbered { get; private set; }

    /// <summary>Opens the file for an account, and makes it if it is not there.</summary>
    /// <param name="path">The file; its folder must be there.</param>
    /// <param name="account">The account.</param>
    /// <param name="isReadOnly">True to look only: nothing is made or written, and nobody is kept out.</param>
    /// <param name="clock">The clock.</param>
    /// <param name="cancel">Ends the wait.</param>
    /// <exception cref="Pop3StateException">It is something else, damaged or too new, or somebody works with the account.</exception>
    /// <exception cref="IOException">It cannot be read or made.</exception>
    public static async Task<Pop3State> OpenAsync(string path, Pop3Account account, bool isReadOnly, TimeProvider clock, CancellationToken cancel)
    {
        path = Path.GetFullPath(path);
        var file = new StateFile(new FileInfo(path).LinkTarget is null ? path : File.ResolveLinkTarget(path, returnFinalTarget: true)!.FullName, clock);
        if (isReadOnly)
        {
            var there = file.Read();
            return new Pop3State(file, turn: null, 0, there.NumberOf(account) is { } known ? there.Of(known) : [], clock);
        }

        using var hold = await file.LockAsync(cancel).ConfigureAwait(false);
        var turn = FileLock.TryTake(TurnOf(file, account)) ?? throw new Pop3StateException(Pop3StateFault.InUse, $"Another command works with the messages of {account} that {path} remembers. Wait until it is done, or give this one a file of its own.");
        try
        {
            var text = file.Read();
            if (text.NumberOf(account) is not { } number)
                file.Append(StateText.Line(number = text.NextNumber, account));
            return new Pop3State(file, turn, number, text.Of(number), clock);
        }
        catch
        {
            End(turn);
            throw;
        }
    }

    /// <summary>Holds a listing against what is remembered.</summary>
    /// <returns>Those of its messages that are new.</returns>
    public IReadOnlyList<Pop3Entry> NewAmong(IReadOnlyList<Pop3Entry> listing)
    {
        var left = _known.ToLookup(known => known.Uidl, StringComparer.Ordinal).ToDictionary(group => group.Key, group => new Queue<KnownMessage>(group), StringComparer.Ordinal);
        var fresh = new List<Pop3Entry>();
        _byNumber.Clear();
        foreach (var entry in listing)
        {
            if (left.TryGetValue(entry.Uidl!, out var copies) && copies.TryDequeue(out var known))
                _byNumber.Add(entry.Number, known);
            else
                fresh.Add(entry);
        }

        _gone = _byNumber.Count == 0 && listing.Count > 0 ? [.. _known] : [];
        _isMatched = listing.Count > 0;
        return fresh;
    }

    /// <summary>When a message of the listing was saved; null if it is new.</summary>
    public DateTimeOffset? TimeOf(Pop3Entry entry) => _byNumber.TryGetValue(entry.Number, out var known) ? known.Time : null;

    /// <summary>True if a message of the listing with these octets was saved under its unique id: servers give ids again, to other messages.</summary>
    internal bool HasSaved(Pop3Entry entry, UInt128 hash) =>
        _byNumber.TryGetValue(entry.Number, out var known)
        && (known.Hash == hash || _known.Exists(one => one.Hash == hash && one.Uidl == entry.Uidl));

    /// <summary>Takes a message for one that was saved before, if its octets are those and the server has given all messages other unique ids.</summary>
    internal bool IsKnownBy(UInt128 hash)
    {
        if (_gone.FindIndex(known => known.Hash == hash) is not (>= 0 and var index))
            return false;
        _gone.RemoveAt(index);
        Renumbered++;
        return true;
    }

    /// <summary>Remembers a message of the listing: when this returns, it is on the disk.</summary>
    /// <param name="entry">Which.</param>
    /// <param name="hash">What its octets are told by; null where they were not read as a whole.</param>
    /// <param name="cancel">Ends the wait for others that write.</param>
    internal async Task NoteAsync(Pop3Entry entry, UInt128? hash, CancellationToken cancel)
    {
        var message = new KnownMessage(entry.Uidl!, _clock.GetUtcNow(), hash);
        if (_turn is not null)
        {
            using var hold = await _file.LockAsync(cancel).ConfigureAwait(false);
            _file.Append(StateText.Line(_account, message));
        }

        _known.Add(message);
        _byNumber[entry.Number] = message;
    }

    /// <summary>Remembers a message that was read, and given to whom it was for.</summary>
    /// <param name="entry">Which.</param>
    /// <param name="octets">Its octets; null where they were not read as a whole.</param>
    /// <param name="cancel">Ends the wait for others that write.</param>
    public Task NoteAsync(Pop3Entry entry, byte[]? octets, CancellationToken cancel) =>
        NoteAsync(entry, octets is null ? null : ContentHash.Of(octets), cancel);

    /// <summary>Forgets what the listing did not have, and what is deleted. For the end of a session that ended well.</summary>
    /// <param name="deleted">The numbers of messages that are deleted.</param>
    /// <param name="cancel">Ends the wait for others that write.</param>
    public async Task SettleAsync(IReadOnlySet<int> deleted, CancellationToken cancel)
    {
        var kept = (_isMatched ? _byNumber.Where(one => !deleted.Contains(one.Key)).OrderBy(one => one.Key).Select(one => one.Value) : _known).ToList();
        if (_turn is null || kept.Count == _known.Count)
            return;
        using (await _file.LockAsync(cancel).ConfigureAwait(false))
            _file.Replace(_file.Read().With(_account, kept));
        _known.Clear();
        _known.AddRange(kept);
    }

    /// <summary>Lets others work with the account.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_turn is null)
            return;
        try
        {
            // Under the lock nobody else opens the file that goes.
            using var hold = await _file.LockAsync(CancellationToken.None).ConfigureAwait(false);
            End(_turn);
        }
        catch (IOException)
        {
            await _turn.DisposeAsync().ConfigureAwait(false);
        }
    }

    private static void End(FileStream turn)
    {
        turn.Dispose();
        File.Delete(turn.Name);
    }

    private static string TurnOf(StateFile file, Pop3Account account) => $"{file.Path}.{account.ToFileName()}.lock";
}
