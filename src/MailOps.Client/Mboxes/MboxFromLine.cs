using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace MailOps.Client.Mboxes;

/// <summary>The line that begins a message (RFC 4155 appendix A): <c>From ann@example.com Thu Nov 24 18:22:48 1986</c>, in UTC.</summary>
internal static partial class MboxFromLine
{
    // An address has 254 octets at the most (RFC 5321 section 4.5.3.1).
    private const int MaxLength = 400;

    /// <summary>What it begins with.</summary>
    public static ReadOnlySpan<byte> Start => "From "u8;

    /// <summary>The sender and the date of a line; null for a line that only begins like one.</summary>
    public static (string Sender, DateTimeOffset Date)? Read(ReadOnlySpan<byte> line)
    {
        if (!line.StartsWith(Start) || line.Length > MaxLength)
            return null;
        var text = Encoding.UTF8.GetString(line[Start.Length..]);
        if (Find(text) is not { Success: true } match)
            return null;
        var month = "JanFebMarAprMayJunJulAugSepOctNovDec".IndexOf(match.Groups["month"].Value, StringComparison.OrdinalIgnoreCase) / 3 + 1;
        var date = string.Create(CultureInfo.InvariantCulture, $"{match.Groups["year"].Value}-{month:00}-{int.Parse(match.Groups["day"].ValueSpan, CultureInfo.InvariantCulture):00} {match.Groups["time"].Value}{(match.Groups["second"].Success ? match.Groups["second"].Value : ":00")}");
        if (!DateTimeOffset.TryParseExact(date, "yyyy-MM-dd H:mm:ss", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var arrived))
            return null;
        // Some write their zone, before the year or after it.
        if (match.Groups["zone"] is { Success: true, Value: var zone })
        {
            var minutes = (int.Parse(zone.AsSpan(1, 2), CultureInfo.InvariantCulture) * 60) + int.Parse(zone.AsSpan(3, 2), CultureInfo.InvariantCulture);
            if (minutes < 14 * 60)
                arrived = new DateTimeOffset(arrived.DateTime, TimeSpan.FromMinutes(zone[0] == '-' ? -minutes : minutes));
        }

        return (match.Groups["sender"].Value.Trim(), arrived);
    }

    /// <summary>Writes a line, without its end.</summary>
    /// <param name="sender">The address that reports go to; empty for none, which is written as MAILER-DAEMON.</param>
    /// <param name="date">When the message arrived.</param>
    public static string Format(string sender, DateTimeOffset date)
    {
        // One word: whoever reads the line takes what follows for the date.
        var word = string.Concat(sender.Where(c => c is > ' ' and not '\x7F' && !char.IsWhiteSpace(c)));
        return string.Create(CultureInfo.InvariantCulture, $"From {(word.Length == 0 ? "MAILER-DAEMON" : word)} {date.UtcDateTime:ddd MMM} {date.UtcDateTime.Day,2} {date.UtcDateTime:HH:mm:ss yyyy}");
    }

    private static Match? Find(string text)
    {
        try
        {
            return Pattern().Match(text);
        }
        catch (RegexMatchTimeoutException)
        {
            return null;
        }
    }

    [GeneratedRegex(@"^(?<sender>.*?)\s*\b(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*,?\s+(?<month>jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\s+(?<day>\d{1,2})\s+(?<time>\d{1,2}:\d\d)(?<second>:\d\d)?(?:\s+(?:[A-Z]{1,5}\s+)?(?<zone>[+-]\d{4})?(?:[A-Z]{1,5})?)?\s*(?<year>\d{4})(?:\s+(?<zone>[+-]\d{4}))?", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Pattern();
}
