using System.Collections.Immutable;
using MailOps.Messages;

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

    // More words than that nobody reads, and they are written down with every try.
    private const int MostShown = 2000;

    /// <summary>The reply as one line of text: codes first, the lines joined by a space, without control characters, and not longer than about 2,000 characters.</summary>
    public override string ToString() => Enhanced is { } enhanced ? $"{Code} {enhanced} {Words()}" : $"{Code} {Words()}";

    /// <summary>The reply for whoever keeps it: with its words as they are shown.</summary>
    internal SmtpReply Kept() => new(Code, Enhanced, Words());

    /// <summary>
    /// A stranger's words for people: control characters, which are no text (RFC 5321 section 4.2) and which a terminal would obey, become
    /// question marks, and what is longer than about 2,000 characters is cut.
    /// </summary>
    internal static string Plain(string words)
    {
        words = ShortText.Shown(words, MostShown);
        return words.Any(char.IsControl) ? string.Concat(words.Select(c => c == '\t' ? ' ' : char.IsControl(c) ? '?' : c)) : words;
    }

    private string Words() => Plain(string.Join(' ', Lines));
}
