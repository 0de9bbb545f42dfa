using System.Globalization;
using MailOps.Server.Queue.Spooling;

namespace MailOps.Server.Smtp;

/// <summary>How long a message is held before it leaves (RFC 4865 section 3).</summary>
/// <param name="For">From when it comes, or null where a date was given.</param>
/// <param name="Until">The date, or null where an interval was given.</param>
/// <param name="Request">As reports repeat it: <c>for;3600</c> or <c>until;2026-12-01T08:00:00Z</c> (section 5.1.2).</param>
internal sealed record Hold(TimeSpan? For, DateTimeOffset? Until, string Request)
{
    /// <summary>Reads the value of HOLDFOR or HOLDUNTIL.</summary>
    /// <returns>Null if it is none.</returns>
    public static Hold? Parse(string keyword, string? value) => keyword is "HOLDFOR" ? ParseFor(value) : ParseUntil(value);

    /// <summary>When the message is released: never before the second that was asked for.</summary>
    public DateTimeOffset ReleaseOf(DateTimeOffset now) => WholeSecond.AtOrAfter(Until ?? now + For!.Value);

    /// <summary>True if it is held for no longer than is allowed.</summary>
    public bool IsWithin(DateTimeOffset now, TimeSpan most) => For is { } time ? time <= most : Until <= now + most;

    // A positive integer of nine digits at the most.
    private static Hold? ParseFor(string? value) =>
        value is [>= '1' and <= '9', ..] and { Length: <= 9 } && int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
            ? new Hold(TimeSpan.FromSeconds(seconds), null, $"for;{value}")
            : null;

    // RFC 3339 in UTC, with a fraction of a second or without.
    private static Hold? ParseUntil(string? value) =>
        value is { Length: <= 28 } && DateTimeOffset.TryParseExact(value, ["yyyy-MM-dd'T'HH:mm:ss'Z'", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'"], CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
            ? new Hold(null, time, $"until;{value}")
            : null;
}
