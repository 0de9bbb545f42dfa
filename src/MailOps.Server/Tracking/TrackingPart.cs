using System.Globalization;

namespace MailOps.Server.Tracking;

/// <summary>A file of the log: <c>20261129-0001.log</c> has rows of that day (UTC).</summary>
/// <param name="Day">The day.</param>
/// <param name="Number">From 1; the higher ones are later.</param>
internal readonly record struct TrackingPart(DateOnly Day, int Number)
{
    /// <summary>The file's name.</summary>
    public string Name => string.Create(CultureInfo.InvariantCulture, $"{Day:yyyyMMdd}-{Number:0000}.log");

    /// <summary>Reads a file's name.</summary>
    public static bool TryParse(ReadOnlySpan<char> name, out TrackingPart part)
    {
        part = default;
        if (name.Length < 17 || name[8] != '-' || !name.EndsWith(".log", StringComparison.Ordinal)
            || !DateOnly.TryParseExact(name[..8], "yyyyMMdd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day)
            || !int.TryParse(name[9..^4], NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            return false;
        }

        part = new TrackingPart(day, number);
        return name.SequenceEqual(part.Name);
    }

    /// <summary>The order of files: that of their days, and of their numbers in one.</summary>
    public static int Compare(TrackingPart one, TrackingPart other) => one.Day != other.Day ? one.Day.CompareTo(other.Day) : one.Number.CompareTo(other.Number);
}
