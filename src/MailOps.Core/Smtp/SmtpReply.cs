using System.Collections.Immutable;

namespace MailOps.Smtp;

/// <summary>A reply of an SMTP server (RFC 5321 section 4.2).</summary>
/// <param name="Code">The three digits.</param>
/// <param name="Enhanced">The enhanced status code, if the reply has one (RFC 2034).</param>
/// <param name="Lines">The text of each line, without the codes. At least one.</param>
public sealed record SmtpReply(int Code, EnhancedStatusCode? Enhanced, ImmutableArray<string> Lines)
{
    /// <summary>A reply of one line.</summary>
    public SmtpReply(int code, EnhancedStatusCode? enhanced, string text)
        : this(code, enhanced, [text])
    {
    }

    /// <summary>True for 2xx: done.</summary>
    public bool IsPositive => Code is >= 200 and < 300;

    /// <summary>True for 3xx: more is expected.</summary>
    public bool IsIntermediate => Code is >= 300 and < 400;

    /// <summary>True for 4xx: not now.</summary>
    public bool IsTransient => Code is >= 400 and < 500;

    /// <summary>True for 5xx: not this way.</summary>
    public bool IsPermanent => Code is >= 500 and < 600;

    /// <summary>The reply as one line of text: codes first, the lines joined by a space, without control characters.</summary>
    public override string ToString()
    {
        var text = Plain(string.Join(' ', Lines));
        return Enhanced is { } enhanced ? $"{Code} {enhanced} {text}" : $"{Code} {text}";
    }

    /// <summary>A stranger's words for people: control characters, which are no text (RFC 5321 section 4.2) and which a terminal would obey, become question marks.</summary>
    internal static string Plain(string words) =>
        words.Any(char.IsControl) ? string.Concat(words.Select(c => c == '\t' ? ' ' : char.IsControl(c) ? '?' : c)) : words;
}
