using System.Globalization;
using System.Text.RegularExpressions;
using MailOps.Wire;

namespace MailOps.Client.Mailboxes;

/// <summary>
/// What servers say when a client is to slow down: too many requests, connections or octets in a time. By a code (RFC 5530 section 3, <c>UNAVAILABLE</c>,
/// <c>INUSE</c>; <c>THROTTLED</c> of Gmail and Yahoo), or only in words, as Exchange and Gmail have them.
/// </summary>
internal static partial class BusyServer
{
    private static readonly string[] Codes = ["THROTTLED", "UNAVAILABLE", "INUSE"];

    /// <summary>The error for a refusal that is about the server's load; null if it is about something else.</summary>
    /// <param name="said">What it said, with its code in brackets.</param>
    /// <param name="message">The error's message.</param>
    /// <param name="thrown">What the library threw; null for nothing.</param>
    public static MailSessionException? Error(string? said, string message, Exception? thrown = null)
    {
        if (said is null)
            return null;
        var words = Words().Match(said);
        var isBusy = words.Success || Array.Exists(Codes, code => said.Contains($"[{code}]", StringComparison.OrdinalIgnoreCase));
        return isBusy ? new MailSessionException(MailSessionFault.ServerBusy, message, thrown) { RetryAfter = Time(said) } : null;
    }

    // "Suggested Backoff Time: 92370 milliseconds", "try again in 5 minutes".
    private static TimeSpan? Time(string said)
    {
        if (Times().Match(said) is not { Success: true } match || !int.TryParse(match.Groups["number"].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            return null;
        return char.ToLowerInvariant(match.Groups["unit"].Value[0]) switch
        {
            'h' => Within(TimeSpan.FromHours(Math.Min(number, 24))),
            's' => Within(TimeSpan.FromSeconds(number)),
            _ when match.Groups["unit"].Value.StartsWith("min", StringComparison.OrdinalIgnoreCase) => Within(TimeSpan.FromMinutes(number)),
            _ => Within(TimeSpan.FromMilliseconds(number)),
        };
    }

    // Nobody means more than a day.
    private static TimeSpan Within(TimeSpan time) => time < TimeSpan.FromDays(1) ? time : TimeSpan.FromDays(1);

    [GeneratedRegex(@"throttled|Suggested Backoff Time|too many (simultaneous |concurrent )?(connections|requests|commands|sessions)|maximum number of connections|command or bandwidth limits|rate limit", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Words();

    [GeneratedRegex(@"(Backoff Time:|again in|retry after|wait)\s+(?<number>\d{1,9})\s*(?<unit>milliseconds?|ms|seconds?|s|minutes?|min|hours?|h)\b", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Times();
}
