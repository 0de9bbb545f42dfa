using System.Globalization;
using System.Text;
using MailOps.Messages;
using MailOps.Smtp;
using MimeKit;
using MimeKit.Utils;

namespace MailOps.Server.Queue.Reports;

/// <summary>
/// A report about a message (RFC 3464) in a multipart/report (RFC 6522): a notice for people, the status for programs, and what comes back
/// of the message. With UTF-8 in addresses as RFC 6533 has it.
/// </summary>
internal sealed record StatusReport
{
    private readonly string _boundary = $"=_{Guid.NewGuid():N}";

    /// <summary>This server's name.</summary>
    public required string HostName { get; init; }

    /// <summary>The message's name in this server's reply to who brought it.</summary>
    public required string Id { get; init; }

    /// <summary>The report's own id, where there may be several about a message; null if there is one of its kind.</summary>
    public string? ReportId { get; init; }

    /// <summary>The sender of the message: the report goes to it.</summary>
    public required string To { get; init; }

    /// <summary>When the report is made, in the zone in which it shows its times.</summary>
    public required DateTimeOffset Date { get; init; }

    /// <summary>When the message came.</summary>
    public required DateTimeOffset Arrived { get; init; }

    /// <summary>The sender's own name for the transaction, or null.</summary>
    public string? EnvelopeId { get; init; }

    /// <summary>How the sender asked for the message to be held, or null (RFC 4865 section 5.1.2).</summary>
    public string? HoldRequest { get; init; }

    /// <summary>By when the sender wanted the message delivered, or null (RFC 2852 section 5).</summary>
    public DateTimeOffset? DeliverBy { get; init; }

    /// <summary>Of whom the report is; all with the same action.</summary>
    public required IReadOnlyList<DeliveryStatus> Recipients { get; init; }

    /// <summary>True if the message was sent with SMTPUTF8.</summary>
    public bool IsUtf8 { get; init; }

    /// <summary>True if all of the message comes back, false for its header.</summary>
    public bool IsFull { get; init; }

    /// <summary>True if what comes back has octets above ASCII.</summary>
    public bool IsEightBit { get; init; }

    /// <summary>The words, or null for our own.</summary>
    public ReportTemplate? Template { get; init; }

    /// <summary>The message's Subject field, decoded, for people; null if there is none.</summary>
    public string? Subject { get; init; }

    private DeliveryAction Action => Recipients[0].Action;

    /// <summary>All that stands before what comes back of the message.</summary>
    public byte[] Begin()
    {
        var text = new StringBuilder(2048);
        WriteHeader(text);
        WriteNotice(text);
        WriteStatus(text);
        StartPart(text, (IsUtf8, IsFull) switch
        {
            (true, true) => "message/global",
            (true, false) => "message/global-headers",
            (false, true) => "message/rfc822",
            _ => "text/rfc822-headers",
        }, IsEightBit);
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    /// <summary>Its Message-ID field, which no other report has (RFC 5322 section 3.6.4).</summary>
    public string MessageId => ReportId is { } own ? $"<{own}.report@{HostName}>" : $"<{Id}.{Action.ToString().ToLowerInvariant()}.report@{HostName}>";

    /// <summary>What stands behind it.</summary>
    public byte[] End() => Encoding.ASCII.GetBytes($"\r\n--{_boundary}--\r\n");

    private void WriteHeader(StringBuilder text)
    {
        text.Append("Return-Path: <>\r\n");
        text.Append(CultureInfo.InvariantCulture, $"Date: {DateField.Of(Date)}\r\n");
        text.Append(CultureInfo.InvariantCulture, $"From: Mail Delivery System <MAILER-DAEMON@{HostName}>\r\n");
        text.Append(CultureInfo.InvariantCulture, $"To: <{To}>\r\n");
        text.Append(CultureInfo.InvariantCulture, $"Subject: {Action switch
        {
            _ when Template is not null => Folded(Template.SubjectWith(ValueOf)),
            DeliveryAction.Failed => "Undelivered Mail Returned to Sender",
            DeliveryAction.Delayed => "Delayed Mail (still being tried)",
            _ => "Successful Mail Delivery Report",
        }}\r\n");
        text.Append(CultureInfo.InvariantCulture, $"Message-ID: {MessageId}\r\n");
        // RFC 3834 section 5: nobody answers it by machine.
        text.Append("Auto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n");
        text.Append(CultureInfo.InvariantCulture, $"Content-Type: multipart/report; report-type=delivery-status;\r\n\tboundary=\"{_boundary}\"\r\n\r\n");
    }

    private void WriteNotice(StringBuilder text)
    {
        if (Template is not null)
        {
            text.Append(CultureInfo.InvariantCulture, $"--{_boundary}\r\n{Worded(Template)}\r\n");
            return;
        }

        text.Append(CultureInfo.InvariantCulture, $"--{_boundary}\r\nContent-Type: text/plain; charset={(IsUtf8 ? "utf-8\r\nContent-Transfer-Encoding: 8bit" : "us-ascii")}\r\n\r\n");
        text.Append(CultureInfo.InvariantCulture, $"This is the mail system at {HostName}.\r\n\r\n{Action switch
        {
            DeliveryAction.Failed => "Your message could not be delivered to:",
            DeliveryAction.Delayed => "Your message could not be delivered yet to:",
            DeliveryAction.Relayed when DeliverBy is not null => "Your message was passed on to other servers, for:",
            DeliveryAction.Relayed => "Your message was taken by servers that send no reports of delivery, for:",
            DeliveryAction.Expanded => "Your message was sent on to several addresses, in the place of:",
            _ => "Your message was delivered to:",
        }}\r\n\r\n");
        WriteRecipients(text, " said:", Plain);
        text.Append("\r\n").Append(Action switch
        {
            DeliveryAction.Failed => "Nothing more is tried. What was wrong stands below each address.\r\n",
            DeliveryAction.Delayed => string.Create(CultureInfo.InvariantCulture, $"It is tried until {DateField.Of(Recipients[0].Until ?? Date)}.\r\nYou need not send it again.\r\n"),
            DeliveryAction.Relayed when DeliverBy is not null => "When it is delivered you will hear where they report that, and otherwise only if it fails.\r\n",
            DeliveryAction.Relayed or DeliveryAction.Expanded => "You will hear no more of it, unless it fails.\r\n",
            _ => "This says that it is in the mailbox, not that anybody has read it.\r\n",
        });
        if (DeliverBy is { } by)
            text.Append(CultureInfo.InvariantCulture, $"It was to be delivered by {DateField.Of(by)}.\r\n");
        text.Append("\r\n");
    }

    private void WriteRecipients(StringBuilder text, string said, Func<string, string> address)
    {
        foreach (var recipient in Recipients)
        {
            text.Append(CultureInfo.InvariantCulture, $"    <{address(recipient.Recipient)}>\r\n");
            if (recipient.Diagnostic is { } diagnostic)
                Fold(text, "        ", $"{(recipient.RemoteHost is { } host ? $"{host}{said} " : "")}{Clean(diagnostic)}", "        ");
        }
    }

    /// <summary>The notice in the words of a template, as a part: whatever they are, the report stays ASCII there.</summary>
    private string Worded(ReportTemplate template)
    {
        var recipients = new StringBuilder();
        WriteRecipients(recipients, ":", address => address);
        using var part = new TextPart("plain") { ContentTransferEncoding = ContentEncoding.QuotedPrintable };
        part.SetText(Encoding.UTF8, template.TextWith(ValueOf, recipients.ToString()));
        if (template.Language is { } language)
            part.Headers.Add(HeaderId.ContentLanguage, language);
        var format = FormatOptions.Default.Clone();
        format.NewLineFormat = NewLineFormat.Dos;
        using var written = new MemoryStream();
        part.WriteTo(format, written);
        return Encoding.ASCII.GetString(written.GetBuffer(), 0, (int)written.Length);
    }

    private string ValueOf(string placeholder) => placeholder switch
    {
        "host" => HostName,
        "sender" => To,
        "id" => Id,
        "subject" => Shortened(Subject ?? ""),
        "arrived" => Shown(Arrived),
        "until" => Shown(Recipients[0].Until),
        "deliver-by" => Shown(DeliverBy),
        _ => "",
    };

    // Words of a sender on one line: whatever stands in them ends no line and fills no page.
    private static string Shortened(string text) =>
        ShortText.Shown(string.Concat(text.Select(c => char.IsControl(c) || c is '\u2028' or '\u2029' ? ' ' : c)).Trim(), 100);

    // The same in every language.
    private static string Shown(DateTimeOffset? time) => time?.ToString("yyyy-MM-dd HH:mm zzz", CultureInfo.InvariantCulture) ?? "";

    private void WriteStatus(StringBuilder text)
    {
        StartPart(text, IsUtf8 ? "message/global-delivery-status" : "message/delivery-status", IsUtf8);
        text.Append(CultureInfo.InvariantCulture, $"Reporting-MTA: dns; {HostName}\r\n");
        if (EnvelopeId is { } envelopeId)
            text.Append(CultureInfo.InvariantCulture, $"Original-Envelope-Id: {envelopeId}\r\n");
        text.Append(CultureInfo.InvariantCulture, $"Arrival-Date: {DateField.Of(Arrived)}\r\n");
        if (DeliverBy is { } by)
            text.Append(CultureInfo.InvariantCulture, $"Deliver-By-Date: {DateField.Of(by)}\r\n");
        if (HoldRequest is { } hold)
            text.Append(CultureInfo.InvariantCulture, $"Future-Release-Request: {hold}\r\n");
        foreach (var recipient in Recipients)
            WriteStatus(text, recipient);
        text.Append("\r\n");
    }

    private void WriteStatus(StringBuilder text, DeliveryStatus recipient)
    {
        text.Append("\r\n");
        if (recipient.Original is { } original)
            text.Append(CultureInfo.InvariantCulture, $"Original-Recipient: {Plain(original)}\r\n");
        text.Append(CultureInfo.InvariantCulture, $"Final-Recipient: {(Ascii.IsValid(recipient.Recipient) ? "rfc822" : "utf-8")};{Plain(recipient.Recipient)}\r\n");
        text.Append(CultureInfo.InvariantCulture, $"Action: {recipient.Action.ToString().ToLowerInvariant()}\r\nStatus: {recipient.Status}\r\n");
        if (recipient.RemoteHost is { } host)
            text.Append(CultureInfo.InvariantCulture, $"Remote-MTA: dns; {host}\r\n");
        if (recipient.Diagnostic is { } diagnostic)
            Fold(text, "Diagnostic-Code: smtp; ", Clean(diagnostic), "    ");
        if (recipient.LastAttempt is { } last)
            text.Append(CultureInfo.InvariantCulture, $"Last-Attempt-Date: {DateField.Of(last)}\r\n");
        if (recipient.Until is { } until)
            text.Append(CultureInfo.InvariantCulture, $"Will-Retry-Until: {DateField.Of(until)}\r\n");
    }

    private void StartPart(StringBuilder text, string type, bool isEightBit) =>
        text.Append(CultureInfo.InvariantCulture, $"--{_boundary}\r\nContent-Type: {type}\r\n{(isEightBit ? "Content-Transfer-Encoding: 8bit\r\n" : "")}\r\n");

    // An alias may lead to an address that ASCII cannot tell, and ORCPT may name one, whatever the message is (RFC 6533 section 3).
    private string Plain(string address) => IsUtf8 || Ascii.IsValid(address) ? address : Xtext.EncodeUtf8Address(address);

    // A server's words are a stranger's: one line of printable text, so that they end no field and no part.
    private string Clean(string text) =>
        string.Concat(text.Select(c => char.IsControl(c) ? ' ' : IsUtf8 || char.IsAscii(c) ? c : '?'));

    // Words go to the next line where one would be longer than RFC 5322 section 2.1.1 likes; one that is too long by itself is cut.
    private static void Fold(StringBuilder text, string start, string words, string indent)
    {
        const int Longest = 78;
        var column = start.Length;
        var isFirst = true;
        text.Append(start);
        foreach (var word in words.Split(' ', StringSplitOptions.RemoveEmptyEntries).SelectMany(word => word.Chunk(Longest - 10)))
        {
            var isNextLine = !isFirst && column + 1 + word.Length > Longest;
            text.Append(isNextLine ? "\r\n" + indent : isFirst ? "" : " ").Append(word);
            column = (isNextLine ? indent.Length : column + (isFirst ? 0 : 1)) + word.Length;
            isFirst = false;
        }

        text.Append("\r\n");
    }

    // In words of 75 characters at the most (RFC 2047 section 2); MimeKit may go a little over the length that it is given.
    private static string Folded(string subject)
    {
        var options = FormatOptions.Default.Clone();
        options.MaxLineLength = 72;
        var header = new Header("Subject", "");
        header.SetValue(options, Encoding.UTF8, subject);
        return Encoding.ASCII.GetString(header.RawValue).Trim().ReplaceLineEndings("\r\n");
    }
}
