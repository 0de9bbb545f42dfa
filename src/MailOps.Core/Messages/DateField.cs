using System.Globalization;

namespace MailOps.Messages;

/// <summary>A time as header fields have it (RFC 5322 section 3.3).</summary>
internal static class DateField
{
    /// <summary>The time in its own zone, such as <c>Sun, 29 Nov 2026 01:40:00 +0100</c>.</summary>
    public static string Of(DateTimeOffset time) =>
        time.ToString("ddd, d MMM yyyy HH:mm:ss ", CultureInfo.InvariantCulture)
        + time.ToString("zzz", CultureInfo.InvariantCulture).Replace(":", "", StringComparison.Ordinal);
}
