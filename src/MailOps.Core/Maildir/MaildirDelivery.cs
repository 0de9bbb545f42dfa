using System.Buffers;
using MailOps.Maildir.Disk;
using MailOps.Maildir.Folders;
using MailOps.Maildir.Names;
using MailOps.Maildir.Quota;

namespace MailOps.Maildir;

/// <summary>A message on its way in: in pooled memory while it is small, then in a file in the store's <c>tmp</c>.</summary>
internal sealed class MaildirDelivery : IDelivery
{
    private const int FirstChunk = 8 * 1024;
    private const int Chunk = 64 * 1024;

    private readonly MaildirStore _store;
    private readonly int _mostInMemory;
    private readonly List<byte[]> _chunks = [];
    private readonly string _unique;
    private int _usedInLast;
    private long _inMemory;
    private bool _afterCr;
    private bool _isSpilled;
    private bool _isBroken;
    private bool _isTaken;
    private bool _isDisposed;

    internal MaildirDelivery(MaildirStore store, int mostInMemory)
    {
        _store = store;
        _mostInMemory = mostInMemory;
        _unique = UniqueNames.Next(store.Environment.Clock);
        File = Path.Join(store.Environment.Scratch, _unique);
    }

    public long Length { get; private set; }

    /// <summary>Octets as sent: a bare LF that slipped in counts as CRLF.</summary>
    internal long LengthAsSent { get; private set; }

    /// <summary>The file in the scratch directory.</summary>
    internal string File { get; }

    /// <summary>The message's file name without info.</summary>
    internal string BaseName => UniqueNames.WithSizes(_unique, Length, LengthAsSent);

    /// <summary>Octets that are not in the file yet.</summary>
    internal long InMemory => _inMemory;

    /// <summary>How many syncs had failed when the file was begun.</summary>
    internal int FailedSyncs { get; private set; }

    internal MaildirStore Store => _store;

    private IMaildirDisk Disk => _store.Environment.Disk;

    private AccountQuotas Quotas => _store.Environment.Quotas;

    public void Write(ReadOnlySpan<byte> octets)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        if (_isBroken || _isTaken)
            throw new InvalidOperationException("The delivery failed or was committed; it can only be disposed.");
        Length += octets.Length;
        LengthAsSent += octets.Length + LineEnds.CountBareLf(octets, ref _afterCr);
        Keep(octets);
    }

    public ValueTask DrainAsync() =>
        _inMemory < _mostInMemory ? ValueTask.CompletedTask : new ValueTask(_store.Environment.Writing.RunAsync(Spill));

    public ValueTask RestAsync() =>
        _inMemory == 0 ? ValueTask.CompletedTask : new ValueTask(_store.Environment.Writing.RunAsync(Spill));

    public MessageBlob OpenWritten()
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        if (_isBroken || _isTaken)
            throw new InvalidOperationException("The delivery failed or was committed; it can only be disposed.");
        var file = _isSpilled
            ? Disk.OpenFile(File, forAppend: false) ?? throw new MailStoreException(StoreFault.Broken, $"Cannot read '{File}': another program removed it.")
            : null;
        return new WrittenBlob(file, Length - _inMemory, Parts());
    }

    public ValueTask CommitAsync(IReadOnlyList<DeliveryTarget> targets, CancellationToken cancel) => CommitAsync(targets, null, cancel);

    /// <summary>As <see cref="CommitAsync(IReadOnlyList{DeliveryTarget}, CancellationToken)"/>, and the message becomes a file elsewhere in the store as well: all of it or none.</summary>
    /// <param name="targets">The mailboxes that get it; there may be none.</param>
    /// <param name="file">The file, or null for none.</param>
    /// <param name="cancel">Ends the wait; what was not yet visible is then withdrawn.</param>
    internal async ValueTask CommitAsync(IReadOnlyList<DeliveryTarget> targets, DeliveryFile? file, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        Take();
        if (targets.Count == 0 && file is null)
            return;
        var paths = PathsOf(targets, out var accounts);
        var counted = accounts.CountBy(account => account).ToList();
        foreach (var (account, copies) in counted)
            await Quotas.RequireAsync(account, copies * Length, copies, cancel);
        if (targets.Count == 0 && file!.LeftOut == 0)
            Keep(file.Trailer.Span);
        var work = new DeliveryCommit(this, paths, file);
        _store.Environment.Commits.Enqueue(work);

        // Once the commit thread has it, it is a matter of milliseconds, and the answer must be the truth.
        await using (cancel.UnsafeRegister(static (state, token) => ((CommitWork)state!).TryWithdraw(token), work))
            await work.Completion;
        foreach (var (account, copies) in counted)
            Quotas.Add(account, copies * Length, copies);
    }

    public async ValueTask<IReadOnlyList<MailStoreException?>> CommitEachAsync(IReadOnlyList<DeliveryTarget> targets, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        Take();
        var outcomes = new MailStoreException?[targets.Count];
        var places = new List<(string Account, string Path)>(targets.Count);
        var placeOf = new int[targets.Count];
        for (var i = 0; i < targets.Count; i++)
        {
            try
            {
                placeOf[i] = await PlaceAsync(targets[i], places, cancel);
            }
            catch (MailStoreException e)
            {
                (outcomes[i], placeOf[i]) = (e, -1);
            }
        }

        var failures = places.Count > 0 ? await CommitEachAsync(places, cancel) : [];
        for (var i = 0; i < outcomes.Length; i++)
            outcomes[i] ??= failures[placeOf[i]];
        return outcomes;
    }

    public ValueTask DisposeAsync()
    {
        if (_isDisposed)
            return ValueTask.CompletedTask;
        _isDisposed = true;
        ReturnChunks();
        if (_isSpilled)
        {
            try
            {
                Disk.Unlink(File);
            }
            catch (MailStoreException)
            {
                // The next start removes it.
            }
        }

        return ValueTask.CompletedTask;
    }

    /// <summary>From here on nothing more is written by the session.</summary>
    internal void Take()
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        if (_isBroken || _isTaken)
            throw new InvalidOperationException("The delivery failed or was committed; it can only be disposed.");
        _isTaken = true;
    }

    /// <summary>Brings all of the message into its file in the scratch directory.</summary>
    internal void WriteFile() => Spill();

    /// <summary>The file went elsewhere: disposal leaves it alone.</summary>
    internal void Delivered()
    {
        _isSpilled = false;
        ReturnChunks();
    }

    private void Keep(ReadOnlySpan<byte> octets)
    {
        while (!octets.IsEmpty)
        {
            var room = Room(octets.Length);
            var count = Math.Min(room.Length, octets.Length);
            octets[..count].CopyTo(room);
            octets = octets[count..];
            _usedInLast += count;
            _inMemory += count;
            if (_inMemory >= 2 * _mostInMemory)
                Spill();
        }
    }

    private Span<byte> Room(int wanted)
    {
        if (_chunks.Count == 0 || _usedInLast == _chunks[^1].Length)
        {
            // What goes on into a file is taken in pieces that cost one write each.
            var size = _isSpilled ? _mostInMemory : _chunks.Count == 0 && wanted <= FirstChunk ? FirstChunk : Chunk;
            _chunks.Add(ArrayPool<byte>.Shared.Rent(size));
            _usedInLast = 0;
        }

        return _chunks[^1].AsSpan(_usedInLast);
    }

    private ReadOnlyMemory<byte>[] Parts()
    {
        var parts = new ReadOnlyMemory<byte>[_chunks.Count];
        for (var i = 0; i < parts.Length; i++)
            parts[i] = i == parts.Length - 1 ? _chunks[i].AsMemory(0, _usedInLast) : _chunks[i];
        return parts;
    }

    private void Spill()
    {
        try
        {
            var parts = Parts();
            if (!_isSpilled)
            {
                FailedSyncs = _store.Environment.Commits.FailedSyncs;
                if (!Disk.Create(File, parts))
                    throw new MailStoreException(StoreFault.Broken, $"Cannot make '{File}': the name is taken.");
                _isSpilled = true;
            }
            else
            {
                foreach (var part in parts)
                {
                    if (!Disk.Append(File, part.Span))
                        throw new MailStoreException(StoreFault.Broken, $"Cannot append to '{File}': another program removed it.");
                }
            }

            ReturnChunks();
        }
        catch (MailStoreException)
        {
            _isBroken = true;
            throw;
        }
    }

    private void ReturnChunks()
    {
        foreach (var chunk in _chunks)
            ArrayPool<byte>.Shared.Return(chunk);
        _chunks.Clear();
        _usedInLast = 0;
        _inMemory = 0;
    }

    private async ValueTask<int> PlaceAsync(DeliveryTarget target, List<(string Account, string Path)> places, CancellationToken cancel)
    {
        var place = PlaceOf(target);
        if (places.FindIndex(one => one.Path == place.Path) is >= 0 and var known)
            return known;
        var copies = 1 + places.Count(one => one.Account == place.Account);
        await Quotas.RequireAsync(place.Account, copies * Length, copies, cancel);
        places.Add(place);
        return places.Count - 1;
    }

    private async ValueTask<MailStoreException?[]> CommitEachAsync(List<(string Account, string Path)> places, CancellationToken cancel)
    {
        var work = new DeliveryCommit(this, [.. places.Select(place => place.Path)], file: null, isEachForItself: true);
        _store.Environment.Commits.Enqueue(work);
        try
        {
            await using (cancel.UnsafeRegister(static (state, token) => ((CommitWork)state!).TryWithdraw(token), work))
                await work.Completion;
        }
        catch (MailStoreException e)
        {
            return [.. Enumerable.Repeat(e, places.Count)];
        }

        for (var i = 0; i < places.Count; i++)
        {
            if (work.Failures[i] is null)
                Quotas.Add(places[i].Account, Length, 1);
        }

        return work.Failures;
    }

    private (string Account, string Path) PlaceOf(DeliveryTarget target)
    {
        var account = _store.AccountOf(target.Account);
        var path = target.Mailbox == MailboxName.Inbox
            ? account.Path
            : account.Find(target.Mailbox)
                ?? throw new MailStoreException(StoreFault.Broken, $"Cannot deliver to '{target.Mailbox}' of '{target.Account}': there is no such mailbox.");
        return (account.Path, path);
    }

    private string[] PathsOf(IReadOnlyList<DeliveryTarget> targets, out string[] accounts)
    {
        var owners = new string[targets.Count];
        var paths = new string[targets.Count];
        var count = 0;
        foreach (var target in targets)
        {
            var (account, path) = PlaceOf(target);
            if (Array.IndexOf(paths, path, 0, count) >= 0)
                continue;
            owners[count] = account;
            paths[count++] = path;
        }

        accounts = owners[..count];
        return paths[..count];
    }
}
