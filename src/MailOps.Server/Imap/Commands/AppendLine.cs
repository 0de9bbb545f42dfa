using MailOps.Maildir;

namespace MailOps.Server.Imap.Commands;

/// <summary>
/// What one stretch of an APPEND says, up to octets that go into the store as they come or to the command's end: <c>append-message</c> of
/// RFC 3502, with the lists of parts of CATENATE (RFC 4469 section 5), which may go on in the next stretch.
/// </summary>
/// <param name="Steps">What it says, in order.</param>
/// <param name="Literal">The octets that follow; null at the command's end.</param>
/// <param name="Open">What is open at its end.</param>
internal readonly record struct AppendLine(IReadOnlyList<AppendStep> Steps, LiteralHeader? Literal, AppendBrackets Open)
{
    // What stands before a literal is read again for each literal: it is kept short.
    private const int MostSteps = 1000;

    /// <summary>How many messages begin in it.</summary>
    public int Messages => Steps.Count(step => step.Kind is AppendStepKind.Message or AppendStepKind.Parts);

    /// <summary>Reads a stretch.</summary>
    /// <param name="reader">At its first octet; for the first of a command after the space behind the mailbox.</param>
    /// <param name="isFirst">True if no message stands before it.</param>
    /// <param name="open">What is open.</param>
    /// <param name="line">What was read.</param>
    public static bool TryParse(ref ImapReader reader, bool isFirst, AppendBrackets open, out AppendLine line)
    {
        var steps = new List<AppendStep>();
        LiteralHeader? literal = null;
        line = default;
        if (open.HasFlag(AppendBrackets.Utf8) && !reader.Is(')'))
            return false;
        open &= ~AppendBrackets.Utf8;
        if (open.HasFlag(AppendBrackets.Parts) && !TryParseParts(ref reader, isFirst: false, steps, ref open, out literal))
            return false;
        while (literal is null && open == AppendBrackets.None && (isFirst || !reader.End))
        {
            if ((!isFirst && !reader.Space()) || !TryParseMessage(ref reader, steps, ref open, out literal))
                return false;
            isFirst = false;
        }

        line = new AppendLine(steps, literal, open);
        return reader.End;
    }

    private static bool TryParseMessage(ref ImapReader reader, List<AppendStep> steps, ref AppendBrackets open, out LiteralHeader? literal)
    {
        literal = null;
        var flags = MessageFlagSet.None;
        if (reader.Sees('(') && !(reader.FlagList(out flags) && reader.Space()))
            return false;

        DateTimeOffset? date = null;
        if (reader.Sees('"'))
        {
            if (!(reader.DateTime(out var given) && reader.Space()))
                return false;
            date = given;
        }

        if (reader.IsWord("CATENATE"))
        {
            steps.Add(new AppendStep(AppendStepKind.Parts, new AppendItem(flags, date, IsBinary: false)));
            open = AppendBrackets.Parts;
            return reader.Space() && reader.Is('(') && TryParseParts(ref reader, isFirst: true, steps, ref open, out literal);
        }

        if (reader.IsWord("UTF8"))
        {
            steps.Add(new AppendStep(AppendStepKind.Message, new AppendItem(flags, date, IsBinary: false)));
            return TryParseUtf8(ref reader, ref open, out literal);
        }

        steps.Add(new AppendStep(AppendStepKind.Message, new AppendItem(flags, date, reader.Is('~'))));
        if (!reader.LiteralHeader(out var octets))
            return false;
        literal = octets;
        return true;
    }

    // RFC 6855 section 4: a literal8 whose header is in UTF-8. It is text, as every message.
    private static bool TryParseUtf8(ref ImapReader reader, ref AppendBrackets open, out LiteralHeader? literal)
    {
        literal = null;
        if (!(reader.Space() && reader.Is('(') && reader.Is('~') && reader.LiteralHeader(out var octets)))
            return false;
        literal = octets;
        open |= AppendBrackets.Utf8;
        return true;
    }

    private static bool TryParseParts(ref ImapReader reader, bool isFirst, List<AppendStep> steps, ref AppendBrackets open, out LiteralHeader? literal)
    {
        literal = null;
        while (isFirst || !reader.Is(')'))
        {
            if (!isFirst && !reader.Space())
                return false;
            isFirst = false;
            if (reader.IsWord("TEXT"))
            {
                // RFC 3516 has no literal8 here; RFC 4466's literal8 of append-data is that of a whole message.
                if (!reader.Space() || !reader.LiteralHeader(out var octets))
                    return false;
                literal = octets;
                return true;
            }

            if (reader.IsWord("UTF8"))
                return TryParseUtf8(ref reader, ref open, out literal);
            if (steps.Count >= MostSteps || !(reader.IsWord("URL") && reader.Space() && reader.AString(out var url)))
                return false;
            steps.Add(new AppendStep(AppendStepKind.Url, default, url));
        }

        steps.Add(new AppendStep(AppendStepKind.EndOfParts, default));
        open = AppendBrackets.None;
        return true;
    }
}

/// <summary>What is open where a stretch of an APPEND ends.</summary>
[Flags]
internal enum AppendBrackets
{
    None = 0,

    /// <summary>The list of parts of CATENATE.</summary>
    Parts = 1,

    /// <summary>The brackets around the octets of UTF8 (RFC 6855 section 4).</summary>
    Utf8 = 2,
}
