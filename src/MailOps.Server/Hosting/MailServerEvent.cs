using MailOps.Server.Accounts;
using MailOps.Server.Connections;
using MailOps.Server.Queue;
using MailOps.Server.Tracking;
using MailOps.Server.Connections.Faults;

namespace MailOps.Server.Hosting;

/// <summary>Something that happened in a server, as plain properties: those that an event of its kind does not have are null.</summary>
public sealed class MailServerEvent
{
    /// <summary>The number of the server.</summary>
    public required int ServerId { get; init; }

    /// <summary>When, by the server's clock.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>What it is about.</summary>
    public required MailServerEventKind Kind { get; init; }

    /// <summary>What happened, such as <c>ConnectionOpened</c> or <c>LoginFailed</c>.</summary>
    public required string Event { get; init; }

    /// <summary>The id of the session that it happened in.</summary>
    public string? Session { get; init; }

    /// <summary><c>smtp</c>, <c>submission</c>, <c>pop3</c> or <c>imap</c>.</summary>
    public string? Protocol { get; init; }

    /// <summary>The client's address and port.</summary>
    public string? Remote { get; init; }

    /// <summary>The command that was carried out, or at which something was refused.</summary>
    public string? Command { get; init; }

    /// <summary>The account of a login, or the name that a login failed with.</summary>
    public string? Account { get; init; }

    /// <summary>How it was logged in.</summary>
    public string? Mechanism { get; init; }

    /// <summary>The id of a message, as its sender was told.</summary>
    public string? MessageId { get; init; }

    /// <summary>The sender of a message, empty for a bounce.</summary>
    public string? Sender { get; init; }

    /// <summary>The recipients of a message.</summary>
    public string[] Recipient { get; init; } = [];

    /// <summary>Octets of a message, with the trace lines that were added.</summary>
    public long? Size { get; init; }

    /// <summary>In words: the reply, the reason, the fault, or what else there is to say.</summary>
    public required string Detail { get; init; }

    /// <summary>Plain properties of an event.</summary>
    /// <param name="serverId">The number of the server.</param>
    /// <param name="happened">The event.</param>
    public static MailServerEvent Of(int serverId, ServerEvent happened)
    {
        var connection = happened as ConnectionEvent;
        var accepted = happened as MessageAccepted;
        return new MailServerEvent
        {
            ServerId = serverId,
            Time = happened.Time,
            Kind = KindOf(happened),
            Event = happened.GetType().Name,
            Session = connection?.Connection,
            Protocol = connection?.Protocol,
            Remote = connection?.Remote?.ToString() ?? (happened as OutboundTried)?.Remote,
            Command = happened switch { CommandReceived command => command.Command, MailRefused refused => refused.Command, FaultInjected fault => fault.Command, _ => null },
            Account = happened switch { LoginSucceeded login => login.Account, LoginFailed failed => failed.User, LoginRefused refused => refused.User, LoginsLocked locked => locked.Account, _ => null },
            Mechanism = happened switch { LoginSucceeded login => login.Mechanism, LoginFailed failed => failed.Mechanism, LoginRefused refused => refused.Mechanism, _ => null },
            MessageId = happened switch { MessageAccepted message => message.MessageId, DeliveryReported report => report.MessageId, MessageForwarded forwarded => forwarded.MessageId, OutboundTried tried => tried.MessageId, OutboundReported report => report.MessageId, _ => null },
            Sender = happened switch { MessageAccepted message => message.Sender, DeliveryReported report => report.Sender, MessageForwarded forwarded => forwarded.Sender, OutboundTried tried => tried.Sender, OutboundReported report => report.Sender, _ => null },
            Recipient = happened switch { MessageAccepted message => [.. message.Recipients], MessageForwarded forwarded => [.. forwarded.Targets], OutboundTried tried => [.. tried.Recipients], OutboundReported report => [.. report.Recipients], _ => [] },
            Size = accepted?.Size,
            Detail = DetailOf(happened),
        };
    }

    /// <summary>What an event is about.</summary>
    /// <param name="happened">The event.</param>
    public static MailServerEventKind KindOf(ServerEvent happened) => happened switch
    {
        EventsDropped => MailServerEventKind.Gap,
        FaultInjected => MailServerEventKind.InjectedFault,
        TlsEstablished or TlsFailed => MailServerEventKind.Tls,
        CommandReceived => MailServerEventKind.Command,
        LoginSucceeded => MailServerEventKind.Login,
        LoginFailed or LoginRefused or LoginsLocked or TokenRefused or ClientCertificateRefused => MailServerEventKind.LoginFailure,
        MessageAccepted or MessageForwarded or DeliveryReported => MailServerEventKind.Message,
        OutboundTried or OutboundReported or DestinationDeferred or TlsReported => MailServerEventKind.Outbound,
        MailRefused or ClientTooFast => MailServerEventKind.Refusal,
        SessionFaulted or ServerFaulted or TrackingDropped or AccountLineIgnored or RoleAddressUnassigned => MailServerEventKind.Fault,
        _ => MailServerEventKind.Connection,
    };

    /// <inheritdoc/>
    public override string ToString() => $"{Time:HH:mm:ss.fff} {Session} {Event} {Detail}";

    // The texts of clients are told as they came: whoever shows them on a terminal sees no control characters.
    private static string DetailOf(ServerEvent happened) => Plain(happened switch
    {
        ClientIntroduced introduced => $"by {introduced.Method} from {introduced.By?.ToString() ?? "an unknown address"}",
        ProxyHeaderRefused refused => refused.Reason,
        ConnectionRefused refused => refused.Reason,
        ClientTooFast client => client.Reason,
        ConnectionClosed closed => closed.End.ToString(),
        TlsEstablished tls => tls.Tls.ToString(),
        TlsFailed tls => tls.Reason,
        CommandReceived command => command.Command,
        LoginSucceeded login => $"{login.Account} by {login.Mechanism}",
        LoginFailed login => $"{login.User ?? "nobody"} by {login.Mechanism}",
        LoginRefused login => $"{login.User ?? "nobody"} by {login.Mechanism}: too many failed before",
        TokenRefused token => $"token of {token.User ?? "nobody"}: {token.Reason}",
        ClientCertificateRefused certificate => $"{certificate.Subject}: {certificate.Reason}",
        LoginsLocked locked => $"{locked.Network ?? locked.Account} for {locked.LockTime}",
        MessageAccepted accepted => $"{accepted.MessageId} from <{accepted.Sender}> to {string.Join(", ", accepted.Recipients.Select(one => $"<{one}>"))}, {accepted.Size} octets",
        MessageForwarded forwarded => $"{forwarded.MessageId} for <{forwarded.Recipient}> goes on to {string.Join(", ", forwarded.Targets.Select(one => $"<{one}>"))}",
        DeliveryReported reported => $"{reported.MessageId} {reported.Action}, told <{reported.Sender}>",
        OutboundTried tried => $"{tried.MessageId} {tried.Outcome.ToString().ToLowerInvariant()} for {string.Join(", ", tried.Recipients.Select(one => $"<{one}>"))}{(tried.Host is null ? "" : $" by {tried.Host}")}: {tried.Reply}",
        OutboundReported reported => $"{reported.MessageId} {reported.Action}, told <{reported.Sender}>",
        DestinationDeferred deferred => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{deferred.Destination}, where {deferred.Waiting} wait, is left alone until {deferred.NextTry.UtcDateTime:yyyy-MM-dd HH:mm:ss}Z: {deferred.Reply}"),
        TlsReported reported => $"report {reported.ReportId} about {reported.Domain} to {reported.Target}: {reported.Problem ?? "sent"}",
        MailRefused refused => $"{refused.Command}: {refused.Reply}",
        SessionFaulted faulted => $"{faulted.Exception.GetType().Name}: {faulted.Exception.Message}",
        ServerFaulted faulted => $"{faulted.Exception.GetType().Name}: {faulted.Exception.Message}",
        FaultInjected fault => $"fault {fault.Fault} ({fault.Kind}) at {fault.Command}",
        TrackingDropped dropped => $"{dropped.Count} events are missing in the tracking log: more came than could be written",
        EventsDropped dropped => $"{dropped.Count} events",
        AccountLineIgnored ignored => $"line {ignored.Line} of {ignored.Path} {ignored.Problem}",
        RoleAddressUnassigned role => $"mail for {role.Address} goes to {role.Account}",
        _ => "",
    });

    private static string Plain(string text) =>
        text.AsSpan().IndexOfAnyInRange('\0', '\x1f') < 0 && !text.Contains('\x7f', StringComparison.Ordinal) ? text : string.Concat(text.Select(c => char.IsControl(c) ? '?' : c));
}
