using System.Globalization;
using System.Security.Cryptography;

namespace MailOps.Maildir.Names;

/// <summary>
/// Names that no other message has, in the form <c>time.MusecPpidQseq.host</c>. Times only go up within the process, and the sequence
/// begins at a random number, so that neither a clock that was set back nor a pid that comes again makes a name twice.
/// </summary>
internal static class UniqueNames
{
    private static readonly string Host = Environment.MachineName
        .Replace("/", "\\057", StringComparison.Ordinal)
        .Replace(":", "\\072", StringComparison.Ordinal)
        .Replace(",", "\\054", StringComparison.Ordinal);

    private static readonly int ProcessId = Environment.ProcessId;
    private static long _lastMicroseconds;
    private static uint _sequence = (uint)RandomNumberGenerator.GetInt32(1, 1_000_000_000);

    internal static string Next(TimeProvider clock)
    {
        var now = (clock.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks / 10;
        long last, next;
        do
        {
            last = Volatile.Read(ref _lastMicroseconds);
            next = Math.Max(now, last + 1);

            // A test's clock may jump far ahead; the sequence alone keeps names apart then.
            if (next - now > 10_000_000)
                next = now;
        }
        while (Interlocked.CompareExchange(ref _lastMicroseconds, next, last) != last);

        return string.Create(
            CultureInfo.InvariantCulture,
            $"{next / 1_000_000}.M{next % 1_000_000:D6}P{ProcessId}Q{Interlocked.Increment(ref _sequence)}.{Host}");
    }

    internal static string WithSizes(string unique, long onDisk, long asSent) =>
        string.Create(CultureInfo.InvariantCulture, $"{unique},S={onDisk},W={asSent}");

    /// <summary>True for a name of the form that <see cref="Next"/> makes: other programs have no <c>Q</c> after the pid.</summary>
    internal static bool IsOurs(MessageName name)
    {
        var octets = name.Octets;
        var dot = octets.IndexOf((byte)'.');
        if (dot <= 0 || dot + 1 >= octets.Length || octets[dot + 1] != 'M')
            return false;
        var second = octets[(dot + 1)..];
        var end = second.IndexOf((byte)'.');
        var pid = second.IndexOf((byte)'P');
        return end > 0 && pid > 1 && second[..end].LastIndexOf((byte)'Q') > pid;
    }

    /// <summary>True for a name that a process of this host made which no longer runs: what it left can be removed.</summary>
    internal static bool IsLeftBehind(ReadOnlySpan<char> name, Func<int, bool> isAlive)
    {
        var comma = name.IndexOf(',');
        var unique = comma < 0 ? name : name[..comma];
        if (!unique.EndsWith("." + Host, StringComparison.Ordinal))
            return false;
        var pid = unique.IndexOf('P');
        var sequence = unique.IndexOf('Q');
        return pid > 0 && sequence > pid
            && int.TryParse(unique[(pid + 1)..sequence], NumberStyles.None, CultureInfo.InvariantCulture, out var id)
            && id != ProcessId
            && !isAlive(id);
    }

    /// <summary>The time in a name, when it was made.</summary>
    internal static bool TryBegun(ReadOnlySpan<char> name, out DateTimeOffset begun)
    {
        var dot = name.IndexOf('.');
        var isTime = long.TryParse(dot < 0 ? name : name[..dot], NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds < 253_402_300_800;
        begun = isTime ? DateTimeOffset.FromUnixTimeSeconds(seconds) : default;
        return isTime;
    }
}
