using MailOps.Server.Queue.Security;

namespace MailOps.Server.Queue.Transport;

/// <summary>A try to send a message to some of its recipients.</summary>
/// <param name="Host">The server that was tried, or null if none was found.</param>
/// <param name="Remote">Its address and port, or null without a connection.</param>
/// <param name="Outcomes">What came of it for each recipient.</param>
internal sealed record Attempt(string? Host, string? Remote, IReadOnlyList<RecipientOutcome> Outcomes)
{
    /// <summary>None: nobody was tried.</summary>
    public static Attempt None { get; } = new(null, null, []);

    /// <summary>How the connection was protected, if there was one.</summary>
    public ConnectionSecurity Security { get; init; }

    /// <summary>True if the server passes on what the sender wants to hear (DSN).</summary>
    public bool ReportsDelivery { get; init; }

    /// <summary>True if the server passes mail on; false if it delivers it, over LMTP.</summary>
    public bool IsRelay { get; init; }

    /// <summary>True if the server takes deadlines (DELIVERBY).</summary>
    public bool TakesDeadlines { get; init; }
}
