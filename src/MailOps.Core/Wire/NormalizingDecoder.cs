using System.Buffers;

namespace MailOps.Wire;

/// <summary>
/// Takes data apart as <see cref="DotStuffedDecoder"/> does, but makes CRLF of line ends that are none: a CR or LF that stands alone, and CR
/// CR LF. Nothing but CRLF.CRLF ends the data all the same. Fed in pieces of any size.
/// </summary>
/// <param name="isDotted">True for DATA; false for octets that were counted, where a dot is an octet like others.</param>
public struct NormalizingDecoder(bool isDotted)
{
    // CRs are held back until what follows is known. More of them in a row are given out as line ends.
    private const int MostHeld = 8;

    private static readonly SearchValues<byte> Special = SearchValues.Create("\r\n\0"u8);

    private State _state;
    private int _carriageReturns;
    private bool _isAfterBare;

    private enum State : byte
    {
        LineStart,
        InLine,
        CarriageReturns,
        DotAtLineStart,
        DotCarriageReturn,
    }

    /// <summary>Feeds octets.</summary>
    /// <param name="input">What came.</param>
    /// <param name="sink">Gets what belongs to the data, in order, its lines ended by CRLF.</param>
    /// <param name="consumed">How many octets of the input were used: all, unless the outcome is not <see cref="DotStuffedDecoder.Outcome.More"/>.</param>
    public DotStuffedDecoder.Outcome Decode(ReadOnlySpan<byte> input, DotStuffedDecoder.Sink sink, out int consumed)
    {
        consumed = 0;
        while (consumed < input.Length)
        {
            var octet = input[consumed];
            switch (_state)
            {
                case State.LineStart when octet == '.' && isDotted:
                    consumed++;
                    _state = State.DotAtLineStart;
                    break;

                case State.DotAtLineStart when octet == '\r' && !_isAfterBare:
                    consumed++;
                    _state = State.DotCarriageReturn;
                    break;

                case State.DotCarriageReturn when octet == '\n':
                    consumed++;
                    return DotStuffedDecoder.Outcome.Done;

                case State.DotCarriageReturn:
                    // A dot alone that does not end the data was not stuffed either: it stays.
                    sink("."u8);
                    HoldCarriageReturn();
                    break;

                case State.CarriageReturns when octet == '\r':
                    consumed++;
                    if (_carriageReturns < MostHeld)
                        _carriageReturns++;
                    else
                        sink("\r\n"u8);
                    break;

                case State.CarriageReturns when octet == '\n':
                    // However many CRs, it is one line end: files with CRLF whose LF was made CRLF once more.
                    consumed++;
                    EndLine(sink, isBare: false);
                    break;

                case State.CarriageReturns:
                    End(sink);
                    break;

                default:
                    var run = input[consumed..].IndexOfAny(Special);
                    if (run != 0)
                    {
                        var text = run < 0 ? input[consumed..] : input.Slice(consumed, run);
                        sink(text);
                        consumed += text.Length;
                        _state = State.InLine;
                        break;
                    }

                    if (octet == 0)
                        return DotStuffedDecoder.Outcome.Nul;
                    if (_state is State.DotAtLineStart)
                        sink("."u8);
                    consumed++;
                    if (octet == '\r')
                        HoldCarriageReturn();
                    else
                        EndLine(sink, isBare: true);
                    break;
            }
        }

        return DotStuffedDecoder.Outcome.More;
    }

    /// <summary>Says that nothing more comes: CRs that were held back are line ends.</summary>
    public void End(DotStuffedDecoder.Sink sink)
    {
        if (_state is not State.CarriageReturns)
            return;
        for (; _carriageReturns > 1; _carriageReturns--)
            sink("\r\n"u8);
        EndLine(sink, isBare: true);
    }

    private void HoldCarriageReturn()
    {
        _state = State.CarriageReturns;
        _carriageReturns = 1;
    }

    private void EndLine(DotStuffedDecoder.Sink sink, bool isBare)
    {
        sink("\r\n"u8);
        _state = State.LineStart;
        _isAfterBare = isBare;
    }
}
