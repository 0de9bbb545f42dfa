namespace MailOps.Server.Connections;

/// <summary>
/// How much an address may do in a minute and an account in a day, over all protocols. That much may come at once; then room comes back evenly.
/// 0 sets no limit. Of IPv6 addresses the /64 counts; <see cref="ConnectionLimits.Exempt"/>, Unix sockets and LMTP are not counted by address.
/// </summary>
public sealed record RateLimits
{
    /// <summary>New connections of an address.</summary>
    public int ConnectionsPerMinute { get; init; } = 300;

    /// <summary>Commands of an address, whether they are known or not. Who has logged in is slowed down above it, others are cut off.</summary>
    public int CommandsPerMinute { get; init; } = 6_000;

    /// <summary>Messages that an address may begin, by SMTP's MAIL.</summary>
    public int MessagesPerMinute { get; init; } = 600;

    /// <summary>Recipients that an address may name, by RCPT, whether they are known or not.</summary>
    public int RecipientsPerMinute { get; init; } = 3_000;

    /// <summary>Messages that an account may begin, from all addresses together, those that are exempt too. Not in capture mode.</summary>
    public int AccountMessagesPerDay { get; init; } = 2_000;

    /// <summary>Recipients that an account may name, likewise.</summary>
    public int AccountRecipientsPerDay { get; init; } = 10_000;
}
