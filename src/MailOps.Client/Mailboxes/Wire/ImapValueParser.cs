using System.Text;
using MailOps.Client.Migration;

namespace MailOps.Client.Mailboxes.Wire;

/// <summary>Makes values of the lines and literals of one response, as they come (RFC 9051 section 9).</summary>
internal sealed class ImapValueParser
{
    private const int MaxDepth = 32;

    private readonly Stack<List<ImapValue>> _open = new([[]]);

    /// <summary>All values, when the response is over; null if a list was not closed.</summary>
    public IReadOnlyList<ImapValue>? Values => _open.Count == 1 ? _open.Peek() : null;

    /// <summary>Takes a line, or the part of it before a literal.</summary>
    /// <returns>False if it is not the protocol.</returns>
    public bool Take(ReadOnlySpan<byte> line)
    {
        while (true)
        {
            line = line.TrimStart((byte)' ');
            if (line.IsEmpty)
                return true;
            switch (line[0])
            {
                case (byte)'(' when _open.Count <= MaxDepth:
                    _open.Push([]);
                    line = line[1..];
                    break;
                case (byte)')' when _open.Count > 1:
                    var list = _open.Pop();
                    _open.Peek().Add(new ImapValue(Text: null, list));
                    line = line[1..];
                    break;
                case (byte)'(' or (byte)')':
                    return false;
                case (byte)'"':
                    if (!TakeQuoted(ref line))
                        return false;
                    break;
                default:
                    TakeAtom(ref line);
                    break;
            }
        }
    }

    /// <summary>Takes a literal.</summary>
    public void Take(MessageSpool content) => _open.Peek().Add(new ImapValue(Text: null, Items: null, content));

    /// <summary>Gives up what literals were taken.</summary>
    public void Discard()
    {
        foreach (var value in _open.SelectMany(list => list))
            Discard(value);
    }

    /// <summary>Gives up the literals in a value.</summary>
    public static void Discard(ImapValue value)
    {
        foreach (var content in Contents(value))
            content.Dispose();
    }

    private static IEnumerable<MessageSpool> Contents(ImapValue value) =>
        value.Content is { } content ? [content] : (value.Items ?? []).SelectMany(Contents);

    private bool TakeQuoted(ref ReadOnlySpan<byte> line)
    {
        var text = new StringBuilder();
        for (var i = 1; i < line.Length; i++)
        {
            switch (line[i])
            {
                case (byte)'"':
                    _open.Peek().Add(new ImapValue(text.ToString()));
                    line = line[(i + 1)..];
                    return true;
                case (byte)'\\' when i + 1 < line.Length:
                    i++;
                    break;
            }

            text.Append((char)line[i]);
        }

        return false;
    }

    // What is in brackets belongs to the atom before them, with spaces and parentheses: BODY[HEADER.FIELDS (DATE)].
    private void TakeAtom(ref ReadOnlySpan<byte> line)
    {
        var end = line.IndexOfAny(" ()["u8);
        if (end >= 0 && line[end] == '[')
        {
            var bracket = line[end..].IndexOf((byte)']');
            var rest = bracket < 0 ? -1 : line[(end + bracket)..].IndexOfAny(" ()"u8);
            end = rest < 0 ? -1 : end + bracket + rest;
        }

        var atom = end < 0 ? line : line[..end];
        _open.Peek().Add(new ImapValue(atom.SequenceEqual("NIL"u8) ? null : Encoding.Latin1.GetString(atom)));
        line = line[atom.Length..];
    }
}
