namespace MailOps.Server.Imap.Commands;

/// <summary>LANGUAGE (RFC 5255 section 3.2). What people read here is English, whichever name for that they ask for.</summary>
internal sealed class LanguageCommand : ImapCommand<IReadOnlyList<string>>
{
    private const int MostRanges = 100;

    public override string Name => "LANGUAGE";

    public override ImapStates States => ImapStates.Any;

    public override Capability? Requires => Capability.Language;

    protected override bool TryParse(ref ImapReader reader, out IReadOnlyList<string> arguments)
    {
        var ranges = new List<string>();
        arguments = ranges;
        while (reader.Space())
        {
            if (ranges.Count == MostRanges || !reader.AString(out var range))
                return false;
            ranges.Add(range);
        }

        return true;
    }

    protected override ValueTask<Completion> ExecuteAsync(ImapSession session, IReadOnlyList<string> arguments, CancellationToken cancel)
    {
        if (arguments.Count == 0)
        {
            session.Replies.Raw("* LANGUAGE (EN i-default)\r\n"u8);
            return new(Completion.Ok("These are known"));
        }

        if (!arguments.Any(IsEnglish))
            return new(Completion.No(ResponseCode.Cannot, "English alone is known: EN and i-default"));
        session.Replies.Raw("* LANGUAGE (EN)\r\n"u8);
        return new(Completion.Ok("English it is"));
    }

    // RFC 4647 section 3.4, lookup: of en-CA the beginning will do.
    private static bool IsEnglish(string range) =>
        range == "*"
        || range.Equals("default", StringComparison.OrdinalIgnoreCase)
        || range.Equals("i-default", StringComparison.OrdinalIgnoreCase)
        || range.Equals("en", StringComparison.OrdinalIgnoreCase)
        || range.StartsWith("en-", StringComparison.OrdinalIgnoreCase);
}
