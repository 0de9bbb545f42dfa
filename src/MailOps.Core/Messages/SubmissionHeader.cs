using System.Text;
using MailOps.Wire;

namespace MailOps.Messages;

/// <summary>
/// The header of a submitted message on its way in (RFC 6409 section 8): Date and Message-ID are put in where they are missing, and Bcc is
/// taken out, which is for the sender alone. All else stays as it came, octet for octet.
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

    private enum State
    {
        LineStart,
        Name,
        InLine,
        Body,
    }

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
        if (isInLine)
            added("\r\n"u8);
        AddMissing();
        _state = State.Body;
    }

    // A line that begins with white space goes on with the field before it, and shares its fate.
    private ReadOnlySpan<byte> BeginLine(ReadOnlySpan<byte> octets)
    {
        _heldLength = 0;
        // Where there is no field before it, there is no header.
        if (!_hasBegun && (octets[0] is (byte)' ' or (byte)'\t'))
        {
            EndHeader(isEmptyLine: false);
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
            if (octet == ':' && _heldLength > 0)
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
        var end = octets.IndexOf((byte)'\n') + 1;
        var line = end > 0 ? octets[..end] : octets;
        if (_isDropping)
            dropped(line);
        else
            sink(line);
        if (end > 0)
            _state = State.LineStart;
        return octets[line.Length..];
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
        _isDropping = Ascii.EqualsIgnoreCase(plain, "Bcc"u8) || Ascii.EqualsIgnoreCase(plain, "Resent-Bcc"u8);
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
        _heldLength = 0;
        _state = State.Body;
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
