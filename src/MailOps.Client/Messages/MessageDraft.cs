using System.Collections;
using System.Net.Mail;
using System.Text;

namespace MailOps.Client.Messages;

/// <summary>What a message is made of. Addresses are written as <c>name@example.com</c> or <c>Name &lt;name@example.com&gt;</c>; a text may hold several, with commas.</summary>
public sealed record MessageDraft
{
    /// <summary>The author.</summary>
    public required string From { get; init; }

    /// <summary>Who it is for.</summary>
    public IReadOnlyList<string> To { get; init; } = [];

    /// <summary>Who gets a copy.</summary>
    public IReadOnlyList<string> Cc { get; init; } = [];

    /// <summary>Who gets a copy that nobody else is to know of. The field stays in the message until it is sent.</summary>
    public IReadOnlyList<string> Bcc { get; init; } = [];

    /// <summary>Where answers go.</summary>
    public IReadOnlyList<string> ReplyTo { get; init; } = [];

    /// <summary>The subject; null for none, or for the one that an answer has.</summary>
    public string? Subject { get; init; }

    /// <summary>The text, or null.</summary>
    public string? Text { get; init; }

    /// <summary>The text as HTML, or null. With <see cref="Text"/> readers choose between the two.</summary>
    public string? Html { get; init; }

    /// <summary>What is attached: files, messages in any form that <see cref="Sessions.MessageContent"/> knows, or parts.</summary>
    public IReadOnlyList<object> Attachments { get; init; } = [];

    /// <summary>Pictures in the HTML, by the name that it calls them: <c>logo</c> for <c>&lt;img src="cid:logo"&gt;</c>.</summary>
    public IReadOnlyList<KeyValuePair<string, FileInfo>> Pictures { get; init; } = [];

    /// <summary>In what the text and the header are encoded. UTF-8 takes its place where it lacks a character of them.</summary>
    public Encoding Encoding { get; init; } = Encoding.UTF8;

    /// <summary>How urgent it is.</summary>
    public MailPriority Priority { get; init; } = MailPriority.Normal;

    /// <summary>Further fields of the header. One that is made anyway is replaced.</summary>
    public IDictionary? Headers { get; init; }

    /// <summary>What it is to <see cref="Original"/>.</summary>
    public MessageAnswer Answer { get; init; }

    /// <summary>The message that is answered or sent on, in any form that <see cref="Sessions.MessageContent"/> knows.</summary>
    public object? Original { get; init; }

    /// <summary>True for a reply with the original's text below its own.</summary>
    public bool IsQuoting { get; init; }

    /// <summary>Makes the message, a MimeKit.MimeMessage.</summary>
    /// <exception cref="ArgumentException">An address is none, a field has a line end in it, a name is used twice, or something cannot be attached.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public object Compose() => MessageComposer.Compose(this);

    /// <summary>The names of <see cref="Pictures"/> that the HTML does not show, and those that it shows and are none of them.</summary>
    public (IReadOnlyList<string> Unused, IReadOnlyList<string> Missing) CheckPictures()
    {
        var named = Pictures.Select(one => one.Key).ToHashSet(StringComparer.Ordinal);
        var shown = HtmlText.PicturesOf(Html ?? "").ToHashSet(StringComparer.Ordinal);
        return ([.. named.Except(shown, StringComparer.Ordinal)], [.. shown.Except(named, StringComparer.Ordinal)]);
    }
}
