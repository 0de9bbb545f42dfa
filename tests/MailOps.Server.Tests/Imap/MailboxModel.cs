using System.Globalization;
using System.Text.RegularExpressions;
using Xunit;

namespace MailOps.Server.Tests.Imap;

/// <summary>
/// What a client knows of a mailbox from what it was told, and from nothing else. It counts as RFC 7162 section 6 says, and fails where a
/// sequence number names another message than it did.
/// </summary>
internal sealed partial class MailboxModel
{
    private readonly List<uint> _uids = [];
    private readonly Dictionary<uint, (string Flags, ulong ModSeq)> _known = [];
    private ulong _toldHighest;
    private ulong _seenModSeq;
    private List<uint> _kept = [];
    private readonly List<uint> _goneBefore = [];
    private bool _isBack = true;

    /// <summary>The UIDs by sequence number; 0 for a message that it was told nothing of.</summary>
    public IReadOnlyList<uint> Uids => _uids;

    public uint UidValidity { get; private set; }

    /// <summary>The mod-sequence up to which it was told all.</summary>
    public ulong Highest { get; private set; }

    /// <summary>Each message with its flags, for comparison.</summary>
    public IReadOnlyList<string> Messages => [.. _uids.Select(uid => $"{uid} {(_known.TryGetValue(uid, out var known) ? known.Flags : "?")}")];

    /// <summary>The mod-sequence of each message that it knows one of.</summary>
    public IReadOnlyDictionary<uint, ulong> ModSeqs => _uids.Where(uid => _known.TryGetValue(uid, out var known) && known.ModSeq > 0).ToDictionary(uid => uid, uid => _known[uid].ModSeq);

    /// <summary>Takes in the answer to a command.</summary>
    public void Hear(IEnumerable<string> lines)
    {
        foreach (var line in lines)
            Hear(line);

        // Section 6: of a command's answer as a whole, and a number that the server names stands above those of messages.
        if (_toldHighest > 0)
            Highest = _toldHighest;
        else
            Highest = Math.Max(Highest, _seenModSeq);
        (_toldHighest, _seenModSeq) = (0, 0);
    }

    /// <summary>The UIDs up to the first message that is not known, or whose flags are not.</summary>
    public IEnumerable<uint> Known => _uids.TakeWhile(uid => _known.TryGetValue(uid, out var known) && known.Flags != "?");

    /// <summary>The connection is gone. What is known by UID stays, up to the first message that is not; the numbers will be others.</summary>
    public void Disconnect()
    {
        _kept = [.. Known];
        foreach (var uid in _known.Keys.Except(_kept).ToList())
            _known.Remove(uid);
        _uids.Clear();
        (_toldHighest, _seenModSeq, _isBack) = (0, 0, false);
    }

    /// <summary>The UIDs that are known from before, ascending.</summary>
    public IReadOnlyList<uint> Kept => _kept;

    /// <summary>After SELECT with QRESYNC, and a FETCH of what is new, all numbers are known again, or something was not told.</summary>
    /// <param name="isBusy">True if others add messages meanwhile: those that came last may not be known.</param>
    public void Reconnected(bool isBusy = false)
    {
        List<uint> all = [.. _kept.Except(_goneBefore).Union(_uids.Where(uid => uid > 0)).Order()];
        while (isBusy && all.Count < _uids.Count)
            all.Add(0);
        Assert.Equal(_uids.Count, all.Count);
        _isBack = true;
        for (var i = 0; i < all.Count; i++)
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

    private void Hear(string line)
    {
        if (HighestPattern().Match(line) is { Success: true } highest)
            _toldHighest = ulong.Parse(highest.Groups["n"].ValueSpan, CultureInfo.InvariantCulture);
        if (ValidityPattern().Match(line) is { Success: true } validity)
            UidValidity = uint.Parse(validity.Groups["n"].ValueSpan, CultureInfo.InvariantCulture);
        var words = line.Split(' ');
        if (words is ["*", var number, "EXISTS"])
            Exists(int.Parse(number, CultureInfo.InvariantCulture));
        else if (words is ["*", var gone, "EXPUNGE"])
            _uids.RemoveAt(int.Parse(gone, CultureInfo.InvariantCulture) - 1);
        else if (words is ["*", "VANISHED", var uids])
            Assert.All(UidsIn(uids), uid => Remove(uid, line));
        else if (words is ["*", "VANISHED", "(EARLIER)", var earlier])
            _goneBefore.AddRange(UidsIn(earlier));
        else if (FetchPattern().Match(line) is { Success: true } fetch)
            Fetched(line, fetch);
    }

    // One that it knows nothing of has its place among those that it knows.
    private void Remove(uint uid, string line)
    {
        if (!_isBack)
            _goneBefore.Add(uid);
        if (_uids.Remove(uid))
            return;
        var after = _uids.FindIndex(known => known > uid);
        var place = _uids.FindLastIndex(after < 0 ? Math.Max(_uids.Count - 1, 0) : after, known => known == 0);
        Assert.True(place >= 0 && _uids.Take(place).All(known => known < uid), line);
        _uids.RemoveAt(place);
    }

    private void Exists(int count)
    {
        Assert.True(count >= _uids.Count, $"{count} EXISTS, and {_uids.Count} are known.");
        while (_uids.Count < count)
            _uids.Add(0);
    }

    private void Fetched(string line, Match fetch)
    {
        var place = int.Parse(fetch.Groups["number"].ValueSpan, CultureInfo.InvariantCulture) - 1;
        Assert.InRange(place, 0, _uids.Count - 1);
        if (!fetch.Groups["uid"].Success)
            return;
        var uid = uint.Parse(fetch.Groups["uid"].ValueSpan, CultureInfo.InvariantCulture);
        Assert.True(_uids[place] == 0 || _uids[place] == uid, $"Number {place + 1} was UID {_uids[place]}: {line}");
        _uids[place] = uid;
        var (flags, modSeq) = _known.TryGetValue(uid, out var known) ? known : ("?", 0);
        if (fetch.Groups["flags"].Success)
            flags = Sorted(fetch.Groups["flags"].Value.Split(' ', StringSplitOptions.RemoveEmptyEntries).Where(flag => flag != "\\Recent"));
        if (fetch.Groups["modseq"].Success)
        {
            modSeq = ulong.Parse(fetch.Groups["modseq"].ValueSpan, CultureInfo.InvariantCulture);
            _seenModSeq = Math.Max(_seenModSeq, modSeq);
        }

        _known[uid] = (flags, modSeq);
    }

    private static string Sorted(IEnumerable<string> flags) => string.Join(' ', flags.Order(StringComparer.Ordinal));

    private static IEnumerable<uint> UidsIn(string set)
    {
        foreach (var part in set.Split(','))
        {
            var ends = part.Split(':');
            for (var uid = uint.Parse(ends[0], CultureInfo.InvariantCulture); uid <= uint.Parse(ends[^1], CultureInfo.InvariantCulture); uid++)
                yield return uid;
        }
    }

    [GeneratedRegex(@"\[HIGHESTMODSEQ (?<n>\d+)\]", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex HighestPattern();

    [GeneratedRegex(@"\[UIDVALIDITY (?<n>\d+)\]", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex ValidityPattern();

    [GeneratedRegex(@"^\* (?<number>\d+) FETCH \((UID (?<uid>\d+))? ?(FLAGS \((?<flags>[^)]*)\))? ?(MODSEQ \((?<modseq>\d+)\))?\)$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex FetchPattern();
}
