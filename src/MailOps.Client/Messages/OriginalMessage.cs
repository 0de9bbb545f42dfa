using System.Globalization;
using MimeKit;

namespace MailOps.Client.Messages;

/// <summary>The message that is answered or sent on: what of it the new one takes.</summary>
internal sealed class OriginalMessage(MimeMessage message)
{
    /// <summary>Puts into an answer who gets it, its subject and its place in the thread, unless it has them.</summary>
    public void Address(MimeMessage answer, MessageAnswer kind, bool hasSubject)
    {
        var isReply = kind is MessageAnswer.Reply or MessageAnswer.ReplyAll;
        if (!hasSubject)
            answer.Subject = Subject(isReply);
        Thread(answer, isReply);
        if (!isReply || answer.To.Count > 0)
            return;

        var own = answer.From.Mailboxes.Select(one => one.Address).ToHashSet(StringComparer.OrdinalIgnoreCase);
        var sender = message.ReplyTo.Count > 0 ? message.ReplyTo : message.From.Count > 0 ? message.From : [.. Sender()];
        // Who answers a message of his own goes on with those it went to.
        var isOwn = sender.Mailboxes.Any() && sender.Mailboxes.All(one => own.Contains(one.Address));
        Add(answer.To, isOwn ? message.To : sender, isOwn ? [] : own);
        if (kind != MessageAnswer.ReplyAll)
            return;
        var named = own.Union(answer.To.Mailboxes.Select(one => one.Address), StringComparer.OrdinalIgnoreCase).ToHashSet(StringComparer.OrdinalIgnoreCase);
        Add(answer.Cc, isOwn ? message.Cc : [.. message.To, .. message.Cc], named);
    }

    /// <summary>Its text below that of a reply.</summary>
    public string Quote(string text) => $"{text.TrimEnd()}\r\n\r\n{Introduction}\r\n{string.Concat(Text.ReplaceLineEndings("\n").TrimEnd('\n').Split('\n').Select(line => line.StartsWith('>') ? $">{line}\r\n" : $"> {line}\r\n"))}";

    /// <summary>Its text below that of a reply, as HTML.</summary>
    public string QuoteHtml(string html) => $"{html}\r\n<p>{HtmlText.Encode(Introduction)}</p>\r\n<blockquote type=\"cite\">{message.HtmlBody ?? HtmlText.Encode(Text)}</blockquote>\r\n";

    /// <summary>Its text below that of who sends it on.</summary>
    public string Forward(string text) => $"{text.TrimEnd()}\r\n\r\n-------- Forwarded message --------\r\n{string.Concat(Fields.Select(field => $"{field.Name}: {field.Value}\r\n"))}\r\n{Text}";

    /// <summary>Its text below that of who sends it on, as HTML.</summary>
    public string ForwardHtml(string html) => $"{html}\r\n<p>-------- Forwarded message --------<br>\r\n{string.Concat(Fields.Select(field => HtmlText.Encode($"{field.Name}: {field.Value}") + "<br>\r\n"))}</p>\r\n{message.HtmlBody ?? HtmlText.Encode(Text)}";

    /// <summary>What is attached to it.</summary>
    public IEnumerable<MimeEntity> Attachments => message.Attachments;

    /// <summary>The pictures that its HTML shows.</summary>
    public IEnumerable<MimeEntity> Pictures
    {
        get
        {
            var shown = HtmlText.PicturesOf(message.HtmlBody ?? "").ToHashSet(StringComparer.Ordinal);
            return message.BodyParts.Where(part => part.ContentId is { } id && shown.Contains(id) && !part.IsAttachment);
        }
    }

    /// <summary>The message.</summary>
    public MimeMessage Message => message;

    private string Text => message.TextBody ?? (message.HtmlBody is { } html ? HtmlText.Of(html) : "");

    private string Introduction => string.Create(CultureInfo.InvariantCulture, $"On {message.Date:yyyy-MM-dd HH:mm zzz}, {Plain(message.From)} wrote:");

    private IEnumerable<(string Name, string Value)> Fields =>
        new (string Name, string Value)[]
        {
            ("From", Plain(message.From)),
            ("Date", message.Headers[HeaderId.Date] ?? ""),
            ("Subject", message.Subject ?? ""),
            ("To", Plain(message.To)),
            ("Cc", Plain(message.Cc)),
        }.Where(one => one.Value.Length > 0);

    private static string Plain(InternetAddressList addresses) => string.Join(", ", addresses.Mailboxes.Select(one => string.IsNullOrEmpty(one.Name) ? one.Address : $"{one.Name} <{one.Address}>"));

    private IEnumerable<InternetAddress> Sender() => message.Sender is { } sender ? [sender] : [];

    private string Subject(bool isReply)
    {
        var subject = message.Subject ?? "";
        var (prefix, known) = isReply ? ("Re: ", new[] { "Re:" }) : ("Fwd: ", ["Fwd:", "Fw:"]);
        return Array.Exists(known, one => subject.StartsWith(one, StringComparison.OrdinalIgnoreCase)) ? subject : prefix + subject;
    }

    // RFC 5322 section 3.6.4. What is sent on is a thread of its own, and says where it comes from.
    private void Thread(MimeMessage answer, bool isReply)
    {
        if (message.MessageId is not { } id)
            return;
        if (isReply)
            answer.InReplyTo = id;
        if (message.References.Count > 0)
            answer.References.AddRange(message.References);
        else if (message.InReplyTo is { } before && isReply)
            answer.References.Add(before);
        if (!answer.References.Contains(id))
            answer.References.Add(id);
    }

    private static void Add(InternetAddressList list, IEnumerable<InternetAddress> addresses, HashSet<string> without)
    {
        var known = new HashSet<string>(without, StringComparer.OrdinalIgnoreCase);
        list.AddRange(addresses.OfType<MailboxAddress>().Concat(addresses.OfType<GroupAddress>().SelectMany(group => group.Members.Mailboxes)).Where(one => known.Add(one.Address)));
    }
}
