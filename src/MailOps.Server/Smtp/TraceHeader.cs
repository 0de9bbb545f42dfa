using System.Globalization;
using System.Text;
using MailOps.Server.Connections;

namespace MailOps.Server.Smtp;

/// <summary>The lines that a server puts before a message (RFC 5321 section 4.4).</summary>
internal static class TraceHeader
{
    /// <summary>Return-Path, Delivered-To and Received for the transaction under way.</summary>
    public static string For(SmtpSession session, string id)
    {
        var connection = session.Connection;
        var tls = connection.Tls;
        var text = new StringBuilder(512);
        text.Append(CultureInfo.InvariantCulture, $"Return-Path: <{session.Sender.GetValueOrDefault()}>\r\n");
        if (session.Recipients is [{ Addressees: [var addressee] }])
            text.Append(CultureInfo.InvariantCulture, $"Delivered-To: {addressee.Address}\r\n");
        text.Append(CultureInfo.InvariantCulture, $"Received: from {Clean(session.ClientName)} ({Host(session)}{Address(connection)})\r\n");
        if (tls is not null)
            text.Append(CultureInfo.InvariantCulture, $"\t(using {tls.Version} with cipher {tls.CipherSuite})\r\n");
        text.Append(CultureInfo.InvariantCulture, $"\tby {session.Options.HostName} (MailOps) with {With(session)} id {id}");
        // With several recipients the clause would disclose blind copies (RFC 5321 section 7.2).
        if (session.Recipients.Count == 1)
            text.Append(CultureInfo.InvariantCulture, $"\r\n\tfor <{session.Recipients[0].Path}>");
        text.Append(";\r\n\t").Append(Date(connection)).Append("\r\n");
        return text.ToString();
    }

    /// <summary>The time as RFC 5322 section 3.3 writes it.</summary>
    public static string Date(ServerConnection connection)
    {
        var time = connection.Clock.GetLocalNow();
        return time.ToString("ddd, d MMM yyyy HH:mm:ss ", CultureInfo.InvariantCulture)
            + time.ToString("zzz", CultureInfo.InvariantCulture).Replace(":", "", StringComparison.Ordinal);
    }

    private static string Address(ServerConnection connection) =>
        connection.IsUnixSocket ? "local socket" : $"[{connection.Remote?.Address.ToString() ?? "unknown"}]";

    // RFC 3848, and RFC 6531 section 4.3: what the session had.
    private static string With(SmtpSession session) =>
        !session.IsExtended ? "SMTP"
        : $"{(session.Parameters.IsUtf8 ? "UTF8" : session.Options.Role is SmtpRole.Lmtp ? "" : "E")}{(session.Options.Role is SmtpRole.Lmtp ? "LMTP" : "SMTP")}{(session.Connection.Tls is null ? "" : "S")}{(session.Account is null ? "" : "A")}";

    private static string Host(SmtpSession session) => session.ClientHost is null ? "" : $"{Clean(session.ClientHost)} ";

    // The name comes from the client: nothing of it may start a line or a comment of its own.
    private static string Clean(string? name) =>
        string.Concat((name ?? "unknown").Take(255).Select(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_' or '[' or ']' or ':' ? c : '?'));
}
