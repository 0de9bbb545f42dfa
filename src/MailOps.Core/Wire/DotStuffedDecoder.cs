using System.Buffers;

namespace MailOps.Wire;

/// <summary>
/// Takes the octets between DATA's go-ahead and its final dot apart (RFC 5321 sections 2.3.8 and 4.5.2): only CRLF ends a
/// line, only CRLF.CRLF ends the data, and the dot that was stuffed is removed. A state machine without a buffer: it is
/// fed whatever came, in pieces of any size.
/// </summary>
public struct DotStuffedDecoder
{
    private static readonly SearchValues<byte> Special = SearchValues.Create("\r\n\0"u8);

    private State _state;

    private enum State : byte
    {
        LineStart,
        InLine,
        CarriageReturn,
        DotAtLineStart,
        DotCarriageReturn,
    }

    /// <summary>Receives decoded octets.</summary>
    public delegate void Sink(ReadOnlySpan<byte> octets);

    /// <summary>What stopped the decoder.</summary>
    public enum Outcome
    {
        /// <summary>More octets are needed.</summary>
        More,

        /// <summary>The final dot was found.</summary>
        Done,

        /// <summary>A CR without LF or an LF without CR: the sender is broken or smuggling, and where its data ends is anyone's guess.</summary>
        BareLineEnd,

        /// <summary>A NUL, which no message may hold (RFC 5322 section 2.2 leaves 1 to 127).</summary>
        Nul,
    }

    /// <summary>Feeds octets.</summary>
    /// <param name="input">What came.</param>
    /// <param name="sink">Gets what belongs to the data, in order.</param>
    /// <param name="consumed">How many octets of the input were used: all, unless the outcome is not <see cref="Outcome.More"/>.</param>
    public Outcome Decode(ReadOnlySpan<byte> input, Sink sink, out int consumed)
    {
        var position = 0;
        var keptFrom = 0;
        while (position < input.Length)
        {
            var octet = input[position];
            switch (_state)
            {
                case State.LineStart when octet == '.':
                    // The dot is held back until it is known whether it ends the data; what lies before it is given out.
                    Give(input, keptFrom, position, sink);
                    position++;
                    keptFrom = position;
                    _state = State.DotAtLineStart;
                    break;

                case State.LineStart or State.InLine or State.DotAtLineStart:
                    if (_state == State.DotAtLineStart && octet == '\r')
                    {
                        position++;
                        _state = State.DotCarriageReturn;
                        break;
                    }

                    var run = input[position..].IndexOfAny(Special);
                    if (run < 0)
                    {
                        position = input.Length;
                        _state = State.InLine;
                        break;
                    }

                    position += run;
                    if (input[position] != '\r')
                    {
                        consumed = position;
                        return input[position] == 0 ? Outcome.Nul : Outcome.BareLineEnd;
                    }

                    position++;
                    _state = State.CarriageReturn;
                    break;

                case State.CarriageReturn:
                    if (octet != '\n')
                    {
                        consumed = position;
                        return Outcome.BareLineEnd;
                    }

                    position++;
                    _state = State.LineStart;
                    break;

                case State.DotCarriageReturn:
                    if (octet != '\n')
                    {
                        consumed = position;
                        return Outcome.BareLineEnd;
                    }

                    consumed = position + 1;
                    return Outcome.Done;
            }
        }

        // A CR after a lone dot belongs to the end of the data, not to the data.
        Give(input, keptFrom, _state == State.DotCarriageReturn ? Math.Max(keptFrom, input.Length - 1) : input.Length, sink);
        consumed = input.Length;
        return Outcome.More;
    }

    private static void Give(ReadOnlySpan<byte> input, int from, int to, Sink sink)
    {
        if (to > from)
            sink(input[from..to]);
    }
}
