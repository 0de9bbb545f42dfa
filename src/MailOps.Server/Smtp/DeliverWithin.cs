using System.Globalization;
using MailOps.Server.Queue;

namespace MailOps.Server.Smtp;

/// <summary>The value of BY: within how many seconds a message is to be delivered, and what becomes of it otherwise (RFC 2852 section 4).</summary>
/// <param name="Seconds">From when MAIL comes; below zero for a time that has passed.</param>
/// <param name="Returns">True if it goes back then, false if its sender is told.</param>
/// <param name="Traces">True if its sender hears of each server that it is passed on to.</param>
internal sealed record DeliverWithin(int Seconds, bool Returns, bool Traces)
{
    private const int MostDigits = 9;

    /// <summary>Reads a value.</summary>
    /// <param name="value">What stands behind the equals sign, or null without one.</param>
    /// <param name="problem">What is wrong with it, or null.</param>
    /// <returns>Null if it is none.</returns>
    public static DeliverWithin? Parse(string? value, out string? problem)
    {
        problem = "give seconds and what is to be done then, such as 120;R to have the message returned or 120;N to be told of a delay";
        if (value is null || value.IndexOf(';', StringComparison.Ordinal) is not (>= 0 and var semicolon))
            return null;
        var mode = value[(semicolon + 1)..].ToUpperInvariant();
        var digits = value.AsSpan(0, semicolon);
        var isNegative = digits is ['-', ..];
        digits = digits is ['-' or '+', .. var rest] ? rest : digits;
        if (digits.Length > MostDigits || !int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) || mode is not ("N" or "NT" or "R" or "RT"))
            return null;
        if (mode[0] == 'R' && (isNegative || seconds == 0))
        {
            problem = "a message can be returned after 1 second or more alone";
            return null;
        }

        problem = null;
        return new DeliverWithin(isNegative ? -seconds : seconds, mode[0] == 'R', mode.Length > 1);
    }

    /// <summary>The deadline of a message whose MAIL comes now.</summary>
    public DeliverBy From(DateTimeOffset now) => new() { Time = now.AddSeconds(Seconds), Returns = Returns, Traces = Traces };
}
