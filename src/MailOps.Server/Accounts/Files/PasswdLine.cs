namespace MailOps.Server.Accounts.Files;

/// <summary>One line as it lies in the file, with its end, and what it is.</summary>
/// <param name="Octets">The line with its LF or CRLF; the last one may have none.</param>
/// <param name="Entry">The account, or null for a comment, an empty line and a broken one.</param>
/// <param name="Problem">What is wrong with a broken line, in words that show nothing of it; null otherwise.</param>
internal readonly record struct PasswdLine(ReadOnlyMemory<byte> Octets, PasswdEntry? Entry, string? Problem)
{
    /// <summary>A line of the file.</summary>
    public static PasswdLine Read(ReadOnlyMemory<byte> octets)
    {
        var content = octets.Span[..^FileLines.EndOf(octets.Span).Length];
        if (content.Trim(" \t"u8).IsEmpty || content[0] == (byte)'#')
            return new PasswdLine(octets, null, null);
        if (FileLines.ProblemOf(content) is { } problem)
            return new PasswdLine(octets, null, problem);

        var entry = PasswdEntry.Parse(FileLines.Utf8.GetString(content));
        return entry is null
            ? new PasswdLine(octets, null, "has no name and password: write name:{SCHEME}hash")
            : new PasswdLine(octets, entry, null);
    }

    /// <summary>The line with another entry and the same end.</summary>
    public PasswdLine With(PasswdEntry entry)
    {
        var end = FileLines.EndOf(Octets.Span);
        return new PasswdLine((byte[])[.. FileLines.Utf8.GetBytes(entry.ToLine()), .. end.IsEmpty ? "\n"u8 : end], entry, null);
    }

    /// <summary>A new line.</summary>
    public static PasswdLine Of(PasswdEntry entry) => default(PasswdLine).With(entry);
}
