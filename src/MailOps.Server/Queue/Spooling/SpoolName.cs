using System.Globalization;
using MailOps.Server.Queue.Security;

namespace MailOps.Server.Queue.Spooling;

/// <summary>
/// A file name in the spool, which says what the schedule has to know, so that a start reads no file:
/// <c>ID,D=20261129T014000Z,S=4123,P=0,N=example.com</c>, and behind it a comma and letters where they apply: <c>H</c> while the message is held,
/// <c>R</c> while a report about it is being made, <c>W</c> once its sender was warned that it takes long, <c>T</c> if it may cross no connection without
/// TLS, <c>O</c> if it may cross any, <c>F</c> if its sender gave a time before which it may not leave. With a
/// deadline that is still to be kept it is <c>ID,D=...,S=...,P=0,B=20261129T020000Z,N=example.com</c>.
/// </summary>
/// <param name="Id">The message's id.</param>
/// <param name="Due">When it is tried next, to the second.</param>
/// <param name="Size">Octets of the message; what follows them in the file is the envelope.</param>
/// <param name="Priority">-9 to 9 (RFC 6710).</param>
/// <param name="NextHop">The domain or target that all of its recipients wait for, or null: several, or none that can stand in a name. The envelope tells.</param>
/// <param name="IsSuspended">True while an administrator holds it.</param>
/// <param name="IsReporting">True while a report about it is being made: after a crash it is looked at before anything is sent, or the report might be sent twice.</param>
/// <param name="IsWarned">True once its sender was warned, or need not be.</param>
/// <param name="Demand">What its sender asks of the connections that it crosses.</param>
/// <param name="HasRelease">True if its sender gave a time before which it may not leave; the envelope tells.</param>
/// <param name="Deadline">The second by which its sender wants it delivered (RFC 2852), while something is to be done then; null otherwise.</param>
internal readonly record struct SpoolName(QueueId Id, DateTimeOffset Due, long Size, int Priority, string? NextHop, bool IsSuspended = false, bool IsReporting = false, bool IsWarned = false, SecurityDemand Demand = SecurityDemand.Usual, bool HasRelease = false, DateTimeOffset? Deadline = null)
{
    private const string TimeFormat = "yyyyMMdd'T'HHmmss'Z'";
    private const string Several = "+";

    // What is beside the next hop takes 90 characters at the most, and a name may have 255 octets. Older names had more room.
    private const int LongestNextHop = 160;
    private const int LongestRead = 180;

    /// <summary>The directory of the spool that the file lies in: the last digit of its id, which spreads them evenly.</summary>
    public string Shard => Id.ToString()[^1..];

    /// <summary>All directories of a spool.</summary>
    public static IEnumerable<string> Shards => "0123456789ABCDEFGHJKMNPQRSTVWXYZ".Select(digit => digit.ToString());

    /// <summary>True if a name can tell this next hop; a comma or a colon cannot stand in one everywhere.</summary>
    public static bool CanTell(string nextHop) => nextHop.Length <= LongestNextHop && IsNextHop(nextHop);

    private static bool IsNextHop(string nextHop) =>
        nextHop.Length is > 0 and <= LongestRead && nextHop.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.' or '_');

    /// <summary>Reads a file name.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out SpoolName name)
    {
        name = default;
        var letters = text[(text.LastIndexOf(',') + 1)..];
        var hasLetters = AreLetters(letters);
        var rest = hasLetters ? text[..^(letters.Length + 1)] : text;
        if (rest.Length < QueueId.Length || !QueueId.TryParse(rest[..QueueId.Length], out var id))
            return false;

        rest = rest[QueueId.Length..];
        if (!TryTake(ref rest, ",D=", out var time) || !TryTake(ref rest, ",S=", out var octets) || !TryTake(ref rest, ",P=", out var level))
            return false;
        var hasDeadline = TryTake(ref rest, ",B=", out var by);
        if (!TryTake(ref rest, ",N=", out var hop) || !rest.IsEmpty)
            return false;
        DateTimeOffset deadline = default;
        if (!TryReadTime(time, out var due) || (hasDeadline && !TryReadTime(by, out deadline))
            || !long.TryParse(octets, NumberStyles.None, CultureInfo.InvariantCulture, out var size)
            || !int.TryParse(level, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var priority) || priority is < -9 or > 9)
        {
            return false;
        }

        var nextHop = hop is Several ? null : hop.ToString();
        if (nextHop is not null && !IsNextHop(nextHop))
            return false;

        name = new SpoolName(id, due, size, priority, nextHop, hasLetters && letters.Contains('H'), hasLetters && letters.Contains('R'), hasLetters && letters.Contains('W'),
            !hasLetters ? SecurityDemand.Usual : letters.Contains('T') ? SecurityDemand.Required : letters.Contains('O') ? SecurityDemand.Optional : SecurityDemand.Usual,
            hasLetters && letters.Contains('F'), hasDeadline ? deadline : null);
        return true;
    }

    private static bool TryReadTime(ReadOnlySpan<char> text, out DateTimeOffset time) =>
        DateTimeOffset.TryParseExact(text, TimeFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out time);

    /// <summary>The file name.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Id},D={Written(Due)},S={Size},P={Priority}{(Deadline is { } by ? $",B={Written(by)}" : "")},N={NextHop ?? Several}{Letters}");

    private static string Written(DateTimeOffset time) => time.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture);

    private string Letters
    {
        get
        {
            var letters = $"{(IsSuspended ? "H" : "")}{(IsReporting ? "R" : "")}{(IsWarned ? "W" : "")}{Demand switch { SecurityDemand.Required => "T", SecurityDemand.Optional => "O", _ => "" }}{(HasRelease ? "F" : "")}";
            return letters.Length > 0 ? $",{letters}" : "";
        }
    }

    // Each once, and in their order; of T and O one.
    private static bool AreLetters(ReadOnlySpan<char> text)
    {
        var place = -1;
        foreach (var letter in text)
        {
            if ("HRWTOF".IndexOf(letter, StringComparison.Ordinal) is var next && next <= place)
                return false;
            place = next;
        }

        return text.Length > 0 && !text.Contains("TO", StringComparison.Ordinal);
    }

    private static bool TryTake(ref ReadOnlySpan<char> rest, string label, out ReadOnlySpan<char> value)
    {
        value = default;
        if (!rest.StartsWith(label, StringComparison.Ordinal))
            return false;
        rest = rest[label.Length..];
        var end = rest.IndexOf(',');
        value = end < 0 ? rest : rest[..end];
        rest = rest[value.Length..];
        return true;
    }
}
