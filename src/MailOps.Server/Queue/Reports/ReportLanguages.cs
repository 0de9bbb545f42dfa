using System.Globalization;
using MimeKit;

namespace MailOps.Server.Queue.Reports;

/// <summary>The languages in which a sender is told: those that it reads (Accept-Language), and then those that it writes (Content-Language, RFC 3282).</summary>
internal static class ReportLanguages
{
    private const int MostRanges = 20;
    private const int LongestTag = 35;

    /// <summary>The languages that a header names, the dearest first.</summary>
    public static IReadOnlyList<string> Of(HeaderList? header) => header is null ? [] : [.. Ranges(header["Accept-Language"]), .. Ranges(header["Content-Language"])];

    /// <summary>True if a text has the form of a language tag (RFC 5646 section 2.1).</summary>
    public static bool IsTag(string text) =>
        text.Length <= LongestTag && text.Split('-') is var parts && parts[0].Length is 2 or 3 && parts[0].All(char.IsAsciiLetter) && Array.TrueForAll(parts, part => part.Length is >= 1 and <= 8 && part.All(char.IsAsciiLetterOrDigit));

    private static IEnumerable<string> Ranges(string? field) => (field ?? "").Split(',', MostRanges)
        .Select(Range)
        .Where(range => range.Quality > 0 && IsTag(range.Tag))
        .OrderByDescending(range => range.Quality)
        .Select(range => range.Tag);

    // de-CH;q=0.8
    private static (string Tag, double Quality) Range(string text)
    {
        var parts = text.Split(';', 2, StringSplitOptions.TrimEntries);
        if (parts.Length == 1)
            return (parts[0], 1);
        var isQuality = parts[1].StartsWith("q=", StringComparison.OrdinalIgnoreCase) & double.TryParse(parts[1].AsSpan(Math.Min(2, parts[1].Length)), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var quality);
        return (parts[0], isQuality ? quality : 0);
    }
}
