using Xunit;

namespace MailOps.Server.Tests.Imap;

/// <summary>
/// The account of all messages: each has a number of its own, and each place (a mailbox's UIDVALIDITY and a UID) that a session was told of
/// has its origin. From that it is known which places must be there when all rest: a copy that nobody asked for is too many, and what nobody
/// moved away, replaced or marked as deleted is lost.
/// </summary>
internal sealed class MessageLedger
{
    private readonly Lock _lock = new();
    private readonly Dictionary<Place, int> _numbers = [];
    private readonly Dictionary<Place, Place> _sources = [];
    private readonly HashSet<int> _delivered = [];
    private readonly HashSet<Place> _taken = [];
    private readonly HashSet<Place> _marked = [];
    private readonly Dictionary<Place, HashSet<ulong>> _changes = [];
    private readonly List<(Place Place, ulong Since, ulong Became)> _swaps = [];
    private List<Place> _adrift = [];
    private int _last;
    private int _lost;
    private int _unplaced;

    /// <summary>A message as it is in a mailbox.</summary>
    internal readonly record struct Place(uint UidValidity, uint Uid);

    /// <summary>A number for a new message.</summary>
    public int Next() => Interlocked.Increment(ref _last);

    /// <summary>A number for a message that is delivered, nobody knows as what.</summary>
    public int Delivered()
    {
        var number = Next();
        lock (_lock)
            _delivered.Add(number);
        return number;
    }

    /// <summary>New messages came into a mailbox that somebody took away before it was said as what.</summary>
    public void CameSomewhere(IReadOnlyList<int> numbers)
    {
        lock (_lock)
        {
            _delivered.UnionWith(numbers);
            _unplaced += numbers.Count;
        }
    }

    /// <summary>Messages were copied, or moved as far as they were there, into a mailbox that somebody took away before it was said as what.</summary>
    public void CopiedSomewhere(uint from, IReadOnlyList<uint> sources, bool isMoved)
    {
        lock (_lock)
            _adrift.AddRange(sources.Select(uid => new Place(from, uid)));
        if (isMoved)
            Marked(from, sources);
    }

    /// <summary>New messages came.</summary>
    public void Came(uint uidValidity, IReadOnlyList<uint> uids, IReadOnlyList<int> numbers)
    {
        Assert.Equal(numbers.Count, uids.Count);
        lock (_lock)
        {
            for (var i = 0; i < uids.Count; i++)
                Assert.True(_numbers.TryAdd(new Place(uidValidity, uids[i]), numbers[i]), $"UID {uids[i]} was given twice.");
        }
    }

    /// <summary>Messages were copied, or moved.</summary>
    public void Copied(uint from, IReadOnlyList<uint> sources, uint to, IReadOnlyList<uint> targets, bool isMoved)
    {
        Assert.Equal(sources.Count, targets.Count);
        lock (_lock)
        {
            for (var i = 0; i < sources.Count; i++)
            {
                var source = new Place(from, sources[i]);
                Assert.True(_sources.TryAdd(new Place(to, targets[i]), source), $"UID {targets[i]} was given twice.");
                Assert.True(!isMoved || _taken.Add(source), $"UID {sources[i]} was moved or replaced twice.");
            }
        }
    }

    /// <summary>A message made way for another.</summary>
    public void Replaced(uint uidValidity, uint uid)
    {
        lock (_lock)
            Assert.True(_taken.Add(new Place(uidValidity, uid)), $"UID {uid} was moved or replaced twice.");
    }

    /// <summary>Messages may be \Deleted from now on, and go at any time.</summary>
    public void Marked(uint uidValidity, IEnumerable<uint> uids)
    {
        lock (_lock)
            _marked.UnionWith(uids.Select(uid => new Place(uidValidity, uid)));
    }

    /// <summary>Somebody deletes a mailbox that may have messages.</summary>
    public void DeletesMailbox() => Interlocked.Increment(ref _lost);

    /// <summary>A message has this mod-sequence, or had it.</summary>
    public void Saw(uint uidValidity, uint uid, ulong modSeq)
    {
        lock (_lock)
        {
            var place = new Place(uidValidity, uid);
            if (!_changes.TryGetValue(place, out var changes))
                _changes[place] = changes = [];
            changes.Add(modSeq);
        }
    }

    /// <summary>All flags of a message were replaced on the condition that none had changed since a mod-sequence.</summary>
    public void Swapped(uint uidValidity, uint uid, ulong since, ulong became)
    {
        lock (_lock)
            _swaps.Add((new Place(uidValidity, uid), since, became));
    }

    /// <summary>Holds the account against what is there, when all rest and have heard of everything.</summary>
    /// <param name="mailboxes">The UIDVALIDITY of each mailbox that is there.</param>
    /// <param name="messages">The messages that are there, with their numbers.</param>
    /// <param name="deleted">Those of them that are \Deleted.</param>
    public void Check(IReadOnlySet<uint> mailboxes, IReadOnlyDictionary<Place, int> messages, IEnumerable<Place> deleted)
    {
        foreach (var (place, number) in messages)
        {
            if (NumberOf(place) is null)
                Find(place, number);
            Assert.True(NumberOf(place) == number, $"Nobody put message {number} at {place}.");
            Assert.False(_taken.Contains(place), $"Message {number} was moved or replaced, and is still at {place}.");
        }

        foreach (var place in _numbers.Keys.Concat(_sources.Keys).Where(place => !messages.ContainsKey(place)))
        {
            if (_taken.Contains(place) || IsMarked(place) || (!mailboxes.Contains(place.UidValidity) && _lost > 0))
                continue;

            // It came from where it was not told as what, and may have been \Deleted before.
            Assert.True(NumberOf(place) is null && _adrift.Count > 0, $"Message {NumberOf(place)} is no longer at {place}, and nobody took it away. There are {string.Join(' ', mailboxes)}.");
        }

        // What was delivered and is nowhere was taken away before anybody read its number.
        var unread = _taken.Concat(_marked).Select(OriginOf).Where(place => !_numbers.ContainsKey(place)).Distinct().Count();
        Assert.True(_delivered.Count <= unread + _unplaced, $"{string.Join(' ', _delivered)} were delivered, and only {unread} of them were taken away.");
        foreach (var (place, since, became) in _swaps)
            Assert.DoesNotContain(_changes.GetValueOrDefault(place) ?? [], change => change > since && change < became);
        _marked.UnionWith(deleted);
        Settle(messages);
    }

    // The first that has the number of a delivery, or what it came from, is that delivery.
    private void Find(Place place, int number)
    {
        var origin = OriginOf(place);
        if (_delivered.Remove(number) || _adrift.Remove(origin))
            _numbers[origin] = number;
        else if (_adrift.FindIndex(source => NumberOf(source) == number) is >= 0 and var adrift)
            (_sources[origin], _adrift) = (_adrift[adrift], [.. _adrift.Where((_, place) => place != adrift)]);
    }

    private int? NumberOf(Place place) => _numbers.TryGetValue(OriginOf(place), out var number) ? number : null;

    private Place OriginOf(Place place)
    {
        while (_sources.TryGetValue(place, out var source))
            place = source;
        return place;
    }

    // A copy has the flags of its source.
    private bool IsMarked(Place place) => _marked.Contains(place) || (_sources.TryGetValue(place, out var source) && IsMarked(source));

    // What is gone was told to all, and nobody will name it again.
    private void Settle(IReadOnlyDictionary<Place, int> messages)
    {
        List<Place> marked = [.. messages.Keys.Where(IsMarked)];
        _numbers.Clear();
        _delivered.Clear();
        _adrift.Clear();
        _unplaced = 0;
        _sources.Clear();
        _taken.Clear();
        _marked.Clear();
        _changes.Clear();
        _swaps.Clear();
        foreach (var (place, number) in messages)
            _numbers[place] = number;
        _marked.UnionWith(marked);
    }
}
