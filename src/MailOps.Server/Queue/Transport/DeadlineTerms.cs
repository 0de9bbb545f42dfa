using System.Globalization;
using MailOps.Smtp;

namespace MailOps.Server.Queue.Transport;

/// <summary>What a server hears of a message's deadline, and whether it may have the message at all (RFC 2852 section 4.1.4).</summary>
/// <param name="Value">The value of BY, or null.</param>
/// <param name="Refusal">Why it may not have it, for good, or null.</param>
/// <param name="AsksForDelays">True if it does not know deadlines, and is asked to report delays instead (section 4.1.4.2).</param>
internal readonly record struct DeadlineTerms(string? Value, SmtpReply? Refusal, bool AsksForDelays)
{
    /// <summary>The terms for a message and a server.</summary>
    /// <param name="by">The message's deadline, or null.</param>
    /// <param name="server">What the server offers.</param>
    /// <param name="isLmtp">True if it delivers, rather than passing on: then it has done so when it says so.</param>
    /// <param name="now">The time.</param>
    public static DeadlineTerms For(DeliverBy? by, SmtpCapabilities server, bool isLmtp, DateTimeOffset now)
    {
        if (by is null)
            return default;
        if (!server.Offers("DELIVERBY"))
        {
            return new DeadlineTerms(
                null,
                by.Returns && !isLmtp ? new SmtpReply(554, new EnhancedStatusCode(5, 3, 3), "The message is to be returned where it is not delivered in time, and the next server does not offer DELIVERBY") : null,
                AsksForDelays: !isLmtp && !by.IsLate(now));
        }

        var left = by.SecondsLeft(now);
        return by.Returns && LeastSeconds(server) is { } least && least > left
            ? new DeadlineTerms(null, new SmtpReply(554, new EnhancedStatusCode(5, 4, 7), string.Create(CultureInfo.InvariantCulture, $"Delivery time expired: {left} seconds are left, and the next server asks for {least} at least")), false)
            : new DeadlineTerms(by.ValueAt(now), null, false);
    }

    // deliverby-param (section 2): a number, or nothing, and behind a comma what is not known yet.
    private static int? LeastSeconds(SmtpCapabilities server) =>
        server.Parameters("DELIVERBY") is [var parameter, ..] && parameter.Split(',')[0] is { Length: <= 9 } text && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var least) ? least : null;
}
