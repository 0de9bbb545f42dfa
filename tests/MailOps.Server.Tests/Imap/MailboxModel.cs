using Xunit;

namespace MailOps.Server.Tests.Imap;

/// <summary>
/// What a client knows of a mailbox from what it was told, and from nothing else. It counts as RFC 7162 section 6 says, and fails where a
/// sequence number names another message than it did, and where something goes down that only grows.
/// </summary>
/// <param name="isUidOnly">True for a client to which messages have no sequence numbers (RFC 9586): of those that it knows nothing of it knows how many there are.</param>
internal sealed class MailboxModel(bool isUidOnly = false)
{
    private readonly List<uint> _uids = [];
    private readonly Dictionary<uint, (string Flags, ulong ModSeq)> _known = [];
    private readonly Dictionary<uint, int> _subjects = [];
    private readonly List<uint> _goneBefore = [];
    private HashSet<string> _flags = new(StringComparer.OrdinalIgnoreCase);
    private ulong _toldHighest;
    private ulong _lastTold;
    private ulong _seenModSeq;
    private uint _uidNext;
    private int _old;
    private List<uint> _kept = [];
    private bool _isBack = true;

    /// <summary>The UIDs by sequence number; 0 for a message that it was told nothing of.</summary>
    public IReadOnlyList<uint> Uids => _uids;

    public uint UidValidity { get; private set; }

    /// <summary>The mod-sequence up to which it was told all.</summary>
    public ulong Highest { get; private set; }

    /// <summary>Each message with its flags, for comparison.</summary>
    public IReadOnlyList<string> Messages => [.. _uids.Select(uid => $"{uid} {FlagsOf(uid)}")];

    /// <summary>The mod-sequence of each message that it knows one of.</summary>
    public IReadOnlyDictionary<uint, ulong> ModSeqs => _uids.Where(uid => _known.TryGetValue(uid, out var known) && known.ModSeq > 0).ToDictionary(uid => uid, uid => _known[uid].ModSeq);

    /// <summary>The numbers that messages have in their Subject fields, by UID.</summary>
    public IReadOnlyDictionary<uint, int> Subjects => _subjects;

    /// <summary>The UIDs up to the first message that is not known, or whose flags are not. Where there are no numbers nobody knows which that is.</summary>
    public IEnumerable<uint> Known => isUidOnly && _uids.Contains(0) ? [] : _uids.TakeWhile(uid => FlagsOf(uid) != "?");

    /// <summary>The UIDs that are known from before, ascending.</summary>
    public IReadOnlyList<uint> Kept => _kept;

    /// <summary>The flags of a message, in their order; <c>?</c> where they are not known.</summary>
    public string FlagsOf(uint uid) => _known.TryGetValue(uid, out var known) ? known.Flags : "?";

    /// <summary>Takes in the answer to a command.</summary>
    public void Hear(IEnumerable<string> lines) => Hear(lines.Select(Untagged.Parse).OfType<Untagged>());

    /// <summary>Takes in the answer to a command.</summary>
    public void Hear(IEnumerable<Untagged> responses)
    {
        foreach (var told in responses)
            Hear(told);

        // Section 6: of a command's answer as a whole, and a number that the server names stands above those of messages.
        if (_toldHighest > 0)
            Highest = _toldHighest;
        else
            Highest = Math.Max(Highest, _seenModSeq);
        (_toldHighest, _seenModSeq) = (0, 0);
    }

    /// <summary>The mailbox is left. What is known by UID stays, up to the first message that is not; the numbers will be others.</summary>
    public void Disconnect()
    {
        Leave([.. Known]);
        _isBack = false;
    }

    /// <summary>The mailbox is left, and nothing of it is kept.</summary>
    public void Forget()
    {
        Leave([]);
        _isBack = true;
    }

    /// <summary>After SELECT with QRESYNC, and a FETCH of what is new, all numbers are known again, or something was not told.</summary>
    /// <param name="isBusy">True if others add messages meanwhile: those that came last may not be known.</param>
    public void Reconnected(bool isBusy = false)
    {
        List<uint> all = [.. _kept.Except(_goneBefore).Union(_uids.Where(uid => uid > 0)).Order()];
        while (isBusy && all.Count < _uids.Count)
            all.Add(0);
        Assert.Equal(_uids.Count, all.Count);
        _isBack = true;
        for (var i = 0; i < all.Count && !isUidOnly; i++)
            Assert.True(_uids[i] == 0 || _uids[i] == all[i], $"Number {i + 1} was told as UID {_uids[i]}, and is {all[i]}.");
        _uids.Clear();
        _uids.AddRange(all);
        _goneBefore.Clear();
    }

    /// <summary>Adds or takes off a flag that the server will not tell of.</summary>
    public void Change(uint uid, string flag, bool isAdded)
    {
        if (!_known.TryGetValue(uid, out var known) || known.Flags == "?")
            return;
        var flags = known.Flags.Split(' ', StringSplitOptions.RemoveEmptyEntries).Where(one => one != flag);
        _known[uid] = known with { Flags = Sorted(isAdded ? flags.Append(flag) : flags) };
    }

    private static string Sorted(IEnumerable<string> flags) => string.Join(' ', flags.Order(StringComparer.Ordinal));

    private void Leave(List<uint> kept)
    {
        _kept = kept;
        foreach (var uid in _known.Keys.Except(_kept).ToList())
            _known.Remove(uid);
        _uids.Clear();
        _flags.Clear();
        _goneBefore.Clear();
        (_toldHighest, _seenModSeq, _old) = (0, 0, 0);
    }

    private void Hear(Untagged told)
    {
        switch (told.Kind)
        {
            case UntaggedKind.HighestModSeq:
                Assert.True(told.ModSeq >= _lastTold, $"{told.Line}, after {_lastTold} was told.");
                _lastTold = _toldHighest = told.ModSeq!.Value;
                break;
            case UntaggedKind.UidValidity when told.Number != UidValidity:
                Begin(told.Number);
                break;
            case UntaggedKind.UidNext:
                Assert.True(told.Number >= _uidNext, $"{told.Line}, after {_uidNext} was told.");
                (_uidNext, _old) = (told.Number, _uids.Count);
                break;
            case UntaggedKind.Flags:
                Assert.True(_flags.IsSubsetOf(told.Flags!), $"{told.Line}, and there were {string.Join(' ', _flags)}.");
                _flags = new HashSet<string>(told.Flags!, StringComparer.OrdinalIgnoreCase);
                break;
            case UntaggedKind.PermanentFlags:
                Assert.All(told.Flags!, flag => Assert.True(flag == "\\*" || _flags.Contains(flag), told.Line));
                break;
            case UntaggedKind.Exists:
                Exists(told);
                break;
            case UntaggedKind.Recent or UntaggedKind.Unseen:
                Assert.InRange(told.Number, told.Kind == UntaggedKind.Recent ? 0u : 1, (uint)_uids.Count);
                break;
            case UntaggedKind.Expunge:
                Assert.InRange(told.Number, 1u, (uint)_uids.Count);
                RemoveAt((int)told.Number - 1, wasOld: told.Number <= _old);
                break;
            case UntaggedKind.Vanished:
                Assert.All(told.Set, uid => Remove(uid, told.Line));
                break;
            case UntaggedKind.VanishedEarlier:
                _goneBefore.AddRange(told.Set);
                break;
            case UntaggedKind.Fetch:
                Fetched(told, (int)told.Number - 1);
                break;
            case UntaggedKind.UidFetch:
                Fetched(told, PlaceOf(told));
                break;
        }
    }

    // Another mailbox than the one that it knew.
    private void Begin(uint uidValidity)
    {
        _kept = [];
        _known.Clear();
        _subjects.Clear();
        (UidValidity, _uidNext, _lastTold, Highest) = (uidValidity, 0, 0, 0);
    }

    // One that it knows nothing of has its place among those that it knows.
    private void Remove(uint uid, string line)
    {
        if (!_isBack)
            _goneBefore.Add(uid);
        var place = _uids.IndexOf(uid);
        if (place < 0)
        {
            var after = isUidOnly ? -1 : _uids.FindIndex(known => known > uid);
            place = _uids.FindLastIndex(after < 0 ? Math.Max(_uids.Count - 1, 0) : after, known => known == 0);
            Assert.True(place >= 0 && (isUidOnly || _uids.Take(place).All(known => known < uid)), line);
        }

        // Where it stood among those that are not known yet is not known either.
        RemoveAt(place, wasOld: uid < _uidNext);
    }

    private void RemoveAt(int place, bool wasOld)
    {
        _uids.RemoveAt(place);
        if (wasOld)
            _old--;
    }

    private void Exists(Untagged told)
    {
        Assert.True(told.Number >= _uids.Count, $"{told.Line}, and {_uids.Count} are known.");
        while (_uids.Count < told.Number)
            _uids.Add(0);
    }

    // Those that it knows stand first, in their order, where there are no numbers.
    private int PlaceOf(Untagged told)
    {
        var uid = told.Uid!.Value;
        if (_uids.Contains(uid))
            return _uids.IndexOf(uid);
        Assert.True(_uids.Remove(0), $"{told.Line}, and all that are there are known: {string.Join(' ', _uids)}.");
        var place = _uids.FindIndex(known => known == 0 || known > uid);
        if (place < 0)
            place = _uids.Count;
        _uids.Insert(place, uid);
        return place;
    }

    private void Fetched(Untagged told, int place)
    {
        Assert.InRange(place, 0, _uids.Count - 1);
        if (told.Uid is not { } uid)
            return;
        Assert.True(_uids[place] == 0 || _uids[place] == uid, $"Number {place + 1} was UID {_uids[place]}: {told.Line}");
        Assert.True(_uids.Take(place).All(before => before < uid) && _uids.Skip(place + 1).All(after => after == 0 || after > uid), $"{told.Line}, among {string.Join(' ', _uids)}.");
        Assert.True(isUidOnly || _uidNext == 0 || place < _old == uid < _uidNext, $"{told.Line}: UIDNEXT was {_uidNext} when there were {_old} of those that are there.");
        _uids[place] = uid;
        var (flags, modSeq) = _known.TryGetValue(uid, out var known) ? known : ("?", 0);
        if (told.Flags is { } all)
        {
            var shown = all.Where(flag => flag != "\\Recent").ToList();
            Assert.True(_flags.IsSupersetOf(shown), $"{told.Line}: the mailbox has {string.Join(' ', _flags)}.");
            flags = Sorted(shown);
        }

        if (told.ModSeq is { } newModSeq)
        {
            Assert.True(newModSeq >= modSeq, $"{told.Line}, after {modSeq}.");
            modSeq = newModSeq;
            _seenModSeq = Math.Max(_seenModSeq, modSeq);
        }

        _known[uid] = (flags, modSeq);
        if (told.Subject is not { } subject)
            return;
        Assert.True(!_subjects.TryGetValue(uid, out var before) || before == subject, $"{told.Line}: it was m{before}.");
        _subjects[uid] = subject;
    }
}
