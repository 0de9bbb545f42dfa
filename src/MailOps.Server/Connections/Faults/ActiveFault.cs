using System.IO.Enumeration;
using System.Runtime.CompilerServices;

namespace MailOps.Server.Connections.Faults;

/// <summary>A fault that is set, with what it has played so far.</summary>
internal sealed class ActiveFault
{
    private const int MostGreylisted = 10_000;

    private readonly Lock _lock = new();
    private readonly ConditionalWeakTable<ServerConnection, object> _sessions = [];
    private readonly Dictionary<string, long> _greylist = new(StringComparer.OrdinalIgnoreCase);
    private readonly Queue<long> _taken = new();
    private readonly TimeProvider _clock;
    private ulong _sessionsSeen;
    private long _occasions;
    private long _played;

    public ActiveFault(int id, FaultRule rule, TimeProvider clock)
    {
        Id = id;
        Rule = rule;
        _clock = clock;
    }

    public int Id { get; }

    public FaultRule Rule { get; }

    /// <summary>How often it was played.</summary>
    public long Played => Interlocked.Read(ref _played);

    /// <summary>True if this is a place for it, and it is its turn: then it counts as played.</summary>
    public bool Plays(ServerConnection c, string command, string arguments)
    {
        if (!Fits(c, command))
            return false;
        if (Rule.Recipients.Count > 0 && (command != "RCPT" || !Matches(Rule.Recipients, AddressIn(arguments))))
            return false;

        lock (_lock)
        {
            if (!IsChosen(c) || !IsTime(c, command, arguments))
                return false;
            if (_occasions++ < Rule.Skip || _played >= (Rule.Count ?? long.MaxValue))
                return false;
            _played++;
            return true;
        }
    }

    private bool Fits(ServerConnection c, string command) =>
        (Rule.Protocols.Count == 0 || Rule.Protocols.Contains(c.Protocol, StringComparer.Ordinal))
        && (Rule.Accounts.Count == 0 || (c.Account is { } account && Matches(Rule.Accounts, account)))
        && (Rule.Commands.Count > 0 ? Rule.Commands.Contains(command, StringComparer.Ordinal) : command == UsualPlace() || UsualPlace() is null);

    // Null for everywhere.
    private string? UsualPlace() => Rule switch
    {
        { Kind: FaultKind.SwapUidValidity or FaultKind.ExpireToken or FaultKind.TlsFailure or FaultKind.WrongCertificate or FaultKind.ExpiredCertificate } => null,
        { Kind: FaultKind.Greylist } or { Recipients.Count: > 0 } => "RCPT",
        { Kind: FaultKind.Throttle } => "MAIL",
        _ => FaultRule.Connect,
    };

    // Each session is in or out as a whole, by its place in the row of those that came.
    private bool IsChosen(ServerConnection c)
    {
        if (Rule.Share >= 1)
            return true;
        if (!_sessions.TryGetValue(c, out var chosen))
        {
            chosen = Mix((ulong)(uint)Rule.Seed << 32 | (uint)_sessionsSeen++) / (double)ulong.MaxValue < Rule.Share;
            _sessions.Add(c, chosen);
        }

        return (bool)chosen;
    }

    private bool IsTime(ServerConnection c, string command, string arguments)
    {
        var now = _clock.GetTimestamp();
        switch (Rule.Kind)
        {
            case FaultKind.Greylist when command == "RCPT":
                var key = $"{c.Remote?.Address} {c.FaultSender} {AddressIn(arguments)}";
                if (_greylist.TryGetValue(key, out var since))
                    return _clock.GetElapsedTime(since, now) < Rule.Time;
                if (_greylist.Count == MostGreylisted)
                    _greylist.Clear();
                _greylist[key] = now;
                return true;

            case FaultKind.Throttle:
                while (_taken.TryPeek(out var oldest) && _clock.GetElapsedTime(oldest, now) >= TimeSpan.FromMinutes(1))
                    _taken.Dequeue();
                if (_taken.Count >= Rule.Number)
                    return true;
                _taken.Enqueue(now);
                return false;

            default:
                return true;
        }
    }

    internal static string AddressIn(string arguments)
    {
        var start = arguments.IndexOf(':', StringComparison.Ordinal) + 1;
        var text = arguments.AsSpan(start).Trim();
        if (text.StartsWith("<"))
            text = text[1..(text.IndexOf('>') is var end and > 0 ? end : text.Length)];
        else if (text.IndexOf(' ') is var space and > 0)
            text = text[..space];
        return text.ToString();
    }

    private static bool Matches(IReadOnlyList<string> patterns, string value) =>
        patterns.Any(pattern => FileSystemName.MatchesSimpleExpression(pattern, value, ignoreCase: true));

    // SplitMix64: evenly spread, and the same on every machine and in every version.
    private static ulong Mix(ulong value)
    {
        value += 0x9E3779B97F4A7C15;
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }
}
