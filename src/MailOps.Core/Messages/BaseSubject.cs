using System.Text;

namespace MailOps.Messages;

/// <summary>A subject without what replies, forwards and lists put around it (RFC 5256 section 2.1): by it subjects are sorted and threads found.</summary>
/// <param name="Text">What is left; maybe nothing.</param>
/// <param name="IsReply">True if something was taken away that marks a reply or forward (RFC 5256 section 3, THREAD).</param>
internal readonly record struct BaseSubject(string Text, bool IsReply)
{
    private const string Trailer = "(fwd)";
    private const string ForwardHeader = "[fwd:";

    /// <summary>The base of a subject that is decoded; it may still be folded.</summary>
    public static BaseSubject Of(string subject)
    {
        var isReply = false;
        var rest = WithSingleSpaces(subject).AsSpan();
        while (true)
        {
            rest = WithoutTrailers(rest, ref isReply);
            rest = WithoutPrefixes(rest, ref isReply);
            if (!rest.StartsWith(ForwardHeader, StringComparison.OrdinalIgnoreCase) || rest[^1] != ']')
                return new BaseSubject(rest.ToString(), isReply);
            isReply = true;
            rest = rest[ForwardHeader.Length..^1];
        }
    }

    private static ReadOnlySpan<char> WithoutTrailers(ReadOnlySpan<char> text, scoped ref bool isReply)
    {
        while (true)
        {
            text = text.TrimEnd(' ');
            if (!text.EndsWith(Trailer, StringComparison.OrdinalIgnoreCase))
                return text;
            isReply = true;
            text = text[..^Trailer.Length];
        }
    }

    // Steps 3 to 5: leaders, and blobs as long as something follows them. Each blob is looked at once, however many there are.
    private static ReadOnlySpan<char> WithoutPrefixes(ReadOnlySpan<char> text, scoped ref bool isReply)
    {
        while (true)
        {
            text = text.TrimStart(' ');
            var (last, end) = BlobsOf(text);
            if (MarkOf(text[end..]) is not (> 0 and var mark))
                return end < text.Length ? text[end..] : text[last..];
            isReply = true;
            text = text[(end + mark)..];
        }
    }

    // The blobs that a text begins with: where the last one is, and where they end.
    private static (int Last, int End) BlobsOf(ReadOnlySpan<char> text)
    {
        var (last, end) = (0, 0);
        while (BlobOf(text[end..]) is > 0 and var blob)
            (last, end) = (end, end + blob);
        return (last, end);
    }

    // subj-refwd: re, fw or fwd, maybe a blob, and a colon. Its length, or 0.
    private static int MarkOf(ReadOnlySpan<char> text)
    {
        var at = text.StartsWith("fwd", StringComparison.OrdinalIgnoreCase) ? 3
            : text.StartsWith("re", StringComparison.OrdinalIgnoreCase) || text.StartsWith("fw", StringComparison.OrdinalIgnoreCase) ? 2
            : 0;
        if (at == 0)
            return 0;
        while (at < text.Length && text[at] == ' ')
            at++;
        at += BlobOf(text[at..]);
        return at < text.Length && text[at] == ':' ? at + 1 : 0;
    }

    // subj-blob with the spaces behind it: its length, or 0.
    private static int BlobOf(ReadOnlySpan<char> text)
    {
        if (!text.StartsWith('['))
            return 0;
        var end = text[1..].IndexOfAny('[', ']') + 1;
        if (end == 0 || text[end] == '[')
            return 0;
        end++;
        while (end < text.Length && text[end] == ' ')
            end++;
        return end;
    }

    // Line ends go; tabs and what continues a line are spaces, and many of them are one.
    private static string WithSingleSpaces(string subject)
    {
        if (!subject.AsSpan().ContainsAny('\t', '\r', '\n') && !subject.Contains("  ", StringComparison.Ordinal))
            return subject;
        var text = new StringBuilder(subject.Length);
        foreach (var c in subject)
        {
            if (c is '\r' or '\n')
                continue;
            if (c is not (' ' or '\t'))
                text.Append(c);
            else if (text.Length == 0 || text[^1] != ' ')
                text.Append(' ');
        }

        return text.ToString();
    }
}
