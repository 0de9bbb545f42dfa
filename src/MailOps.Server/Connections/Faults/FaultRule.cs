namespace MailOps.Server.Connections.Faults;

/// <summary>A fault that is to be played: what goes wrong, where, and how often.</summary>
public sealed record FaultRule
{
    /// <summary>The place of the greeting, in <see cref="Commands"/>.</summary>
    public const string Connect = "CONNECT";

    /// <summary>The place after a message has come and before it is kept, in <see cref="Commands"/>.</summary>
    public const string Message = "MESSAGE";

    /// <summary>What goes wrong.</summary>
    public required FaultKind Kind { get; init; }

    /// <summary>The protocols; empty for all.</summary>
    public IReadOnlyList<string> Protocols { get; init; } = [];

    /// <summary>The commands, in capitals; empty for the usual place of the kind.</summary>
    public IReadOnlyList<string> Commands { get; init; } = [];

    /// <summary>Patterns (<c>*</c> and <c>?</c>) of recipients; empty for all. With one, only RCPT is looked at.</summary>
    public IReadOnlyList<string> Recipients { get; init; } = [];

    /// <summary>Patterns of accounts that are logged in; empty for all, and for sessions without a login.</summary>
    public IReadOnlyList<string> Accounts { get; init; } = [];

    /// <summary>The answer of <see cref="FaultKind.Reply"/>, as the protocol has it without IMAP's tag.</summary>
    public string Reply { get; init; } = "";

    /// <summary>The time of <see cref="FaultKind.Delay"/> and <see cref="FaultKind.Greylist"/>.</summary>
    public TimeSpan Time { get; init; }

    /// <summary>The octets of <see cref="FaultKind.DropAfter"/> and <see cref="FaultKind.Truncate"/>, or the messages of <see cref="FaultKind.Throttle"/>.</summary>
    public long Number { get; init; }

    /// <summary>How often it is played; null for always.</summary>
    public int? Count { get; init; }

    /// <summary>How many occasions pass before it is played first.</summary>
    public int Skip { get; init; }

    /// <summary>The share of sessions that it is played to, from 0 to 1.</summary>
    public double Share { get; init; } = 1;

    /// <summary>Which sessions those are: the same seed means the same ones, in the order in which they come.</summary>
    public int Seed { get; init; }
}
