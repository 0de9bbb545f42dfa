namespace MailOps.Server.Imap.Metadata;

/// <summary>What GETMETADATA is asked (RFC 5464 section 4.2).</summary>
/// <param name="Mailbox">The mailbox; null for the account, which is the server to its client.</param>
/// <param name="Entries">The names of entries, in small letters.</param>
internal readonly record struct GetMetadataArguments(string? Mailbox, IReadOnlyList<string> Entries)
{
    /// <summary>The octets that a value may have to be told; null for any number.</summary>
    public uint? MaxSize { get; init; }

    /// <summary>How many levels below each entry are told as well.</summary>
    public int Depth { get; init; }

    /// <summary>Reads them. The options may stand before the mailbox, as the grammar has it, or behind it, as the examples have it.</summary>
    public static bool TryParse(ref ImapReader reader, out GetMetadataArguments arguments)
    {
        arguments = default;
        if (!reader.Space() || (reader.Sees('(') && !(arguments.TryTakeOptions(ref reader, out arguments) && reader.Space())))
            return false;
        if (!(reader.Mailbox(out var mailbox) && reader.Space()))
            return false;
        // A list of options is none of entries, whose names begin with a slash.
        if (reader.Sees('(') && arguments.TryTakeOptions(ref reader, out var behind))
        {
            arguments = behind;
            if (!reader.Space())
                return false;
        }

        if (!EntryName.TryParseList(ref reader, out var entries))
            return false;
        arguments = arguments with { Mailbox = mailbox.Length == 0 ? null : mailbox, Entries = entries };
        return true;
    }

    // Takes nothing if it is no list of options.
    private bool TryTakeOptions(ref ImapReader reader, out GetMetadataArguments arguments)
    {
        var before = reader;
        arguments = this;
        reader.Is('(');
        do
        {
            if (!reader.Word(out var word) || !reader.Space() || !arguments.TryTake(word, ref reader, out arguments))
            {
                reader = before;
                return false;
            }
        }
        while (reader.Space());
        if (reader.Is(')'))
            return true;
        reader = before;
        return false;
    }

    private bool TryTake(string word, ref ImapReader reader, out GetMetadataArguments arguments)
    {
        arguments = this;
        switch (word)
        {
            case "MAXSIZE" when reader.Number(out var size):
                arguments = this with { MaxSize = size };
                return true;
            case "DEPTH" when reader.Word(out var depth) && depth is "0" or "1" or "INFINITY":
                arguments = this with { Depth = depth switch { "0" => 0, "1" => 1, _ => int.MaxValue } };
                return true;
            default:
                return false;
        }
    }
}
