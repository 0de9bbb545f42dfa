namespace MailOps.Messages;

/// <summary>Reads a date as RFC 5322 section 3.3 writes it, <c>Tue, 15 Jan 2008 16:02:43 +0100</c>. Any other form is left to MimeKit.</summary>
internal static class DateScanner
{
    /// <summary>The time of a Date field.</summary>
    /// <param name="value">The field's value.</param>
    /// <returns>Null if no sense can be made of it.</returns>
    public static DateTimeOffset? Read(ReadOnlySpan<byte> value)
    {
        if (TryRead(value.Trim(" \t\r\n"u8), out var time))
            return time;
        return MimeKit.Utils.DateUtils.TryParse(value.ToArray(), out time) ? time : null;
    }

    /// <summary>Reads a date of the ordinary form.</summary>
    internal static bool TryRead(ReadOnlySpan<byte> text, out DateTimeOffset time)
    {
        time = default;
        if (text.Length > 5 && text[3] == (byte)',' && text[4] == (byte)' ')
        {
            if (!IsDayName(text[..3]))
                return false;
            text = text[5..];
        }

        var dayDigits = text.Length > 1 && text[1] == (byte)' ' ? 1 : 2;
        // 5 Jan 2008 16:02:43 +0100
        if (text.Length != dayDigits + 24)
            return false;
        var rest = text[dayDigits..];
        if (rest[0] != ' ' || rest[4] != ' ' || rest[9] != ' ' || rest[12] != ':' || rest[15] != ':' || rest[18] != ' ' || rest[19] is not ((byte)'+' or (byte)'-'))
            return false;
        if (!Number(text[..dayDigits], out var day) || !Number(rest.Slice(5, 4), out var year) || !Number(rest.Slice(10, 2), out var hour)
            || !Number(rest.Slice(13, 2), out var minute) || !Number(rest.Slice(16, 2), out var second)
            || !Number(rest.Slice(20, 2), out var zoneHours) || !Number(rest.Slice(22, 2), out var zoneMinutes))
            return false;
        var month = MonthOf(rest.Slice(1, 3));
        if (month == 0 || year < 1970 || day == 0 || day > DateTime.DaysInMonth(year, month) || hour > 23 || minute > 59 || second > 59 || zoneHours > 13 || zoneMinutes > 59)
            return false;
        var zone = new TimeSpan(zoneHours, zoneMinutes, 0);
        time = new DateTimeOffset(year, month, day, hour, minute, second, rest[19] == '-' ? -zone : zone);
        return true;
    }

    private static bool Number(ReadOnlySpan<byte> digits, out int number)
    {
        number = 0;
        foreach (var digit in digits)
        {
            if (digit is not (>= (byte)'0' and <= (byte)'9'))
                return false;
            number = (number * 10) + (digit - '0');
        }

        return true;
    }

    private static bool IsDayName(ReadOnlySpan<byte> name) => "MonTueWedThuFriSatSun"u8.IndexOf(name) is >= 0 and var at && at % 3 == 0;

    private static int MonthOf(ReadOnlySpan<byte> name) =>
        "JanFebMarAprMayJunJulAugSepOctNovDec"u8.IndexOf(name) is >= 0 and var at && at % 3 == 0 ? (at / 3) + 1 : 0;
}
