namespace MailOps.Server.Smtp;

/// <summary>The transaction that a hook is asked about.</summary>
public sealed record HookedTransaction
{
    /// <summary>The session's id.</summary>
    public required string Session { get; init; }

    /// <summary>The protocol's name in events, such as <c>smtp</c> or <c>submission</c>.</summary>
    public required string Protocol { get; init; }

    /// <summary>The client's address and port, or null if a proxy does not know it.</summary>
    public required string? Remote { get; init; }

    /// <summary>The name that the client gave with HELO or EHLO.</summary>
    public required string? ClientName { get; init; }

    /// <summary>The account that logged in, or null.</summary>
    public required string? Login { get; init; }

    /// <summary>The TLS version, or null on a plain connection.</summary>
    public required string? Tls { get; init; }

    /// <summary>The sender, empty for a bounce.</summary>
    public required string Sender { get; init; }

    /// <summary>The recipients that were taken so far.</summary>
    public required IReadOnlyList<string> Recipients { get; init; }

    internal static HookedTransaction Of(SmtpSession session) => new()
    {
        Session = session.Connection.Id,
        Protocol = session.Connection.Protocol,
        Remote = session.Connection.Remote?.ToString(),
        ClientName = session.ClientName,
        Login = session.Account,
        Tls = session.Connection.Tls?.Version,
        Sender = session.Sender.GetValueOrDefault().ToString(),
        Recipients = [.. session.Recipients.Select(recipient => recipient.Path.ToString())],
    };
}
