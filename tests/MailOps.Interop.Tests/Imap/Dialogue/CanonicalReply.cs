using System.Text;
using System.Text.RegularExpressions;

namespace MailOps.Interop.Tests.Imap.Dialogue;

/// <summary>
/// Replies in one spelling: strings quoted however they came, items of a FETCH by name, flags and attributes in order, and no words that
/// only people read. What each server numbers as it likes (UIDVALIDITY, mod-sequences, identifiers) is a letter.
/// </summary>
internal static partial class CanonicalReply
{
    /// <summary>A command's replies; untagged ones in order, the tagged one last.</summary>
    /// <param name="lines">The replies.</param>
    /// <param name="tag">The command's tag.</param>
    /// <param name="separator">The separator of names, which becomes <c>|</c>.</param>
    /// <param name="isOrdered">False where the order of untagged replies is the server's to choose.</param>
    public static string Of(IEnumerable<string> lines, string tag, char separator, bool isOrdered)
    {
        var replies = Expunged(lines.Select(line => Of(line, tag, separator)).Where(line => line.Length > 0));
        return string.Join('\n', isOrdered ? replies : replies.SkipLast(1).Order(StringComparer.Ordinal).Append(replies[^1]));
    }

    // Messages may be removed from the first on or from the last on: the numbers that they had before the command. RECENT, which one
    // server tells then and the other does not, is not told (RFC 3501 section 7.3.2 leaves that open).
    private static List<string> Expunged(IEnumerable<string> replies)
    {
        var kept = new List<string>();
        var gone = new SortedSet<int>();
        foreach (var reply in replies)
        {
            if (!reply.EndsWith(" EXPUNGE", StringComparison.Ordinal))
            {
                if (gone.Count == 0 || !reply.EndsWith(" RECENT", StringComparison.Ordinal))
                    kept.Add(reply);
                continue;
            }

            var number = int.Parse(reply.Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture);
            foreach (var before in gone)
            {
                if (before <= number)
                    number++;
            }

            gone.Add(number);
        }

        if (gone.Count > 0)
            kept.Insert(kept.Count - 1, "* EXPUNGED " + string.Join(' ', gone));
        return kept;
    }

    private static string Of(string line, string tag, char separator)
    {
        if (StatusPattern().Match(line) is { Success: true } status)
        {
            var code = Masked(status.Groups["code"].Value);
            var isTagged = status.Groups["tag"].Value == tag;
            // An untagged OK without a code is talk.
            return isTagged || code.Length > 0 || status.Groups["kind"].Value != "OK" ? $"{(isTagged ? "tag" : "*")} {status.Groups["kind"].Value} {code}".TrimEnd() : "";
        }

        var at = 0;
        var tokens = Tokens(line, ref at);
        if (tokens is ["*", _, "FETCH", ['(', ..] items])
            return $"* {tokens[1]} FETCH ({Items(items[1..^1])})";
        if (tokens is ["*", "LIST" or "LSUB", var attributes, ..])
            return $"* {tokens[1]} {Sorted(attributes)} {string.Join(' ', tokens.Skip(3).Select((token, i) => i == 1 ? Named(token, separator) : token.Replace("CHILDINFO", "\"CHILDINFO\"", StringComparison.Ordinal).Replace("\"\"", "\"", StringComparison.Ordinal)))}".Replace($"\"{separator}\"", "\"|\"", StringComparison.Ordinal);
        if (tokens is ["*", "FLAGS", var flags])
            return "* FLAGS " + Sorted(flags);
        if (tokens is ["*", "STATUS", var mailbox, ['(', ..] counts])
            return $"* STATUS {Named(mailbox, separator)} ({Items(counts[1..^1])})";
        return Masked(string.Join(' ', tokens));
    }

    private static string Items(string list)
    {
        var at = 0;
        var tokens = Tokens(list, ref at);
        var items = new List<string>();
        for (var i = 0; i + 1 < tokens.Count; i += 2)
        {
            var name = tokens[i].ToUpperInvariant();
            items.Add(name switch
            {
                "FLAGS" => $"{name} {Sorted(tokens[i + 1])}",
                // A digit alone may have a zero before it or a space (RFC 3501 section 9, date-day-fixed).
                "INTERNALDATE" => $"{name} {tokens[i + 1].Replace("\" ", "\"0", StringComparison.Ordinal)}",
                // What is not there is NIL here (RFC 9051 section 4.5), and empty there.
                _ when name.StartsWith("BODY[", StringComparison.Ordinal) && tokens[i + 1] == "NIL" => $"{name} \"\"",
                "MODSEQ" or "EMAILID" or "UIDVALIDITY" or "HIGHESTMODSEQ" or "MAILBOXID" => $"{name} N",
                _ => $"{name} {tokens[i + 1]}",
            });
        }

        return string.Join(' ', items.Order(StringComparer.Ordinal));
    }

    private static string Sorted(string list) => "(" + string.Join(' ', list.Trim('(', ')').Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(one => one.ToLowerInvariant()).Order(StringComparer.Ordinal)) + ")";

    private static string Masked(string text)
    {
        text = NumberedPattern().Replace(text, "${name} N");
        text = MailboxIdPattern().Replace(text, "");
        return text.StartsWith("PERMANENTFLAGS", StringComparison.Ordinal) ? "PERMANENTFLAGS " + Sorted(text["PERMANENTFLAGS ".Length..]) : text;
    }

    // Words, strings (always as quoted ones) and lists (with their brackets), up to the end or to a closing bracket.
    private static List<string> Tokens(string text, ref int at)
    {
        var tokens = new List<string>();
        while (at < text.Length && text[at] != ')')
        {
            if (text[at] == ' ')
            {
                at++;
                continue;
            }

            tokens.Add(Token(text, ref at));
        }

        return tokens;
    }

    private static string Token(string text, ref int at)
    {
        switch (text[at])
        {
            case '(':
                at++;
                // Lists of lists follow each other without a space.
                var inner = Tokens(text, ref at);
                at++;
                return "(" + string.Join(' ', inner) + ")";
            case '"':
                var quoted = new StringBuilder();
                for (at++; at < text.Length && text[at] != '"'; at++)
                {
                    if (text[at] == '\\')
                        at++;
                    quoted.Append(text[at]);
                }

                at++;
                return Quoted(quoted.ToString());
            case '{' or '~':
                var end = text.IndexOf('}', at);
                var size = int.Parse(text.AsSpan(text.IndexOf('{', at) + 1, end - text.IndexOf('{', at) - 1), System.Globalization.CultureInfo.InvariantCulture);
                var literal = text.Substring(end + 3, size);
                at = end + 3 + size;
                return Quoted(literal);
            default:
                // BODY[HEADER.FIELDS (a b)]<0> is one word.
                var start = at;
                var depth = 0;
                while (at < text.Length && (depth > 0 || text[at] is not (' ' or ')' or '(')))
                {
                    depth += text[at] == '[' ? 1 : text[at] == ']' ? -1 : 0;
                    at++;
                }

                return text[start..at];
        }
    }

    // A name may come as an atom or as a string.
    private static string Named(string name, char separator) => (name[0] == '"' ? name : Quoted(name)).Replace(separator, '|');

    private static string Quoted(string text) => "\"" + text.ReplaceLineEndings("¶").Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal) + "\"";

    [GeneratedRegex(@"^(?<tag>\S+) (?<kind>OK|NO|BAD|BYE)( \[(?<code>[^\]]*)\])?", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex StatusPattern();

    [GeneratedRegex(@"(?<name>UIDVALIDITY|HIGHESTMODSEQ|APPENDUID|COPYUID|MODSEQ) \d+", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex NumberedPattern();

    [GeneratedRegex(@"MAILBOXID \([^)]*\)", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex MailboxIdPattern();
}
