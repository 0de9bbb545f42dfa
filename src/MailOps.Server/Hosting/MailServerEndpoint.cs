using MailOps.Wire;

namespace MailOps.Server.Hosting;

/// <summary>An endpoint of a server that runs in this process: what the client cmdlets need to reach it.</summary>
public sealed class MailServerEndpoint
{
    /// <summary>The address to connect to.</summary>
    public required string Server { get; init; }

    /// <summary>The port; 0 on a Unix socket.</summary>
    public required int Port { get; init; }

    /// <summary>The file of a Unix socket, or null.</summary>
    public string? Path { get; init; }

    /// <summary>What is spoken there.</summary>
    public required MailProtocol Protocol { get; init; }

    /// <summary>How it is secured.</summary>
    public required TlsMode Tls { get; init; }

    /// <summary>Such as <c>Imap 127.0.0.1:143 StartTls</c>.</summary>
    public override string ToString() => Path is null ? $"{Protocol} {Server}:{Port} {Tls}" : $"{Protocol} {Path}";
}
