using System.Text;
using MailOps.Wire;

namespace MailOps.Messages;

/// <summary>
/// The header of a submitted message on its way in (RFC 6409 section 8): Date and Message-ID are put in where they are missing, and Bcc is
/// taken out, which is for the sender alone. All else stays as it came, octet for octet. Not everybody lets a header end at a line that is no
/// field, or reads on over a CR without LF: what is named Bcc goes wherever it stands before the first empty line.
/// </summary>
/// <param name="sink">Gets what the client sent and is stored.</param>
/// <param name="added">Gets what is put in.</param>
/// <param name="dropped">Gets what the client sent and is taken out.</param>
/// <param name="date">The value of a Date field.</param>
/// <param name="messageId">The value of a Message-ID field.</param>
internal sealed class SubmissionHeader(DotStuffedDecoder.Sink sink, DotStuffedDecoder.Sink added, DotStuffedDecoder.Sink dropped, string date, string messageId)
{
    // RFC 5322 section 2.1.1: a line has 998 characters at the most. What is longer without a colon is no field.
    private const int LongestName = 998;

    private readonly byte[] _held = new byte[LongestName];
    private int _heldLength;
    private State _state = State.LineStart;
    private bool _isDropping;
    private bool _hasBegun;
    private bool _hasDate;
    private bool _hasMessageId;
    private bool _isBroken;
    private bool _isEmpty;
    private int _lines;

    private enum State
    {
        LineStart,
        Name,
        InLine,
        AfterCr,
        Inner,
        Body,
    }

    /// <summary>The number of the first line, from 1, that is no field of a header, or has a CR without LF in it; null while there is none.</summary>
    public int? BrokenLine { get; private set; }

    /// <summary>Takes the next octets of the message.</summary>
    public void Take(ReadOnlySpan<byte> octets)
    {
        while (!octets.IsEmpty)
        {
            octets = _state switch
            {
                State.LineStart => BeginLine(octets),
                State.Name => GoOnWithName(octets),
                State.InLine => GoOnWithLine(octets),
                State.AfterCr => GoOnAfterCr(octets),
                State.Inner => GoOnWithInner(octets),
                _ => Give(octets),
            };
        }
    }

    /// <summary>Says that nothing more comes: the message may have been all header.</summary>
    public void End()
    {
        if (_state is State.Body)
            return;

        var isInLine = _state is not State.LineStart && !_isDropping;
        sink(_held.AsSpan(0, _heldLength));
        _heldLength = 0;
        if (_isBroken)
            return;
        if (isInLine)
            added("\r\n"u8);
        AddMissing();
        _state = State.Body;
    }

    // A line that begins with white space goes on with the field before it, and shares its fate.
    private ReadOnlySpan<byte> BeginLine(ReadOnlySpan<byte> octets)
    {
        _heldLength = 0;
        _lines++;
        if (_isBroken)
        {
            _isEmpty = true;
            _isDropping &= octets[0] is (byte)' ' or (byte)'\t';
            _state = _isDropping ? State.InLine : State.Inner;
            return octets;
        }

        // Where there is no field before it, there is no header.
        if (!_hasBegun && (octets[0] is (byte)' ' or (byte)'\t'))
        {
            EndHeader(isEmptyLine: false);
            _state = State.Inner;
            return octets;
        }

        _hasBegun = true;
        _state = octets[0] is (byte)' ' or (byte)'\t' ? State.InLine : State.Name;
        return octets;
    }

    private ReadOnlySpan<byte> GoOnWithName(ReadOnlySpan<byte> octets)
    {
        for (var i = 0; i < octets.Length; i++)
        {
            var octet = octets[i];
            if (_heldLength > 0 && (octet == ':' || (_heldLength == LongestName && IsBcc())))
            {
                BeginField();
                return octets[i..];
            }

            if (octet == '\n' || _heldLength == LongestName || !IsInName(octet))
            {
                EndHeader(isEmptyLine: octet == '\n' && (_heldLength == 0 || (_heldLength == 1 && _held[0] == '\r')));
                return octets[i..];
            }

            _held[_heldLength++] = octet;
        }

        return default;
    }

    private ReadOnlySpan<byte> GoOnWithLine(ReadOnlySpan<byte> octets)
    {
        var end = (_isDropping ? octets.IndexOf((byte)'\n') : octets.IndexOfAny((byte)'\r', (byte)'\n')) + 1;
        var line = end > 0 ? octets[..end] : octets;
        if (_isDropping)
            dropped(line);
        else
            sink(line);
        if (end > 0)
            _state = line[^1] == '\n' ? State.LineStart : State.AfterCr;
        return octets[line.Length..];
    }

    private ReadOnlySpan<byte> GoOnAfterCr(ReadOnlySpan<byte> octets)
    {
        if (octets[0] != '\n')
        {
            BrokenLine ??= _lines;
            _isEmpty = false;
            _state = State.Inner;
            return octets;
        }

        sink(octets[..1]);
        _state = _isBroken && _isEmpty ? State.Body : State.LineStart;
        return octets[1..];
    }

    // What stands after a CR without LF, or on a line behind one that is no field, may be read as a field: it is none but for Bcc.
    private ReadOnlySpan<byte> GoOnWithInner(ReadOnlySpan<byte> octets)
    {
        for (var i = 0; i < octets.Length; i++)
        {
            var octet = octets[i];
            if (octet is not ((byte)':' or (byte)'\r' or (byte)'\n') && _heldLength < LongestName)
            {
                _held[_heldLength++] = octet;
                continue;
            }

            _isDropping = octet is not ((byte)'\r' or (byte)'\n') && IsBcc();
            var isEnd = _isBroken && _isEmpty && _heldLength == 0 && octet == '\n';
            _isEmpty &= _heldLength == 0;
            // The line before it would have no end.
            if (_isDropping && !_isBroken)
                added("\n"u8);
            if (_isDropping)
                dropped(_held.AsSpan(0, _heldLength));
            else
                sink(_held.AsSpan(0, _heldLength));
            _heldLength = 0;
            _state = isEnd ? State.Body : State.InLine;
            return octets[i..];
        }

        return default;
    }

    private ReadOnlySpan<byte> Give(ReadOnlySpan<byte> octets)
    {
        sink(octets);
        return default;
    }

    private void BeginField()
    {
        var name = _held.AsSpan(0, _heldLength);
        // Old programs write a space before the colon (RFC 5322 section 4.5).
        var plain = name.TrimEnd(" \t"u8);
        _hasDate |= Ascii.EqualsIgnoreCase(plain, "Date"u8);
        _hasMessageId |= Ascii.EqualsIgnoreCase(plain, "Message-ID"u8);
        _isDropping = IsBcc();
        if (_isDropping)
            dropped(name);
        else
            sink(name);
        _heldLength = 0;
        _state = State.InLine;
    }

    private void EndHeader(bool isEmptyLine)
    {
        AddMissing();
        // What is no field is the first line of a body without the line that parts it from the header.
        if (!isEmptyLine)
            added("\r\n"u8);
        sink(_held.AsSpan(0, _heldLength));
        _state = isEmptyLine ? State.Body : _held.AsSpan(0, _heldLength) is [.., (byte)'\r'] ? State.AfterCr : State.InLine;
        _heldLength = 0;
        if (isEmptyLine)
            return;
        _isBroken = true;
        _isDropping = false;
        _isEmpty = false;
        BrokenLine ??= _lines;
    }

    // Some readers pass over a byte order mark before the first field.
    private bool IsBcc()
    {
        ReadOnlySpan<byte> name = _held.AsSpan(0, _heldLength);
        if (name.StartsWith("\uFEFF"u8))
            name = name[3..];
        name = name.Trim(" \t\r"u8);
        return Ascii.EqualsIgnoreCase(name, "Bcc"u8) || Ascii.EqualsIgnoreCase(name, "Resent-Bcc"u8);
    }

    private void AddMissing()
    {
        if (!_hasDate)
            added(Encoding.UTF8.GetBytes($"Date: {date}\r\n"));
        if (!_hasMessageId)
            added(Encoding.UTF8.GetBytes($"Message-ID: <{messageId}>\r\n"));
    }

    // After white space nothing but the colon follows, and nothing but LF after CR.
    private bool IsInName(byte octet) => octet is (byte)' ' or (byte)'\t' or (byte)'\r'
        ? _heldLength > 0 || octet == '\r'
        : octet is > (byte)' ' and not 127 && (_heldLength == 0 || _held[_heldLength - 1] is > (byte)' ');
}
