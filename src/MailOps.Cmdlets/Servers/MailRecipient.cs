namespace MailOps.Cmdlets.Servers;

/// <summary>A recipient that a client names, as -OnRecipient of Start-MailServer gets it in $_.</summary>
public sealed class MailRecipient
{
    /// <summary>The recipient's address.</summary>
    public required string Recipient { get; init; }

    /// <summary>The sender's address, empty for a bounce.</summary>
    public required string Sender { get; init; }

    /// <summary>The recipients that were taken before this one.</summary>
    public required string[] Recipients { get; init; }

    /// <summary>The id of the session.</summary>
    public required string Session { get; init; }

    /// <summary>The protocol's name in events, such as <c>smtp</c> or <c>submission</c>.</summary>
    public required string Protocol { get; init; }

    /// <summary>The client's address and port, or null.</summary>
    public required string? Remote { get; init; }

    /// <summary>The name that the client gave with HELO or EHLO.</summary>
    public required string? ClientName { get; init; }

    /// <summary>The account that logged in, or null.</summary>
    public required string? Login { get; init; }

    /// <summary>The TLS version, or null on a plain connection.</summary>
    public required string? Tls { get; init; }
}
