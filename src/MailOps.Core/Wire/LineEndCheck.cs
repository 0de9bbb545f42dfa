using System.Buffers;

namespace MailOps.Wire;

/// <summary>
/// Holds counted octets to the rule that <see cref="DotStuffedDecoder"/> has for dotted ones: only CRLF ends a line, and
/// there is no NUL. Fed in pieces of any size; a CRLF may lie across two.
/// </summary>
public struct LineEndCheck
{
    private static readonly SearchValues<byte> Special = SearchValues.Create("\r\n\0"u8);

    private bool _afterCarriageReturn;

    /// <summary>What was found.</summary>
    public enum Outcome
    {
        /// <summary>Nothing that is wrong.</summary>
        Fine,

        /// <summary>A CR without LF or an LF without CR.</summary>
        BareLineEnd,

        /// <summary>A NUL (RFC 5322 section 2.2 leaves 1 to 127).</summary>
        Nul,
    }

    /// <summary>Looks at the next octets. After an outcome that is not <see cref="Outcome.Fine"/> there is nothing more to learn.</summary>
    public Outcome Feed(ReadOnlySpan<byte> octets)
    {
        while (!octets.IsEmpty)
        {
            if (_afterCarriageReturn)
            {
                if (octets[0] != '\n')
                    return Outcome.BareLineEnd;
                _afterCarriageReturn = false;
                octets = octets[1..];
                continue;
            }

            var special = octets.IndexOfAny(Special);
            if (special < 0)
                return Outcome.Fine;
            if (octets[special] != '\r')
                return octets[special] == 0 ? Outcome.Nul : Outcome.BareLineEnd;
            _afterCarriageReturn = true;
            octets = octets[(special + 1)..];
        }

        return Outcome.Fine;
    }

    /// <summary>Says that nothing more comes.</summary>
    public readonly Outcome End() => _afterCarriageReturn ? Outcome.BareLineEnd : Outcome.Fine;
}
