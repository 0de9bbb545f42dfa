using System.Text;

namespace MailOps.Trust.Dkim;

/// <summary>
/// Writes a field of tags (RFC 6376 section 3.2) in lines of 78 columns at the most, where no name is longer than that. The tag b is the last,
/// so that what is signed is the field up to it.
/// </summary>
/// <param name="name">The field's name.</param>
internal sealed class FoldedTags(string name)
{
    private const int Columns = 78;

    private readonly StringBuilder _text = new(name + ':');
    private int _column = name.Length + 1;

    /// <summary>Adds a tag with a space in front of it, in the same line or the next.</summary>
    public FoldedTags Tag(string tag)
    {
        if (_column + 1 + tag.Length > Columns)
            Fold();
        else
            Write(" ");
        return Write(tag);
    }

    /// <summary>Adds a tag with a list of names.</summary>
    public FoldedTags List(string tag, IReadOnlyList<string> names)
    {
        for (var i = 0; i < names.Count; i++)
        {
            var piece = names[i] + (i < names.Count - 1 ? ':' : ';');
            if (i == 0)
                Tag($"{tag}={piece}");
            else
                Piece(piece);
        }

        return this;
    }

    /// <summary>The field without a signature and without a line end, as it is signed (section 3.7).</summary>
    public byte[] Unsigned() => Encoding.ASCII.GetBytes(_text.ToString());

    /// <summary>The whole field with its line end. To be called once.</summary>
    public string Sign(byte[] signature)
    {
        var rest = Convert.ToBase64String(signature).AsSpan();
        while (true)
        {
            var now = Math.Min(rest.Length, Columns - _column);
            _text.Append(rest[..now]);
            rest = rest[now..];
            if (rest.IsEmpty)
                break;
            _text.Append("\r\n ");
            _column = 1;
        }

        return _text.Append("\r\n").ToString();
    }

    private void Piece(string piece)
    {
        if (_column + piece.Length > Columns)
            Fold();
        Write(piece);
    }

    private void Fold()
    {
        _text.Append("\r\n ");
        _column = 1;
    }

    private FoldedTags Write(string text)
    {
        _text.Append(text);
        _column += text.Length;
        return this;
    }
}
