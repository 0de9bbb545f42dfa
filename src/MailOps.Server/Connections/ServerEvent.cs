using System.Net;
using MailOps.Wire;

namespace MailOps.Server.Connections;

/// <summary>Something that happened in the server. Events are typed; a log line, a counter and a test are listeners.</summary>
public abstract record ServerEvent
{
    /// <summary>When, by the server's clock. Set when the event is published, like what else is known to the publisher.</summary>
    public DateTimeOffset Time { get; internal set; }
}

/// <summary>Events that a listener was not told of: it was too slow for them, and as many waited already as may wait for it.</summary>
public sealed record EventsDropped : ServerEvent
{
    /// <summary>How many are missing between the event before and the one after. The time is that of the last of them.</summary>
    public required long Count { get; init; }
}

/// <summary>Something that happened on a connection.</summary>
public abstract record ConnectionEvent : ServerEvent
{
    /// <summary>The connection's id, unique in this server's life.</summary>
    public string Connection { get; internal set; } = "";

    /// <summary>The protocol's name: <c>smtp</c>, <c>submission</c>, <c>lmtp</c>, <c>pop3</c> or <c>imap</c>.</summary>
    public string Protocol { get; internal set; } = "";

    /// <summary>The client's address and port; null for one that came over a Unix socket, or whom its proxy does not know.</summary>
    public IPEndPoint? Remote { get; internal set; }
}

/// <summary>A client connected.</summary>
public sealed record ConnectionOpened : ConnectionEvent;

/// <summary>A trusted proxy said for whom it speaks: from here on that is the connection's <see cref="ConnectionEvent.Remote"/>.</summary>
public sealed record ClientIntroduced : ConnectionEvent
{
    /// <summary>The proxy, or whom it spoke for before.</summary>
    public required IPEndPoint? By { get; init; }

    /// <summary>How: <c>PROXY</c> or <c>XCLIENT</c>.</summary>
    public required string Method { get; init; }
}

/// <summary>A trusted address did not begin with a PROXY header that can be read, and was cut off without a word.</summary>
public sealed record ProxyHeaderRefused : ConnectionEvent
{
    /// <summary>What is wrong with it.</summary>
    public required string Reason { get; init; }
}

/// <summary>A client was turned away before its session began, by a limit or because of its address.</summary>
public sealed record ConnectionRefused : ConnectionEvent
{
    /// <summary>Why.</summary>
    public required string Reason { get; init; }
}

/// <summary>A client that had not logged in was cut off: its address sent more commands than it may.</summary>
public sealed record ClientTooFast : ConnectionEvent
{
    /// <summary>The limit.</summary>
    public required string Reason { get; init; }
}

/// <summary>A connection ended.</summary>
public sealed record ConnectionClosed : ConnectionEvent
{
    /// <summary>How it ended.</summary>
    public required ConnectionEnd End { get; init; }

    /// <summary>How long it lasted.</summary>
    public TimeSpan Duration { get; init; }

    /// <summary>Octets that came over the wire, TLS and all.</summary>
    public long OctetsIn { get; init; }

    /// <summary>Octets that went.</summary>
    public long OctetsOut { get; init; }
}

/// <summary>A TLS handshake succeeded.</summary>
public sealed record TlsEstablished : ConnectionEvent
{
    /// <summary>What it settled.</summary>
    public required TlsFacts Tls { get; init; }
}

/// <summary>A TLS handshake failed.</summary>
public sealed record TlsFailed : ConnectionEvent
{
    /// <summary>What the TLS layer said.</summary>
    public required string Reason { get; init; }
}

/// <summary>An access token was refused, or could not be looked at. Nothing of the token is in it.</summary>
public sealed record TokenRefused : ConnectionEvent
{
    /// <summary>The name that the client gave with it, if it gave one.</summary>
    public required string? User { get; init; }

    /// <summary>Why.</summary>
    public required string Reason { get; init; }
}

/// <summary>A client presented a certificate that is not believed. The session goes on; nobody can log in with it.</summary>
public sealed record ClientCertificateRefused : ConnectionEvent
{
    /// <summary>The certificate's subject, in the client's words.</summary>
    public required string Subject { get; init; }

    /// <summary>Why.</summary>
    public required string Reason { get; init; }
}

/// <summary>A command came. Its arguments are left out: they may hold secrets.</summary>
public sealed record CommandReceived : ConnectionEvent
{
    /// <summary>The command's name.</summary>
    public required string Command { get; init; }
}

/// <summary>A login succeeded.</summary>
public sealed record LoginSucceeded : ConnectionEvent
{
    /// <summary>The account.</summary>
    public required string Account { get; init; }

    /// <summary>How: a SASL mechanism, <c>USER</c> or <c>LOGIN</c>.</summary>
    public required string Mechanism { get; init; }
}

/// <summary>A login failed.</summary>
public sealed record LoginFailed : ConnectionEvent
{
    /// <summary>The name that the client gave, if it got that far.</summary>
    public required string? User { get; init; }

    /// <summary>How it tried.</summary>
    public required string Mechanism { get; init; }
}

/// <summary>A login was not tried, because its address or its account is locked. A right password is answered in the same way.</summary>
public sealed record LoginRefused : ConnectionEvent
{
    /// <summary>The name that the client gave, if it got that far.</summary>
    public required string? User { get; init; }

    /// <summary>How it tried.</summary>
    public required string Mechanism { get; init; }
}

/// <summary>So many logins failed that an address or an account is locked for a while.</summary>
public sealed record LoginsLocked : ConnectionEvent
{
    /// <summary>The address, or the IPv6 network, that is locked; null if it is an account.</summary>
    public required string? Network { get; init; }

    /// <summary>The account that is locked; null if it is an address. There may be no such account.</summary>
    public required string? Account { get; init; }

    /// <summary>For how long.</summary>
    public required TimeSpan LockTime { get; init; }
}

/// <summary>A message was accepted and is durable.</summary>
public sealed record MessageAccepted : ConnectionEvent
{
    /// <summary>The id that the client was told in the reply.</summary>
    public required string MessageId { get; init; }

    /// <summary>The reverse-path, empty for a bounce.</summary>
    public required string Sender { get; init; }

    /// <summary>The accepted recipients.</summary>
    public required IReadOnlyList<string> Recipients { get; init; }

    /// <summary>Octets, with the trace lines that were added.</summary>
    public required long Size { get; init; }

    /// <summary>The accounts that got it, each once.</summary>
    public IReadOnlyList<string> Accounts { get; init; } = [];

    /// <summary>The account that logged in to send it, or null.</summary>
    public string? Login { get; init; }

    /// <summary>The Message-ID field as it is delivered, or null.</summary>
    public string? InternetMessageId { get; init; }

    /// <summary>The Subject field as it is delivered, on one line and not decoded, or null.</summary>
    public string? Subject { get; init; }

    /// <summary>The recipients that aliases lead elsewhere, with the addresses that get the message in their place.</summary>
    public IReadOnlyList<(string Recipient, IReadOnlyList<string> Addresses)> Expansions { get; init; } = [];

    /// <summary>The destinations in the queue that it waits for: domains and targets of routes.</summary>
    public IReadOnlyList<string> Destinations { get; init; } = [];

    /// <summary>What the client called itself, or null.</summary>
    public string? ClientName { get; init; }

    /// <summary>The address and port that the client came to, or null for a Unix socket.</summary>
    public string? Listener { get; init; }

    /// <summary>How long it took from its first octet until it was durable.</summary>
    public TimeSpan? Took { get; init; }
}

/// <summary>A message that was accepted for an address here goes on to other servers, because an alias leads there, or because it is the return path of a message that went there.</summary>
public sealed record MessageForwarded : ConnectionEvent
{
    /// <summary>The id that the client was told in the reply.</summary>
    public required string MessageId { get; init; }

    /// <summary>The reverse-path that it came with, empty for a bounce.</summary>
    public required string Sender { get; init; }

    /// <summary>The address here.</summary>
    public required string Recipient { get; init; }

    /// <summary>The addresses at other servers.</summary>
    public required IReadOnlyList<string> Targets { get; init; }
}

/// <summary>The sender of a message was told that it was delivered, or sent on to the addresses of an alias (RFC 3461).</summary>
public sealed record DeliveryReported : ConnectionEvent
{
    /// <summary>The id of the message that the report is about.</summary>
    public required string MessageId { get; init; }

    /// <summary>Who was told.</summary>
    public required string Sender { get; init; }

    /// <summary>What was told: <c>delivered</c> or <c>expanded</c> (RFC 3464 section 2.3.3).</summary>
    public required string Action { get; init; }

    /// <summary>The report's own id, or null.</summary>
    public string? ReportId { get; init; }

    /// <summary>The report's Message-ID field, or null.</summary>
    public string? ReportMessageId { get; init; }

    /// <summary>Octets of the report, or null.</summary>
    public long? ReportSize { get; init; }

    /// <summary>The accounts here that have the report.</summary>
    public IReadOnlyList<string> Accounts { get; init; } = [];

    /// <summary>The destination in the queue that the report waits for, or null.</summary>
    public string? Destination { get; init; }
}

/// <summary>A sender, a recipient or a message was refused.</summary>
public sealed record MailRefused : ConnectionEvent
{
    /// <summary>At which command.</summary>
    public required string Command { get; init; }

    /// <summary>What the client was told.</summary>
    public required string Reply { get; init; }
}

/// <summary>Something broke: a bug or a dead disk. The session answered with a temporary error and went on, or ended.</summary>
public sealed record SessionFaulted : ConnectionEvent
{
    /// <summary>With its stack.</summary>
    public required Exception Exception { get; init; }
}

/// <summary>Something broke outside any session.</summary>
public sealed record ServerFaulted : ServerEvent
{
    /// <summary>With its stack.</summary>
    public required Exception Exception { get; init; }
}

/// <summary>The server took other options while it ran.</summary>
public sealed record ServerUpdated : ServerEvent;
