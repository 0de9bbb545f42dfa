using System.Globalization;
using System.Text;

namespace MailOps.Client.Mailboxes.Wire;

/// <summary>One response of a server (RFC 9051 section 7).</summary>
internal sealed record ImapResponse
{
    private static readonly string[] Conditions = ["OK", "NO", "BAD", "BYE", "PREAUTH"];

    /// <summary>The command's tag; <c>*</c> for an untagged response, <c>+</c> for the request to go on.</summary>
    public required string Tag { get; init; }

    /// <summary>The number before its name, such as that of a message.</summary>
    public uint Number { get; init; }

    /// <summary>Its name in capitals: <c>OK</c>, <c>FETCH</c>.</summary>
    public string Name { get; init; } = "";

    /// <summary>What is in brackets after a condition, or null: <c>APPENDUID 1 2</c>.</summary>
    public string? Code { get; init; }

    /// <summary>The human-readable text of a condition.</summary>
    public string Text { get; init; } = "";

    /// <summary>What follows the name of other responses.</summary>
    public IReadOnlyList<ImapValue> Values { get; init; } = [];

    /// <summary>True for OK, NO, BAD, BYE, PREAUTH and the request to go on: one line without values.</summary>
    public bool IsCondition => Tag == "+" || Conditions.Contains(Name, StringComparer.Ordinal);

    /// <summary>The words of the code, or none.</summary>
    public string[] CodeWords => Code?.Split(' ', StringSplitOptions.RemoveEmptyEntries) ?? [];

    /// <summary>Reads the beginning of a response.</summary>
    /// <param name="line">The first line, without its end.</param>
    /// <param name="rest">What is left of it for values.</param>
    /// <returns>Null if it is none.</returns>
    public static ImapResponse? Begin(ReadOnlySpan<byte> line, out ReadOnlySpan<byte> rest)
    {
        rest = [];
        var tag = Word(ref line);
        if (tag == "+")
            return new ImapResponse { Tag = tag, Text = Encoding.UTF8.GetString(line) };
        var name = Word(ref line).ToUpperInvariant();
        if (tag.Length == 0 || name.Length == 0)
            return null;
        if (Conditions.Contains(name, StringComparer.Ordinal))
            return Condition(tag, name, Encoding.UTF8.GetString(line));
        var hasNumber = uint.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var number);
        if (hasNumber)
            name = Word(ref line).ToUpperInvariant();
        rest = line;
        return new ImapResponse { Tag = tag, Number = number, Name = name };
    }

    private static ImapResponse Condition(string tag, string name, string text)
    {
        var end = text.StartsWith('[') ? text.IndexOf(']', StringComparison.Ordinal) : -1;
        return end < 0
            ? new ImapResponse { Tag = tag, Name = name, Text = text }
            : new ImapResponse { Tag = tag, Name = name, Code = text[1..end], Text = text[(end + 1)..].TrimStart() };
    }

    private static string Word(ref ReadOnlySpan<byte> line)
    {
        var end = line.IndexOf((byte)' ');
        var word = end < 0 ? line : line[..end];
        line = end < 0 ? [] : line[(end + 1)..];
        return Encoding.Latin1.GetString(word);
    }
}
