using MimeKit.Utils;

namespace MailOps.Client.Mailboxes;

/// <summary>The time in a field of a header.</summary>
internal static class ArrivalTime
{
    /// <summary>The time of a Date field, or that behind the last semicolon of a Received field (RFC 5321 section 4.4); null if there is none.</summary>
    public static DateTimeOffset? Of(string? value) =>
        value is not null && DateUtils.TryParse(value[(value.LastIndexOf(';') + 1)..], out var time) ? time : null;
}
