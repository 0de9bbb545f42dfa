using System.Collections;
using System.Net.Mail;
using System.Text;
using MimeKit;
using MimeKit.Utils;

namespace MailOps.Client.Messages;

/// <summary>Makes messages of drafts.</summary>
internal static class MessageComposer
{
    /// <summary>Makes one.</summary>
    public static MimeMessage Compose(MessageDraft draft)
    {
        var original = draft.Original is null ? null : new OriginalMessage(AnyMessage.Of(draft.Original));
        var message = new MimeMessage();
        message.From.AddRange(Addresses(draft, [draft.From], nameof(draft.From)));
        if (message.From.Count == 0)
            throw new ArgumentException("From has no address. A message has an author.");
        message.To.AddRange(Addresses(draft, draft.To, nameof(draft.To)));
        message.Cc.AddRange(Addresses(draft, draft.Cc, nameof(draft.Cc)));
        message.Bcc.AddRange(Addresses(draft, draft.Bcc, nameof(draft.Bcc)));
        message.ReplyTo.AddRange(Addresses(draft, draft.ReplyTo, nameof(draft.ReplyTo)));
        if (draft.Subject is { } subject)
            message.Headers.Replace(HeaderId.Subject, For(draft, subject), OneLine("the subject", subject));
        original?.Address(message, draft.Answer, draft.Subject is not null);
        message.Date = DateTimeOffset.Now;
        message.MessageId = MimeUtils.GenerateMessageId(message.From.Mailboxes.First() is { Domain: { Length: > 0 } domain } && Ascii.IsValid(domain) ? domain : "localhost");
        Prioritize(message, draft.Priority);
        foreach (DictionaryEntry field in draft.Headers ?? new Hashtable())
            Set(message, draft, field);
        message.Body = Body(draft, original);
        Encode(draft, message, original);
        // Every server takes it then, and no one on the way has a reason to change it.
        message.Prepare(EncodingConstraint.SevenBit);
        return message;
    }

    private static MimeEntity Body(MessageDraft draft, OriginalMessage? original)
    {
        var (text, html) = Texts(draft, original);
        var builder = new BodyBuilder { TextBody = text, HtmlBody = html };
        foreach (var (name, file) in draft.Pictures)
        {
            if (builder.LinkedResources.Any(part => part.ContentId == name))
                throw new ArgumentException($"There are two pictures with the name '{name}'.");
            builder.LinkedResources.Add(AttachedContent.Picture(name, file));
        }

        if (draft.Pictures.Count > 0 && html is null)
            throw new ArgumentException("There are pictures, and no HTML that shows them. Give the body as HTML, or attach them.");
        if (original is not null && html is not null && (draft.Answer == MessageAnswer.Forward || draft.IsQuoting))
        {
            foreach (var picture in original.Pictures.Where(one => builder.LinkedResources.All(own => own.ContentId != one.ContentId)))
                builder.LinkedResources.Add(picture);
        }

        foreach (var attachment in draft.Attachments)
            builder.Attachments.Add(AttachedContent.Of(attachment));
        if (original is not null && draft.Answer == MessageAnswer.Forward)
        {
            foreach (var attachment in original.Attachments)
                builder.Attachments.Add(attachment);
        }
        else if (original is not null && draft.Answer == MessageAnswer.ForwardAsAttachment)
        {
            builder.Attachments.Add(AttachedContent.Message(original.Message));
        }

        return builder.ToMessageBody();
    }

    private static (string? Text, string? Html) Texts(MessageDraft draft, OriginalMessage? original)
    {
        var (text, html) = (draft.Text, draft.Html);
        if (text is null && html is null)
            text = "";
        if (original is null)
            return (text, html);
        if (draft.Answer == MessageAnswer.Forward)
            return (text is null ? null : original.Forward(text), html is null ? null : original.ForwardHtml(html));
        return draft.IsQuoting ? (text is null ? null : original.Quote(text), html is null ? null : original.QuoteHtml(html)) : (text, html);
    }

    // The builder writes UTF-8; another charset is set afterwards, on the texts that are the message's own.
    private static void Encode(MessageDraft draft, MimeMessage message, OriginalMessage? original)
    {
        if (draft.Encoding.CodePage == Encoding.UTF8.CodePage)
            return;
        var (text, html) = Texts(draft, original);
        foreach (var part in message.BodyParts.OfType<TextPart>().Where(part => !part.IsAttachment))
        {
            if (part.IsHtml && html is not null)
                part.SetText(For(draft, html), html);
            else if (part.IsPlain && text is not null)
                part.SetText(For(draft, text), text);
        }
    }

    private static IEnumerable<InternetAddress> Addresses(MessageDraft draft, IEnumerable<string> texts, string field)
    {
        foreach (var text in texts)
        {
            if (!InternetAddressList.TryParse(OneLine(field, text), out var parsed) || parsed.Count == 0)
                throw new ArgumentException($"'{text}' is no address for {field}. Write it as name@example.com or \"Name <name@example.com>\".");
            foreach (var address in parsed)
            {
                if (address.Name is { } name)
                    address.Encoding = For(draft, name);
                yield return address;
            }
        }
    }

    private static void Set(MimeMessage message, MessageDraft draft, DictionaryEntry field)
    {
        var name = field.Key.ToString()!;
        // These are the body's, which is made of what the other parameters say: a second one would be read by some and not by others.
        if (name.StartsWith("Content-", StringComparison.OrdinalIgnoreCase) || name.Equals("MIME-Version", StringComparison.OrdinalIgnoreCase))
            throw new ArgumentException($"{name} is made of the body and the attachments, and can be no further field of the header. Give the text, the HTML, attachments and the encoding, and leave it out.");
        message.Headers.RemoveAll(name);
        foreach (var value in field.Value is IEnumerable many and not string ? many.Cast<object?>() : [field.Value])
        {
            var text = OneLine(name, value?.ToString() ?? "");
            message.Headers.Add(name, For(draft, text), text);
        }
    }

    // As System.Net.Mail has it, which most readers know one of.
    private static void Prioritize(MimeMessage message, MailPriority priority)
    {
        if (priority == MailPriority.Normal)
            return;
        var isHigh = priority == MailPriority.High;
        message.XPriority = isHigh ? XMessagePriority.Highest : XMessagePriority.Lowest;
        message.Priority = isHigh ? MessagePriority.Urgent : MessagePriority.NonUrgent;
        message.Importance = isHigh ? MessageImportance.High : MessageImportance.Low;
    }

    private static string OneLine(string what, string text) => text.AsSpan().ContainsAny('\r', '\n', '\0')
        ? throw new ArgumentException($"There is a line end or NUL in {what}, '{text.ReplaceLineEndings("⏎").Replace('\0', '⏎')}': it would begin another field.")
        : text;

    private static Encoding For(MessageDraft draft, string text)
    {
        if (draft.Encoding.CodePage == Encoding.UTF8.CodePage)
            return Encoding.UTF8;
        var strict = (Encoding)draft.Encoding.Clone();
        strict.EncoderFallback = EncoderFallback.ExceptionFallback;
        try
        {
            _ = strict.GetByteCount(text);
            return draft.Encoding;
        }
        catch (EncoderFallbackException)
        {
            return Encoding.UTF8;
        }
    }
}
