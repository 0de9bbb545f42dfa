using MailOps.Maildir;

namespace MailOps.Server.Imap.Commands;

/// <summary>
/// What one stretch of an APPEND says, up to octets that go into the store as they come or to the command's end: <c>append-message</c> of
/// RFC 3502, with the lists of parts of CATENATE (RFC 4469 section 5), which may go on in the next stretch.
/// </summary>
/// <param name="Steps">What it says, in order.</param>
/// <param name="Literal">The octets that follow; null at the command's end.</param>
/// <param name="InParts">True if a list of parts is open at its end.</param>
internal readonly record struct AppendLine(IReadOnlyList<AppendStep> Steps, LiteralHeader? Literal, bool InParts)
{
    /// <summary>How many messages begin in it.</summary>
    public int Messages => Steps.Count(step => step.Kind is AppendStepKind.Message or AppendStepKind.Parts);

    /// <summary>Reads a stretch.</summary>
    /// <param name="reader">At its first octet; for the first of a command after the space behind the mailbox.</param>
    /// <param name="isFirst">True if no message stands before it.</param>
    /// <param name="inParts">True if a list of parts is open.</param>
    /// <param name="line">What was read.</param>
    public static bool TryParse(ref ImapReader reader, bool isFirst, bool inParts, out AppendLine line)
    {
        var steps = new List<AppendStep>();
        LiteralHeader? literal = null;
        line = default;
        if (inParts && !TryParseParts(ref reader, isFirst: false, steps, ref inParts, out literal))
            return false;
        while (literal is null && !inParts && (isFirst || !reader.End))
        {
            if ((!isFirst && !reader.Space()) || !TryParseMessage(ref reader, steps, ref inParts, out literal))
                return false;
            isFirst = false;
        }

        line = new AppendLine(steps, literal, inParts);
        return reader.End;
    }

    private static bool TryParseMessage(ref ImapReader reader, List<AppendStep> steps, ref bool inParts, out LiteralHeader? literal)
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
            inParts = true;
            return reader.Space() && reader.Is('(') && TryParseParts(ref reader, isFirst: true, steps, ref inParts, out literal);
        }

        steps.Add(new AppendStep(AppendStepKind.Message, new AppendItem(flags, date, reader.Is('~'))));
        if (!reader.LiteralHeader(out var octets))
            return false;
        literal = octets;
        return true;
    }

    private static bool TryParseParts(ref ImapReader reader, bool isFirst, List<AppendStep> steps, ref bool inParts, out LiteralHeader? literal)
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

            if (!(reader.IsWord("URL") && reader.Space() && reader.AString(out var url)))
                return false;
            steps.Add(new AppendStep(AppendStepKind.Url, default, url));
        }

        steps.Add(new AppendStep(AppendStepKind.EndOfParts, default));
        inParts = false;
        return true;
    }
}
