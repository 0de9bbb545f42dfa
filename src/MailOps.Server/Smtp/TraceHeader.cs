using System.Buffers;
using System.Globalization;
using MailOps.Messages;
using MailOps.Server.Connections;

namespace MailOps.Server.Smtp;

/// <summary>The lines that a server puts before a message (RFC 5321 section 4.4).</summary>
internal static class TraceHeader
{
    private const int MostOfName = 255;
    private static readonly SearchValues<char> InName = SearchValues.Create("-.:[]_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

    /// <summary>Return-Path and Delivered-To, which only who delivers writes (RFC 5321 section 4.4): nothing for a message that goes to other servers alone.</summary>
    public static string Delivery(SmtpSession session)
    {
        if (session.Recipients.TrueForAll(recipient => recipient.Addressees.Count == 0))
            return "";

        // All who get a message share one copy of it, which can name one address; and none where it would disclose who gets a blind copy.
        var deliveredTo = session.Recipients is [{ Addressees: [var addressee] }] ? $"Delivered-To: {addressee.Address}\r\n" : "";
        return $"Return-Path: <{session.Sender.GetValueOrDefault()}>\r\n{deliveredTo}";
    }

    /// <summary>Received for the transaction under way.</summary>
    public static string Received(SmtpSession session, string id)
    {
        var connection = session.Connection;
        var tls = connection.Tls is { } used ? $"\t(using {used.Version} with cipher {used.CipherSuite})\r\n" : "";

        // With several recipients the clause would disclose blind copies (RFC 5321 section 7.2).
        var recipient = session.Recipients is [var only] ? $"\r\n\tfor <{only.Path}>" : "";
        // RFC 6710 section 4.1.
        var priority = session.Parameters.Priority == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"\r\n\tPRIORITY {session.Priority}");
        return string.Create(
            CultureInfo.InvariantCulture,
            stackalloc char[512],
            $"Received: from {Clean(session.ClientName)} ({Host(session)}{Address(connection)})\r\n{tls}\tby {session.Options.HostName} (MailOps) with {With(session)} id {id}{recipient}{priority};\r\n\t{Date(connection)}\r\n");
    }

    /// <summary>The time as RFC 5322 section 3.3 writes it.</summary>
    public static string Date(ServerConnection connection) => DateField.Of(connection.Clock.GetLocalNow());

    private static string Address(ServerConnection connection) =>
        connection.IsUnixSocket ? "local socket" : $"[{connection.Remote?.Address.ToString() ?? "unknown"}]";

    // RFC 3848, and RFC 6531 section 4.3: what the session had.
    private static string With(SmtpSession session) =>
        !session.IsExtended ? "SMTP"
        : $"{(session.Parameters.IsUtf8 ? "UTF8" : session.Options.Role is SmtpRole.Lmtp ? "" : "E")}{(session.Options.Role is SmtpRole.Lmtp ? "LMTP" : "SMTP")}{(session.Connection.Tls is null ? "" : "S")}{(session.Account is null ? "" : "A")}";

    private static string Host(SmtpSession session) => session.ClientHost is null ? "" : $"{Clean(session.ClientHost)} ";

    // The name comes from the client: nothing of it may start a line or a comment of its own.
    private static string Clean(string? name) =>
        name is null ? "unknown"
        : name.Length <= MostOfName && !name.AsSpan().ContainsAnyExcept(InName) ? name
        : string.Concat(name.Take(MostOfName).Select(c => InName.Contains(c) ? c : '?'));
}
