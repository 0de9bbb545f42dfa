using System.Text;

namespace MailOps.Messages;

/// <summary>The names of the fields that a digest keeps.</summary>
internal static class HeaderFieldNames
{
    private static readonly byte[][] Names =
    [
        [.. "Date"u8], [.. "Subject"u8], [.. "From"u8], [.. "Sender"u8], [.. "Reply-To"u8], [.. "To"u8], [.. "Cc"u8], [.. "Bcc"u8],
        [.. "In-Reply-To"u8], [.. "Message-ID"u8], [.. "References"u8], [.. "Content-Type"u8], [.. "Content-Description"u8],
        [.. "Newsgroups"u8], [.. "Lines"u8], [.. "Priority"u8], [.. "X-Priority"u8], [.. "Importance"u8], [.. "X-Label"u8],
        [.. "X-Original-To"u8], [.. "List-Id"u8], [.. "List-Post"u8], [.. "List-Subscribe"u8], [.. "List-Unsubscribe"u8],
    ];

    // Most fields of a header are none of these: their lengths alone tell.
    private static readonly HeaderField[][] ByLength = MakeByLength();

    /// <summary>The field of a name, whatever its case.</summary>
    public static HeaderField Find(ReadOnlySpan<byte> name)
    {
        if (name.Length >= ByLength.Length)
            return HeaderField.None;
        foreach (var field in ByLength[name.Length])
        {
            if (Ascii.EqualsIgnoreCase(name, Names[(int)field - 1]))
                return field;
        }

        return HeaderField.None;
    }

    /// <summary>The field of a name, whatever its case.</summary>
    public static HeaderField Find(string name)
    {
        for (var i = 0; i < Names.Length; i++)
        {
            if (Ascii.EqualsIgnoreCase(Names[i], name))
                return (HeaderField)(i + 1);
        }

        return HeaderField.None;
    }

    private static HeaderField[][] MakeByLength()
    {
        var byLength = new HeaderField[Names.Max(name => name.Length) + 1][];
        for (var length = 0; length < byLength.Length; length++)
            byLength[length] = [.. Enumerable.Range(1, Names.Length).Where(i => Names[i - 1].Length == length).Select(i => (HeaderField)i)];
        return byLength;
    }
}
