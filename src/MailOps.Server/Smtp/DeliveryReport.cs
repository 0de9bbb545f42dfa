using System.Globalization;
using System.Text;

namespace MailOps.Server.Smtp;

/// <summary>A report that a message was delivered (RFC 3464), in a multipart/report (RFC 6522); with UTF-8 in addresses as RFC 6533 has it.</summary>
internal static class DeliveryReport
{
    /// <summary>The report about the recipients of the transaction under way who asked for one.</summary>
    /// <param name="session">The session.</param>
    /// <param name="id">The message's name in the reply to the client.</param>
    /// <param name="header">The message's header. All that comes back: RET is about failures alone (RFC 3461 section 4.3).</param>
    public static byte[] For(SmtpSession session, string id, ReadOnlySpan<byte> header)
    {
        var isGlobal = session.Parameters.IsUtf8;
        var boundary = $"=_{Guid.NewGuid():N}";
        var text = new StringBuilder(2048);
        WriteHeader(text, session, id, boundary);
        WriteNotice(text, session, boundary, isGlobal);
        WriteStatus(text, session, boundary, isGlobal);
        StartPart(text, boundary, isGlobal ? "message/global-headers" : "text/rfc822-headers", header.ContainsAnyExceptInRange((byte)0, (byte)127));
        return [.. Encoding.UTF8.GetBytes(text.ToString()), .. header, .. Encoding.ASCII.GetBytes($"\r\n--{boundary}--\r\n")];
    }

    private static void WriteHeader(StringBuilder text, SmtpSession session, string id, string boundary)
    {
        var host = session.Options.HostName;
        text.Append("Return-Path: <>\r\n");
        text.Append(CultureInfo.InvariantCulture, $"Date: {TraceHeader.Date(session.Connection)}\r\n");
        text.Append(CultureInfo.InvariantCulture, $"From: Mail Delivery System <MAILER-DAEMON@{host}>\r\n");
        text.Append(CultureInfo.InvariantCulture, $"To: <{session.Sender.GetValueOrDefault()}>\r\n");
        text.Append("Subject: Successful Mail Delivery Report\r\n");
        text.Append(CultureInfo.InvariantCulture, $"Message-ID: <{id}.report@{host}>\r\n");
        // RFC 3834 section 5: nobody answers it by machine.
        text.Append("Auto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n");
        text.Append(CultureInfo.InvariantCulture, $"Content-Type: multipart/report; report-type=delivery-status;\r\n\tboundary=\"{boundary}\"\r\n\r\n");
    }

    private static void WriteNotice(StringBuilder text, SmtpSession session, string boundary, bool isGlobal)
    {
        text.Append(CultureInfo.InvariantCulture, $"--{boundary}\r\nContent-Type: text/plain; charset={(isGlobal ? "utf-8\r\nContent-Transfer-Encoding: 8bit" : "us-ascii")}\r\n\r\n");
        text.Append(CultureInfo.InvariantCulture, $"This is the mail system at {session.Options.HostName}.\r\n\r\nYour message was delivered to:\r\n\r\n");
        foreach (var recipient in Asking(session))
            text.Append(CultureInfo.InvariantCulture, $"    <{recipient.Path}>\r\n");
        text.Append("\r\nThis says that it is in the mailbox, not that anybody has read it.\r\n\r\n");
    }

    private static void WriteStatus(StringBuilder text, SmtpSession session, string boundary, bool isGlobal)
    {
        StartPart(text, boundary, isGlobal ? "message/global-delivery-status" : "message/delivery-status", isGlobal);
        text.Append(CultureInfo.InvariantCulture, $"Reporting-MTA: dns; {session.Options.HostName}\r\n");
        if (session.Parameters.EnvelopeId is { } envelopeId)
            text.Append(CultureInfo.InvariantCulture, $"Original-Envelope-Id: {envelopeId}\r\n");
        text.Append(CultureInfo.InvariantCulture, $"Arrival-Date: {TraceHeader.Date(session.Connection)}\r\n");
        foreach (var recipient in Asking(session))
        {
            text.Append("\r\n");
            if (recipient.Parameters.OriginalRecipient is { } original)
                text.Append(CultureInfo.InvariantCulture, $"Original-Recipient: {original}\r\n");
            text.Append(CultureInfo.InvariantCulture, $"Final-Recipient: {(recipient.Path.IsAscii ? "rfc822" : "utf-8")};{recipient.Path}\r\n");
            text.Append("Action: delivered\r\nStatus: 2.0.0\r\n");
        }

        text.Append("\r\n");
    }

    private static void StartPart(StringBuilder text, string boundary, string type, bool isEightBit) =>
        text.Append(CultureInfo.InvariantCulture, $"--{boundary}\r\nContent-Type: {type}\r\n{(isEightBit ? "Content-Transfer-Encoding: 8bit\r\n" : "")}\r\n");

    private static IEnumerable<SmtpRecipient> Asking(SmtpSession session) =>
        session.Recipients.Where(recipient => recipient.WantsReport);
}
