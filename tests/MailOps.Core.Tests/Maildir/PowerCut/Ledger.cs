using MailOps.Maildir;

namespace MailOps.Core.Tests.Maildir.PowerCut;

/// <summary>
/// What a store was asked and what it promised, each with the step of the disk at which it was. A change that was begun may be
/// there or not; one that was acknowledged is there.
/// </summary>
internal sealed class Ledger
{
    private readonly List<Count> _counts = [];
    private readonly List<Flags> _flags = [];
    private readonly List<(string Mailbox, IReadOnlyList<string> Texts)> _together = [];
    private readonly List<Existence> _mailboxes = [];
    private readonly List<Existence> _subscriptions = [];
    private readonly List<Existence> _annotations = [];
    private readonly List<(uint Validity, uint Uid, string Text, int At)> _uids = [];
    private readonly List<(string Mailbox, uint Validity, uint UidNext, int At)> _numbers = [];
    private readonly List<(string Text, DateTimeOffset Date, int At)> _dates = [];
    private readonly List<(uint Validity, ulong HighestModSeq, Dictionary<uint, MailboxMessage> Messages, int At)> _views = [];

    /// <summary>Every message that was ever written.</summary>
    internal HashSet<string> Texts { get; } = new(StringComparer.Ordinal);

    /// <summary>Every mailbox that ever was.</summary>
    internal IEnumerable<string> Mailboxes => _mailboxes.Select(change => change.Mailbox).Distinct(StringComparer.Ordinal);

    /// <summary>One more, or one less, of a message in a mailbox. A move is one of each, and changes no total.</summary>
    internal void Add(string text, string mailbox, int delta, Span span, bool isMove = false)
    {
        Texts.Add(text);
        _counts.Add(new Count(text, mailbox, delta, isMove, span));
    }

    /// <summary>Messages that came to a mailbox by one change, all or none, which nobody removes.</summary>
    internal void AddTogether(string mailbox, IReadOnlyList<string> texts) => _together.Add((mailbox, texts));

    /// <summary>Messages that came together.</summary>
    internal IEnumerable<(string Mailbox, IReadOnlyList<string> Texts)> Together => _together;

    internal void SetFlags(string text, string mailbox, MessageFlagSet flags, Span span) => _flags.Add(new Flags(text, mailbox, flags, span));

    internal void SetMailbox(string mailbox, bool exists, Span span) => _mailboxes.Add(new Existence(mailbox, exists, span));

    internal void Subscribe(string mailbox, Span span) => _subscriptions.Add(new Existence(mailbox, Exists: true, span));

    internal void Annotate(string entry, Span span) => _annotations.Add(new Existence(entry, Exists: true, span));

    /// <summary>The subscriptions that must be there, or may.</summary>
    internal IEnumerable<string> Subscriptions(int moment, bool promised) => These(_subscriptions, moment, promised);

    /// <summary>INBOX's annotations that must be there, or may.</summary>
    internal IEnumerable<string> Annotations(int moment, bool promised) => These(_annotations, moment, promised);

    private static IEnumerable<string> These(List<Existence> changes, int moment, bool promised) =>
        changes.Where(change => promised ? change.Span.IsPromised(moment) : change.Span.Begun < moment || change.Span.IsPromised(moment)).Select(change => change.Mailbox);

    /// <summary>A session was told of a message.</summary>
    internal void TellUid(uint validity, uint uid, string text, int at) => _uids.Add((validity, uid, text, at));

    /// <summary>A session was told a mailbox's numbers.</summary>
    internal void TellNumbers(string mailbox, uint validity, uint uidNext, int at) => _numbers.Add((mailbox, validity, uidNext, at));

    internal void TellDate(string text, DateTimeOffset date, int at) => _dates.Add((text, date, at));

    /// <summary>A client holds all of a mailbox, and asks for what changed since when it comes back (RFC 7162).</summary>
    internal void TellView(IMailbox view, int at) =>
        _views.Add((view.UidValidity, view.HighestModSeq, view.Messages.ToDictionary(message => message.Uid), at));

    /// <summary>What clients hold of a mailbox.</summary>
    internal IEnumerable<(ulong HighestModSeq, Dictionary<uint, MailboxMessage> Messages)> ViewsOf(uint validity, int moment) =>
        _views.Where(told => told.Validity == validity && told.At <= moment).Select(told => (told.HighestModSeq, told.Messages));

    /// <summary>Changes what is promised between one moment and another: two moments with the same phase ask the same.</summary>
    internal int Phase(int moment) => _counts.Select(change => change.Span)
        .Concat(_flags.Select(change => change.Span))
        .Concat(_mailboxes.Select(change => change.Span))
        .Concat(_subscriptions.Select(change => change.Span))
        .Concat(_annotations.Select(change => change.Span))
        .Sum(span => (span.Begun < moment ? 1 : 0) + (span.IsPromised(moment) ? 1 : 0))
        + _uids.Count(told => told.At <= moment) + _numbers.Count(told => told.At <= moment) + _views.Count(told => told.At <= moment);

    /// <summary>How often the message may be in the mailbox; in all of them together with null.</summary>
    internal (int Least, int Most) Bounds(string text, string? mailbox, int moment)
    {
        var (least, most) = (0, 0);
        foreach (var change in _counts.Where(change => change.Text == text && (mailbox is null ? !change.IsMove : change.Mailbox == mailbox)))
        {
            var promised = change.Span.IsPromised(moment);
            var begun = promised || change.Span.Begun < moment;
            least += change.Delta > 0 ? (promised ? 1 : 0) : (begun ? -1 : 0);
            most += change.Delta > 0 ? (begun ? 1 : 0) : (promised ? -1 : 0);
        }

        return (Math.Max(least, 0), most);
    }

    /// <summary>True if the message came to the mailbox by one change and nobody began to remove it, so that it has one UID there for ever.</summary>
    internal bool CameOnce(string text, string mailbox, int moment)
    {
        var begun = _counts.Where(change => change.Text == text && change.Mailbox == mailbox && (change.Span.IsPromised(moment) || change.Span.Begun < moment)).ToList();
        return begun.Count == 1 && begun[0].Delta > 0;
    }

    /// <summary>True if the message may have these flags in the mailbox.</summary>
    internal bool MayHave(string text, string mailbox, MessageFlagSet flags, int moment)
    {
        var changes = _flags.Where(change => change.Text == text && change.Mailbox == mailbox && (change.Span.IsPromised(moment) || change.Span.Begun < moment)).ToList();

        // Of a message that came twice, one has its flags from before.
        var last = _counts.Count(change => change.Text == text && change.Mailbox == mailbox && change.Delta > 0) > 1 ? 0 : changes.FindLastIndex(change => change.Span.IsPromised(moment));
        return changes.Skip(Math.Max(last, 0)).Any(change => change.Set.Equals(flags));
    }

    /// <summary>Whether the mailbox is there; null if it may be or not.</summary>
    internal bool? Exists(string mailbox, int moment)
    {
        var changes = _mailboxes.Where(change => change.Mailbox == mailbox && (change.Span.IsPromised(moment) || change.Span.Begun < moment)).ToList();
        if (changes.Count == 0)
            return false;
        return changes[^1].Span.IsPromised(moment) ? changes[^1].Exists : null;
    }

    /// <summary>The message that the UID was told to be, or null.</summary>
    internal string? Told(uint validity, uint uid, int moment) =>
        _uids.Where(told => told.Validity == validity && told.Uid == uid && told.At <= moment).Select(told => told.Text).FirstOrDefault();

    /// <summary>The UIDs under which the message was told.</summary>
    internal IEnumerable<uint> UidsOf(uint validity, string text, int moment) =>
        _uids.Where(told => told.Validity == validity && told.Text == text && told.At <= moment).Select(told => told.Uid);

    /// <summary>The UIDVALIDITY values and next UIDs that were told of the mailbox.</summary>
    internal IEnumerable<(uint Validity, uint UidNext)> NumbersOf(string mailbox, int moment) =>
        _numbers.Where(told => told.Mailbox == mailbox && told.At <= moment).Select(told => (told.Validity, told.UidNext));

    internal DateTimeOffset? DateOf(string text, int moment) =>
        _dates.Where(told => told.Text == text && told.At <= moment).Select(told => (DateTimeOffset?)told.Date).LastOrDefault();

    /// <summary>From when a change may be there, and from when it must be.</summary>
    internal sealed class Span(int begun)
    {
        internal int Begun { get; } = begun;

        /// <summary>The step at which it was acknowledged; none if it never was.</summary>
        internal int Acknowledged { get; set; } = int.MaxValue;

        internal bool IsPromised(int moment) => Acknowledged <= moment;
    }

    private sealed record Count(string Text, string Mailbox, int Delta, bool IsMove, Span Span);

    private sealed record Flags(string Text, string Mailbox, MessageFlagSet Set, Span Span);

    private sealed record Existence(string Mailbox, bool Exists, Span Span);
}
