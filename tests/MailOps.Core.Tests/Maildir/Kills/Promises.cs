using System.Collections.Immutable;
using System.Globalization;
using MailOps.Maildir;
using Placement = System.Collections.Immutable.ImmutableSortedDictionary<string, string>;

namespace MailOps.Core.Tests.Maildir.Kills;

/// <summary>
/// What must be in a store, by what its workers reported. A message's placement says in which mailboxes it is and with which flags.
/// A change that was begun and not acknowledged leaves several placements possible; each is as good as the other.
/// </summary>
internal sealed class Promises
{
    private static readonly Placement Nowhere = Placement.Empty.WithComparers(StringComparer.Ordinal);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, List<Placement>> _possible = new(StringComparer.Ordinal);
    private readonly HashSet<string> _gone = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (bool Least, bool Most)> _mailboxes = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Worker, string Number), Change> _pending = [];
    private readonly ToldNumbers _told = new();

    /// <summary>How many changes were acknowledged.</summary>
    internal int Acknowledged { get; private set; }

    /// <summary>How many changes of several messages, all or none, were under way at a kill.</summary>
    internal int Interrupted { get; private set; }

    /// <summary>Takes a line of a worker.</summary>
    internal void Take(string worker, string[] fields)
    {
        lock (_lock)
        {
            switch (fields[0])
            {
                case "begin":
                    _pending.Add((worker, fields[1]), Begin(fields[2], fields[3..]));
                    break;
                case "done":
                    Acknowledged++;
                    _pending.Remove((worker, fields[1]), out var change);
                    Acknowledge(change!, fields[2..]);
                    break;
                case "uid":
                    _told.Uid(Number(fields[1]), Number(fields[2]), fields[3]);
                    break;
                case "modseq":
                    _told.ModSeq(Number(fields[1]), Number(fields[2]), ulong.Parse(fields[3], CultureInfo.InvariantCulture), fields[4]);
                    break;
                case "numbers":
                    _told.Mailbox(fields[1], Number(fields[2]), Number(fields[3]), ulong.Parse(fields[4], CultureInfo.InvariantCulture));
                    break;
                default:
                    throw new InvalidOperationException($"A worker said {string.Join(' ', fields)}");
            }
        }
    }

    /// <summary>Removes a message by a change of one's own that was acknowledged.</summary>
    internal void Removed(string text, string mailbox) => Settle(text, _possible[text][0].Remove(mailbox));

    /// <summary>Compares with what is there. No worker runs. What is found is what must be there from now on.</summary>
    internal List<string> Check(IReadOnlyList<FoundMessage> found, IReadOnlyCollection<FoundMailbox> mailboxes)
    {
        var complaints = new List<string>();
        foreach (var name in _mailboxes.Keys.Union(mailboxes.Select(mailbox => mailbox.Name), StringComparer.Ordinal).ToList())
        {
            var isThere = mailboxes.Any(mailbox => mailbox.Name == name);
            var (least, most) = _mailboxes.GetValueOrDefault(name, (name is "INBOX", name is "INBOX"));
            if (isThere ? !most : least)
                complaints.Add($"mailbox: {name} is {(isThere ? "there" : "gone")}");
            _mailboxes[name] = (isThere, isThere);
        }

        var actual = new Dictionary<string, Placement>(StringComparer.Ordinal);
        foreach (var message in found)
        {
            var before = actual.GetValueOrDefault(message.Text, Nowhere);
            if (before.ContainsKey(message.Mailbox))
                complaints.Add($"doubled: {message.Text} is twice in {message.Mailbox}");
            actual[message.Text] = before.SetItem(message.Mailbox, message.Flags);
        }

        complaints.AddRange(_told.Check(found, mailboxes));
        foreach (var change in _pending.Values.Where(change => change.Together is not null && change.Texts.Count > 1))
        {
            var count = change.Texts.Count(one => actual.GetValueOrDefault(one.Text, Nowhere).ContainsKey(change.Together!));
            Interrupted++;
            if (count > 0 && count < change.Texts.Count)
                complaints.Add($"some: {count} of {string.Join(", ", change.Texts.Select(one => one.Text))}");
        }

        foreach (var text in actual.Keys.Where(text => !_possible.ContainsKey(text)))
            complaints.Add(_gone.Contains(text) ? $"came back: {text} {Say(actual[text])}" : $"half or never written: {text}");
        foreach (var (text, possible) in _possible.ToList())
        {
            var placement = actual.GetValueOrDefault(text, Nowhere);
            if (!possible.Exists(one => Equals(one, placement)))
                complaints.Add($"not as promised: {text} is {Say(placement)}, promised {string.Join(" or ", possible.Select(Say))}");
            Settle(text, placement);
        }

        _pending.Clear();
        return complaints;
    }

    private static uint Number(string field) => uint.Parse(field, CultureInfo.InvariantCulture);

    private static bool Equals(Placement one, Placement other) => one.Count == other.Count && one.All(pair => other.TryGetValue(pair.Key, out var flags) && flags == pair.Value);

    private static string Say(Placement placement) => placement.IsEmpty ? "nowhere" : string.Join(", ", placement.Select(pair => $"{pair.Key} ({pair.Value})"));

    private static string After(string flags, string change, string given)
    {
        var set = new SortedSet<string>(flags.Split(' ', StringSplitOptions.RemoveEmptyEntries), StringComparer.Ordinal);
        var other = given.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (change == nameof(FlagChange.Replace))
            set.Clear();
        if (change == nameof(FlagChange.Remove))
            set.ExceptWith(other);
        else
            set.UnionWith(other);
        return string.Join(' ', set);
    }

    private Change Begin(string kind, string[] fields)
    {
        switch (kind)
        {
            case "deliver":
                // One mailbox after the other.
                var all = new List<Placement> { Nowhere };
                foreach (var mailbox in fields[1..])
                    all.AddRange([.. all.Select(one => one.SetItem(mailbox, ""))]);
                _possible[fields[0]] = all;
                return new Change([(fields[0], all[^1])]);
            case "append":
                _possible[fields[0]] = [Nowhere];
                return Maybe([fields[0]], _ => Nowhere.SetItem(fields[1], After("", "", fields[2])));
            case "appendall":
                foreach (var text in fields[2..])
                    _possible[text] = [Nowhere];
                return Maybe(fields[2..], _ => Nowhere.SetItem(fields[0], After("", "", fields[1]))) with { Together = fields[0] };
            case "store":
                return Maybe(fields[3..], now => now.SetItem(fields[0], After(now[fields[0]], fields[1], fields[2])));
            case "copy":
                return Maybe(fields[2..], now => now.SetItem(fields[1], now[fields[0]])) with { Together = fields[1] };
            case "move":
                return Maybe(fields[2..], now => now.SetItem(fields[1], now[fields[0]]).Remove(fields[0]));
            case "expunge":
                return Maybe(fields[1..], now => now.Remove(fields[0]));
            case "create":
                return Maybe([], now => now) with { Mailboxes = [Exists(fields[0], true)] };
            case "delete":
                return Maybe(In(fields[0]), now => now.Remove(fields[0])) with { Mailboxes = [Exists(fields[0], false)] };
            case "rename":
                return Maybe(In(fields[0]), now => now.SetItem(fields[1], now[fields[0]]).Remove(fields[0])) with { Mailboxes = [Exists(fields[0], false), Exists(fields[1], true)] };
            default:
                throw new InvalidOperationException($"A worker began {kind}");
        }
    }

    private void Acknowledge(Change change, string[] answer)
    {
        foreach (var (text, after) in change.Texts)
            Settle(text, after);
        foreach (var (mailbox, exists) in change.Mailboxes)
            _mailboxes[mailbox] = (exists, exists);

        // APPEND, COPY and MOVE tell UIDs; STORE says how many it changed.
        for (var i = 1; i < answer.Length; i++)
            _told.Uid(Number(answer[0]), Number(answer[i]), change.Texts[i - 1].Text);
    }

    private Change Maybe(IReadOnlyList<string> texts, Func<Placement, Placement> after)
    {
        var changes = new List<(string Text, Placement After)>();
        foreach (var text in texts)
        {
            changes.Add((text, after(_possible[text][0])));
            _possible[text] = [_possible[text][0], changes[^1].After];
        }

        return new Change(changes);
    }

    private (string Mailbox, bool Exists) Exists(string mailbox, bool exists)
    {
        _mailboxes[mailbox] = (false, true);
        return (mailbox, exists);
    }

    private List<string> In(string mailbox) => [.. _possible.Where(pair => pair.Value[0].ContainsKey(mailbox)).Select(pair => pair.Key)];

    private void Settle(string text, Placement placement)
    {
        if (placement.IsEmpty)
        {
            _possible.Remove(text);
            _gone.Add(text);
        }
        else
        {
            _possible[text] = [placement];
        }
    }

    private sealed record Change(IReadOnlyList<(string Text, Placement After)> Texts)
    {
        internal IReadOnlyList<(string Mailbox, bool Exists)> Mailboxes { get; init; } = [];

        /// <summary>True if all of it is done or nothing.</summary>
        internal string? Together { get; init; }
    }
}
