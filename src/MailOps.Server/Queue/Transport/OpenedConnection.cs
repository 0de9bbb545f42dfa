using MailOps.Smtp;

namespace MailOps.Server.Queue.Transport;

/// <summary>What came of connecting to the hosts of a route: a connection, or the last thing that was in the way.</summary>
/// <param name="Connection">The connection, on which mail can be sent, or null.</param>
/// <param name="Host">The host that the refusal is of, or null if none was tried.</param>
/// <param name="Refusal">Null with a connection. 4xx: not now; 5xx: this server wants no mail from us.</param>
/// <param name="IsForGood">True if what the senders of the mail ask of the connection is not to be had from any host.</param>
internal readonly record struct OpenedConnection(OutboundConnection? Connection, string? Host, SmtpReply? Refusal, bool IsForGood = false);
