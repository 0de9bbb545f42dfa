using Microsoft.Win32.SafeHandles;

namespace MailOps.Client.Mboxes;

/// <summary>Finds the messages of a file, one after another.</summary>
/// <remarks>
/// A message begins with a line <c>From </c> after an empty line. Where the file's first one has a date, so must all others: a sentence in a
/// body that begins with that word begins no message. Where <c>Content-Length</c> leads to the end of the file or to such a line, it counts.
/// </remarks>
internal sealed class MboxScanner(SafeFileHandle file, long length, MboxDialect? dialect)
{
    private readonly MboxLines _lines = new(file, length);
    private bool _isAtMessage;
    private bool _needsDate;
    private bool _hasBegun;

    /// <summary>Finds the next one.</summary>
    /// <returns>Null at the end of the file.</returns>
    /// <exception cref="FormatException">The file is none of messages.</exception>
    public MboxEntry? Next()
    {
        if (!_hasBegun)
            Begin();
        if (!_isAtMessage)
            return null;
        var offset = _lines.Offset;
        var from = MboxFromLine.Read(_lines.Text);
        var header = _lines.Next;
        var fields = new MboxStoreFields();
        var mozilla = new MozillaFields();
        var (headerEnd, body) = ReadHeader(fields, mozilla);
        // Other keepers write Status, and leave what Thunderbird has written to the message.
        var isMozilla = fields.Start() is null && mozilla.AreThere;
        var (store, storeEnd) = isMozilla ? (header, mozilla.End) : (fields.Start() ?? headerEnd, headerEnd);
        var isCounted = dialect is not (MboxDialect.Mboxo or MboxDialect.Mboxrd) && fields.ContentLength is { } counted && IsEnd(body + counted, body);
        var end = isCounted ? body + fields.ContentLength!.Value : ReadBody(headerEnd, body);
        return new MboxEntry
        {
            Offset = offset,
            HeaderOffset = header,
            BodyOffset = Math.Min(body, end),
            End = end,
            StoreFieldsOffset = store,
            StoreFieldsEnd = storeEnd,
            Dialect = dialect ?? (isCounted ? MboxDialect.Mboxcl2 : MboxDialect.Mboxrd),
            Sender = from?.Sender is { Length: > 0 } and not "-" and not "MAILER-DAEMON" ? from.Value.Sender : null,
            Date = from?.Date,
            Flags = isMozilla ? mozilla.Flags() : fields.Flags(),
        };
    }

    private void Begin()
    {
        _hasBegun = true;
        _isAtMessage = SkipBlank();
        if (!_isAtMessage)
            return;
        if (!_lines.Text.StartsWith(MboxFromLine.Start))
            throw new FormatException("It does not begin with a line 'From sender date': it is no mbox file.");
        _needsDate = MboxFromLine.Read(_lines.Text) is not null;
    }

    // The empty line ends the header; if it is also the one before the next message, it is not the message's.
    private (long End, long Body) ReadHeader(MboxStoreFields fields, MozillaFields mozilla)
    {
        while (_lines.Read())
        {
            if (_lines.IsBlank)
                return (_lines.Offset, _lines.Next);
            fields.Take(_lines.Text, _lines.Offset);
            mozilla.Take(_lines.Text, _lines.Next);
        }

        _isAtMessage = false;
        return (_lines.Next, _lines.Next);
    }

    private long ReadBody(long blank, long body)
    {
        if (!_isAtMessage)
            return body;
        _lines.Seek(body);
        for (var lastBlank = blank; ;)
        {
            if (!_lines.Read())
            {
                _isAtMessage = false;
                return lastBlank >= 0 ? lastBlank : _lines.Next;
            }

            if (lastBlank >= 0 && IsSeparator())
                return lastBlank;
            lastBlank = _lines.IsBlank ? _lines.Offset : -1;
        }
    }

    // True if a message that began before may end there: then the next line is the next message's first.
    private bool IsEnd(long offset, long body)
    {
        if (!_isAtMessage || offset > _lines.Length)
            return false;
        Span<byte> before = stackalloc byte[1];
        _lines.Seek(offset);
        _isAtMessage = SkipBlank();
        if (!_isAtMessage)
            return true;
        if (IsSeparator() && (_lines.Offset > offset || offset == body || (RandomAccess.Read(file, before, offset - 1) == 1 && before[0] == '\n')))
            return true;
        _isAtMessage = true;
        return false;
    }

    private bool IsSeparator() => _lines.Text.StartsWith(MboxFromLine.Start) && (!_needsDate || MboxFromLine.Read(_lines.Text) is not null);

    private bool SkipBlank()
    {
        while (_lines.Read())
        {
            if (!_lines.IsBlank)
                return true;
        }

        return false;
    }
}
