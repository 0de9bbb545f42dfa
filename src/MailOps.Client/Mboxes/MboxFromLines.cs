using System.Buffers;

namespace MailOps.Client.Mboxes;

/// <summary>Puts a <c>&gt;</c> before lines of a body that would begin a message, or takes it off again. Fed in pieces of any size.</summary>
/// <param name="isQuoting">True to put it there.</param>
/// <param name="isDeep">True if lines count that have some already (<see cref="MboxDialect.Mboxrd"/>).</param>
internal struct MboxFromLines(bool isQuoting, bool isDeep)
{
    private bool _isInLine;
    private int _depth;
    private int _matched;
    private bool _isHeld;

    /// <summary>Takes the next octets, and writes what is known to come of them.</summary>
    public void Write(ReadOnlySpan<byte> octets, IBufferWriter<byte> output)
    {
        while (!octets.IsEmpty)
        {
            if (_isInLine)
            {
                var end = octets.IndexOf((byte)'\n');
                var line = end < 0 ? octets : octets[..(end + 1)];
                output.Write(line);
                octets = octets[line.Length..];
                if (end >= 0)
                    (_isInLine, _depth, _matched) = (false, 0, 0);
            }
            else if (_matched == 0 && octets[0] == '>' && (isDeep || (!isQuoting && _depth == 0)))
            {
                // Which of them is left out is all the same.
                if (!isQuoting && _depth == 0)
                    _isHeld = true;
                else
                    output.Write(">"u8);
                _depth++;
                octets = octets[1..];
            }
            else if (octets[0] == MboxFromLine.Start[_matched] && (isQuoting || _depth > 0))
            {
                octets = octets[1..];
                if (++_matched == MboxFromLine.Start.Length)
                {
                    _isHeld = isQuoting;
                    Finish(output);
                    _isInLine = true;
                }
            }
            else
            {
                Finish(output);
                _isInLine = true;
            }
        }
    }

    /// <summary>Writes what waited for more.</summary>
    public void Finish(IBufferWriter<byte> output)
    {
        if (_isHeld)
            output.Write(">"u8);
        output.Write(MboxFromLine.Start[.._matched]);
        (_isHeld, _matched) = (false, 0);
    }
}
