using System.Buffers.Text;

namespace MailOps.Maildir.Names;

/// <summary>
/// The order in which messages that nobody numbered yet get their UIDs: by the time in their names, then by the names
/// themselves. Names that do not begin with a time come last.
/// </summary>
internal static class ArrivalOrder
{
    internal static int Compare(MessageName left, MessageName right)
    {
        var (leftSeconds, leftMicroseconds) = TimeOf(left.Octets);
        var (rightSeconds, rightMicroseconds) = TimeOf(right.Octets);
        var order = leftSeconds.CompareTo(rightSeconds);
        if (order == 0)
            order = leftMicroseconds.CompareTo(rightMicroseconds);
        return order != 0 ? order : left.Octets.SequenceCompareTo(right.Octets);
    }

    private static (long Seconds, long Microseconds) TimeOf(ReadOnlySpan<byte> name)
    {
        if (name.IsEmpty || name[0] is not (>= (byte)'0' and <= (byte)'9')
            || !Utf8Parser.TryParse(name, out long seconds, out var used) || used >= name.Length || name[used] != '.')
            return (long.MaxValue, 0);
        var rest = name[(used + 1)..];
        if (rest.Length < 2 || rest[0] != 'M' || rest[1] is not (>= (byte)'0' and <= (byte)'9'))
            return (seconds, 0);
        return Utf8Parser.TryParse(rest[1..], out long microseconds, out _) ? (seconds, microseconds) : (seconds, 0);
    }
}
