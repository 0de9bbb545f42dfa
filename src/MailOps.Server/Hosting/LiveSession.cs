using System.Net;
using MailOps.Server.Connections;
using MailOps.Wire;

namespace MailOps.Server.Hosting;

/// <summary>A session as it is at one moment.</summary>
/// <param name="Id">The connection's id, unique in the server's life.</param>
/// <param name="Protocol"><c>smtp</c>, <c>submission</c>, <c>pop3</c> or <c>imap</c>.</param>
/// <param name="Remote">The client, if it is known.</param>
/// <param name="Account">Who logged in, or null.</param>
/// <param name="Since">When the client connected.</param>
/// <param name="LastCommand">The last command that was carried out, or null.</param>
/// <param name="Tls">What the handshake settled, or null on a plain connection.</param>
/// <param name="OctetsIn">Octets that came, TLS and all.</param>
/// <param name="OctetsOut">Octets that went.</param>
/// <param name="Messages">Messages that came, or were fetched by RETR.</param>
public sealed record LiveSession(
    string Id, string Protocol, IPEndPoint? Remote, string? Account, DateTimeOffset Since, string? LastCommand, TlsFacts? Tls, long OctetsIn, long OctetsOut, long Messages)
{
    internal static LiveSession Of(ServerConnection c) =>
        new(c.Id, c.Protocol, c.Remote, c.Account, c.OpenedAt, c.LastCommand, c.Tls, c.Meter.Received, c.Meter.Sent, c.Messages);
}
