namespace MailOps.Server.Hosting;

/// <summary>A live session of a server that runs in this process, as it was when the object was made. Get-MailServerSession gives a fresh one.</summary>
public sealed class MailServerSession
{
    /// <summary>The number of the session's server.</summary>
    public required int ServerId { get; init; }

    /// <summary>The session's id, unique in its server's life; events name it too.</summary>
    public required string Id { get; init; }

    /// <summary><c>smtp</c>, <c>submission</c>, <c>pop3</c> or <c>imap</c>.</summary>
    public required string Protocol { get; init; }

    /// <summary>The client's address and port, as in <c>192.0.2.1:40000</c>, or null if a proxy does not know it.</summary>
    public string? Remote { get; init; }

    /// <summary>The account that logged in, or null.</summary>
    public string? Account { get; init; }

    /// <summary>When the client connected.</summary>
    public required DateTimeOffset Since { get; init; }

    /// <summary>The last command that was carried out, or null.</summary>
    public string? LastCommand { get; init; }

    /// <summary>The TLS version, as in <c>TLSv1.3</c>, or null on a plain connection.</summary>
    public string? Tls { get; init; }

    /// <summary>The TLS cipher suite by its IANA name, or null.</summary>
    public string? CipherSuite { get; init; }

    /// <summary>Octets that came over the wire, TLS and all.</summary>
    public required long OctetsIn { get; init; }

    /// <summary>Octets that went over the wire.</summary>
    public required long OctetsOut { get; init; }

    /// <summary>Messages that were taken in by SMTP or APPEND, or fetched by RETR.</summary>
    public required long Messages { get; init; }

    /// <summary>Plain properties of a session.</summary>
    /// <param name="serverId">The number of its server.</param>
    /// <param name="session">The session.</param>
    public static MailServerSession Of(int serverId, LiveSession session) => new()
    {
        ServerId = serverId,
        Id = session.Id,
        Protocol = session.Protocol,
        Remote = session.Remote?.ToString(),
        Account = session.Account,
        Since = session.Since,
        LastCommand = session.LastCommand,
        Tls = session.Tls?.Version,
        CipherSuite = session.Tls?.CipherSuite.ToString(),
        OctetsIn = session.OctetsIn,
        OctetsOut = session.OctetsOut,
        Messages = session.Messages,
    };
}
