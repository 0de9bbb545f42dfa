namespace MailOps.Transcripts;

/// <summary>Finds what must not be kept in the lines that a client sends: passwords and SASL responses of SMTP, POP3 and IMAP.</summary>
internal static class SecretMask
{
    /// <summary>What stands in the place of a secret.</summary>
    public const string Hidden = "[hidden]";

    /// <summary>The line with its secrets masked.</summary>
    /// <param name="line">One line, without its line end.</param>
    /// <param name="startsExchange">True if the line starts a SASL exchange, so that all further lines up to its end are secrets.</param>
    public static string Apply(string line, out bool startsExchange)
    {
        startsExchange = false;
        var words = new Words(line);
        var first = words.Next();
        if (Is(first, "AUTH"))
        {
            startsExchange = true;
            return KeepMechanism(line, words);
        }

        // POP3: APOP's digest can be attacked offline, so it counts as a secret (RFC 1939 section 7).
        if (Is(first, "PASS"))
            return Cut(line, words.Position);
        if (Is(first, "APOP"))
        {
            words.Next();
            return Cut(line, words.Position);
        }

        // IMAP: the command comes after the tag.
        var second = words.Next();
        if (Is(second, "AUTHENTICATE"))
        {
            startsExchange = true;
            return KeepMechanism(line, words);
        }

        if (Is(second, "LOGIN"))
        {
            // The user's name may be quoted with spaces in it: all arguments go.
            return Cut(line, words.Position);
        }

        return line;
    }

    private static string KeepMechanism(string line, Words words)
    {
        words.Next();
        return Cut(line, words.Position);
    }

    private static string Cut(string line, int position) =>
        position < line.Length && line.AsSpan(position).Trim(' ').Length > 0 ? $"{line[..position]} {Hidden}" : line;

    private static bool Is(ReadOnlySpan<char> word, string name) => word.Equals(name, StringComparison.OrdinalIgnoreCase);

    private ref struct Words(string line)
    {
        /// <summary>Where the last word ended.</summary>
        public int Position { get; private set; }

        public ReadOnlySpan<char> Next()
        {
            var start = Position;
            while (start < line.Length && line[start] is ' ' or '\t')
                start++;
            var end = start;
            while (end < line.Length && line[end] is not (' ' or '\t'))
                end++;
            Position = end;
            return line.AsSpan(start, end - start);
        }
    }
}
