using System.Globalization;
using System.Text.RegularExpressions;

namespace MailOps.Server.Tests.Imap;

/// <summary>An untagged response, taken apart; HIGHESTMODSEQ may stand in a tagged one as well.</summary>
internal sealed class Untagged
{
    private const string Items = @"(FLAGS \((?<flags>[^)]*)\))? ?(MODSEQ \((?<modseq>\d+)\))?( ?BODY\[HEADER\.FIELDS \(SUBJECT\)\] \{\d+\}\r\nSubject: m(?<subject>\d+)\r\n\r\n)?\)";

    private static readonly (UntaggedKind Kind, Regex Pattern)[] Patterns =
    [
        Pattern(UntaggedKind.Fetch, @"(?<number>\d+) FETCH \((UID (?<uid>\d+))? ?" + Items),
        Pattern(UntaggedKind.UidFetch, @"(?<uid>\d+) UIDFETCH \((UID \k<uid> ?)?" + Items),
        Pattern(UntaggedKind.Exists, @"(?<number>\d+) EXISTS"),
        Pattern(UntaggedKind.Recent, @"(?<number>\d+) RECENT"),
        Pattern(UntaggedKind.Expunge, @"(?<number>\d+) EXPUNGE"),
        Pattern(UntaggedKind.Vanished, @"VANISHED (?<set>[\d:,]+)"),
        Pattern(UntaggedKind.VanishedEarlier, @"VANISHED \(EARLIER\) (?<set>[\d:,]+)"),
        Pattern(UntaggedKind.Flags, @"FLAGS \((?<flags>[^)]*)\)"),
        Pattern(UntaggedKind.PermanentFlags, @"OK \[PERMANENTFLAGS \((?<flags>[^)]*)\)\] .+"),
        Pattern(UntaggedKind.UidValidity, @"OK \[UIDVALIDITY (?<number>\d+)\] .+"),
        Pattern(UntaggedKind.UidNext, @"OK \[UIDNEXT (?<number>\d+)\] .+"),
        Pattern(UntaggedKind.Unseen, @"OK \[UNSEEN (?<number>\d+)\] .+"),
        Pattern(UntaggedKind.MailboxId, @"OK \[MAILBOXID \([A-Za-z0-9_-]+\)\] .+"),
        (UntaggedKind.HighestModSeq, Made(@"^\S+ OK \[HIGHESTMODSEQ (?<modseq>\d+)\] .+$")),
        Pattern(UntaggedKind.Closed, @"OK \[CLOSED\] .+"),
        Pattern(UntaggedKind.CopyUid, @"OK \[(?<code>COPYUID \d+ [\d:,]+ [\d:,]+)\] .+"),
        Pattern(UntaggedKind.AppendUid, @"OK \[(?<code>APPENDUID \d+ [\d:,]+)\] .+"),
        Pattern(UntaggedKind.Search, @"SEARCH( \d+)*"),
        Pattern(UntaggedKind.ExtendedSearch, @"ESEARCH \(TAG ""(?<name>\w+)""\)( UID)?( ALL [\d:,]+)?( REMOVEFROM \([\d:, ]+\))?( ADDTO \([\d:, ]+\))?"),
        Pattern(UntaggedKind.Status, @"STATUS ""?(?<name>[^"" ]+)""? \((?<items>[A-Z\d ]+)\)"),
        Pattern(UntaggedKind.List, @"LIST \((?<flags>[^)]*)\) ""/"" ""?(?<name>[^"" ]+)""?( \(""OLDNAME"" \(""?(?<old>[^"" )]+)""?\)\))?"),
        Pattern(UntaggedKind.Enabled, @"ENABLED( [A-Za-z\d=]+)*"),
    ];

    private readonly Match _match;

    private Untagged(string line, UntaggedKind kind, Match match) => (Line, Kind, _match) = (line, kind, match);

    public string Line { get; }

    public UntaggedKind Kind { get; }

    /// <summary>The number that it begins with or is about.</summary>
    public uint Number => uint.Parse(_match.Groups["number"].ValueSpan, CultureInfo.InvariantCulture);

    public uint? Uid => _match.Groups["uid"] is { Success: true } uid ? uint.Parse(uid.ValueSpan, CultureInfo.InvariantCulture) : null;

    public ulong? ModSeq => _match.Groups["modseq"] is { Success: true } modSeq ? ulong.Parse(modSeq.ValueSpan, CultureInfo.InvariantCulture) : null;

    /// <summary>Flags, or what else stands in the first parentheses; null where there are none.</summary>
    public IReadOnlyList<string>? Flags => _match.Groups["flags"] is { Success: true } flags ? flags.Value.Split(' ', StringSplitOptions.RemoveEmptyEntries) : null;

    /// <summary>The number that a message has in its Subject field.</summary>
    public int? Subject => _match.Groups["subject"] is { Success: true } subject ? int.Parse(subject.ValueSpan, CultureInfo.InvariantCulture) : null;

    /// <summary>UIDs, in their order.</summary>
    public IReadOnlyList<uint> Set => Expand(_match.Groups["set"].Value);

    /// <summary>A response code with its arguments.</summary>
    public string Code => _match.Groups["code"].Value;

    /// <summary>The tag of a search, or the name of a mailbox.</summary>
    public string Name => _match.Groups["name"].Value;

    /// <summary>What a mailbox was called before.</summary>
    public string? OldName => _match.Groups["old"] is { Success: true } old ? old.Value : null;

    /// <summary>The items of a STATUS.</summary>
    public IEnumerable<(string Name, ulong Value)> StatusItems =>
        _match.Groups["items"].Value.Split(' ').Chunk(2).Select(pair => (pair[0], ulong.Parse(pair[1], CultureInfo.InvariantCulture)));

    /// <summary>Takes a line apart; null for one that is none of the kinds.</summary>
    public static Untagged? Parse(string line) =>
        Patterns.Select(one => (one.Kind, Match: one.Pattern.Match(line))).FirstOrDefault(one => one.Match.Success) is { Match: { } match } found ? new Untagged(line, found.Kind, match) : null;

    /// <summary>The numbers of a set, in its order.</summary>
    public static List<uint> Expand(string set) =>
        [.. set.Split(',').Select(part => part.Split(':').Select(word => uint.Parse(word, CultureInfo.InvariantCulture)).ToArray())
            .SelectMany(ends => Enumerable.Range((int)ends[0], (int)(ends[^1] - ends[0]) + 1).Select(number => (uint)number))];

    private static (UntaggedKind Kind, Regex Pattern) Pattern(UntaggedKind kind, string pattern) =>
        (kind, Made($@"^\* {pattern}$"));

    private static Regex Made(string pattern) => new(pattern, RegexOptions.ExplicitCapture | RegexOptions.Compiled, TimeSpan.FromSeconds(10));
}
