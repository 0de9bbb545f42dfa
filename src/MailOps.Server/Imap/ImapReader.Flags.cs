using System.Collections.Immutable;
using System.Globalization;
using MailOps.Maildir;

namespace MailOps.Server.Imap;

/// <content>Flags and dates.</content>
internal ref partial struct ImapReader
{
    /// <summary>The longest keyword, and how many one command may name.</summary>
    private const int MaxKeywordLength = 100;
    private const int MaxKeywords = 100;

    /// <summary>A parenthesised list of flags, maybe empty.</summary>
    public bool FlagList(out MessageFlagSet flags)
    {
        flags = MessageFlagSet.None;
        if (!Is('('))
            return false;
        return Is(')') || (Flags(out flags) && Is(')'));
    }

    /// <summary>Flags separated by spaces. \Recent is passed over: only the server sets it.</summary>
    public bool Flags(out MessageFlagSet flags)
    {
        var system = SystemFlags.None;
        var keywords = ImmutableArray.CreateBuilder<string>();
        flags = MessageFlagSet.None;
        do
        {
            if (Is('\\'))
            {
                if (!Atom(out var name) || !TrySystemFlag(name, out var flag))
                    return false;
                system |= flag;
            }
            else if (Atom(out var keyword) && keyword.Length <= MaxKeywordLength && keywords.Count < MaxKeywords)
            {
                if (!keywords.Contains(keyword, StringComparer.OrdinalIgnoreCase))
                    keywords.Add(keyword);
            }
            else
            {
                return false;
            }
        }
        while (Space());
        flags = new MessageFlagSet(system, keywords.ToImmutable());
        return true;
    }

    /// <summary>A date of SEARCH: <c>1-Feb-2024</c>, quoted or not.</summary>
    public bool Date(out DateOnly date)
    {
        date = default;
        var quoted = Is('"');
        return (Digits(2, out var day) || Digits(1, out day)) && Is('-') && Month(out var month) && Is('-') && Digits(4, out var year)
            && IsDay(year, month, day, out date)
            && (!quoted || Is('"'));
    }

    /// <summary>A date and time of APPEND: <c>"17-Jul-1996 02:44:25 -0700"</c>.</summary>
    public bool DateTime(out DateTimeOffset time)
    {
        time = default;
        if (!Is('"'))
            return false;
        // date-day-fixed: a digit after a space, or two digits.
        if (!(Digits(Space() ? 1 : 2, out var day) && Is('-') && Month(out var month) && Is('-') && Digits(4, out var year) && Space()
            && Digits(2, out var hour) && Is(':') && Digits(2, out var minute) && Is(':') && Digits(2, out var second) && Space()
            && Zone(out var zone) && Is('"')
            && IsDay(year, month, day, out var date) && hour < 24 && minute < 60 && second <= 60))
            return false;

        var local = date.ToDateTime(new TimeOnly((int)hour, (int)minute, Math.Min((int)second, 59)));
        // At the ends of the calendar a zone may reach beyond it.
        if (date.Year is < 2 or > 9998)
            return false;
        time = new DateTimeOffset(local, zone);
        return true;
    }

    // So many digits; otherwise nothing is taken.
    private bool Digits(int count, out uint number)
    {
        var before = _rest;
        number = 0;
        for (; count > 0; count--)
        {
            if (!_rest.TryRead(out var digit) || !char.IsAsciiDigit((char)digit))
            {
                _rest = before;
                return false;
            }

            number = (number * 10) + (uint)(digit - '0');
        }

        return true;
    }

    private bool Zone(out TimeSpan zone)
    {
        zone = default;
        var east = Is('+');
        if (!east && !Is('-'))
            return false;
        if (!Digits(4, out var hhmm) || hhmm / 100 > 14 || hhmm % 100 > 59 || (hhmm / 100 == 14 && hhmm % 100 > 0))
            return false;
        var offset = new TimeSpan((int)hhmm / 100, (int)hhmm % 100, 0);
        zone = east ? offset : -offset;
        return true;
    }

    private bool Month(out int month)
    {
        month = 0;
        var before = _rest;
        Span<byte> letters = stackalloc byte[3];
        if (!_rest.TryCopyTo(letters))
            return false;
        _rest.Advance(3);
        Span<char> name = [(char)letters[0], (char)letters[1], (char)letters[2]];
        for (month = 1; month <= 12; month++)
        {
            if (((ReadOnlySpan<char>)name).Equals(CultureInfo.InvariantCulture.DateTimeFormat.AbbreviatedMonthNames[month - 1], StringComparison.OrdinalIgnoreCase))
                return true;
        }

        _rest = before;
        return false;
    }

    private static bool IsDay(uint year, int month, uint day, out DateOnly date)
    {
        date = default;
        if (year is < 1 or > 9999 || day < 1 || day > (uint)System.DateTime.DaysInMonth((int)year, month))
            return false;
        date = new DateOnly((int)year, month, (int)day);
        return true;
    }

    private static bool TrySystemFlag(string name, out SystemFlags flag)
    {
        flag = name.ToUpperInvariant() switch
        {
            "SEEN" => SystemFlags.Seen,
            "ANSWERED" => SystemFlags.Answered,
            "FLAGGED" => SystemFlags.Flagged,
            "DELETED" => SystemFlags.Deleted,
            "DRAFT" => SystemFlags.Draft,
            _ => SystemFlags.None,
        };
        return flag != SystemFlags.None || name.Equals("RECENT", StringComparison.OrdinalIgnoreCase);
    }
}
