using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace MailOps.Client.Mailboxes.Seen;

/// <summary>Whose messages are remembered.</summary>
public sealed record Pop3Account
{
    /// <summary>An account.</summary>
    /// <param name="server">The server's name or address, as it is connected to.</param>
    /// <param name="port">The port.</param>
    /// <param name="user">Who logs in; empty where a certificate says it.</param>
    public Pop3Account(string server, int port, string user) =>
        (Server, Port, User) = (server.ToLowerInvariant(), port, user);

    /// <summary>The server, in small letters.</summary>
    public string Server { get; }

    /// <summary>The port.</summary>
    public int Port { get; }

    /// <summary>Who logs in.</summary>
    public string User { get; }

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{User} at {Server}:{Port}");

    /// <summary>A short name for a file.</summary>
    internal string ToFileName() => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(ToString())).AsSpan(0, 8));
}
