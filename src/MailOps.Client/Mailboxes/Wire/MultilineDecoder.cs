namespace MailOps.Client.Mailboxes.Wire;

/// <summary>
/// Takes a multi-line response of POP3 apart (RFC 1939 section 3): the dot that was stuffed is removed, a line of one dot ends it, and every
/// other octet is given out as it came. A state machine without a buffer: it is fed whatever came, in pieces of any size. A bare LF ends
/// a line too, as old servers have it.
/// </summary>
internal struct MultilineDecoder
{
    private State _state;

    private enum State : byte
    {
        LineStart,
        InLine,
        Dot,
        DotCarriageReturn,
    }

    /// <summary>Feeds octets.</summary>
    /// <param name="input">What came.</param>
    /// <param name="output">Takes what belongs to the response: one octet more than the input has.</param>
    /// <param name="consumed">How many octets of the input were used: all, unless the end was among them.</param>
    /// <param name="written">How many octets were given out.</param>
    /// <returns>True at the end of the response.</returns>
    public bool Decode(ReadOnlySpan<byte> input, Span<byte> output, out int consumed, out int written)
    {
        consumed = written = 0;
        while (consumed < input.Length)
        {
            var octet = input[consumed];
            switch (_state)
            {
                case State.LineStart when octet == '.':
                    consumed++;
                    _state = State.Dot;
                    break;

                case State.LineStart or State.InLine:
                    var rest = input[consumed..];
                    var end = rest.IndexOf("\n."u8);
                    var run = end < 0 ? rest : rest[..(end + 1)];
                    run.CopyTo(output[written..]);
                    consumed += run.Length;
                    written += run.Length;
                    _state = run[^1] == '\n' ? State.LineStart : State.InLine;
                    break;

                case State.Dot or State.DotCarriageReturn when octet == '\n':
                    consumed++;
                    return true;

                case State.Dot when octet == '\r':
                    consumed++;
                    _state = State.DotCarriageReturn;
                    break;

                case State.Dot:
                    _state = State.InLine;
                    break;

                case State.DotCarriageReturn:
                    output[written++] = (byte)'\r';
                    _state = State.InLine;
                    break;
            }
        }

        return false;
    }
}
