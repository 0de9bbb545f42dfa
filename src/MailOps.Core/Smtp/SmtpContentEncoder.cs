namespace MailOps.Smtp;

/// <summary>
/// Turns a message into what is sent after DATA: line ends made CRLF, lines that start with a dot given a second one,
/// and the final dot (RFC 5321 sections 2.3.8 and 4.5.2). Keeps its state from chunk to chunk.
/// </summary>
/// <param name="asIs">True to leave line ends and dots alone: only the end is added.</param>
internal struct SmtpContentEncoder(bool asIs)
{
    private bool _lineStart = true;
    private bool _afterCarriageReturn;

    /// <summary>The most octets that <see cref="Encode"/> writes for an input of this length.</summary>
    public static int MaxLength(int length) => (length * 2) + 2;

    /// <summary>Encodes a chunk.</summary>
    /// <returns>How many octets were written.</returns>
    public int Encode(ReadOnlySpan<byte> chunk, Span<byte> output)
    {
        if (asIs)
        {
            chunk.CopyTo(output);
            if (!chunk.IsEmpty)
            {
                _lineStart = chunk[^1] == '\n' && (chunk.Length > 1 ? chunk[^2] == '\r' : _afterCarriageReturn);
                _afterCarriageReturn = chunk[^1] == '\r';
            }

            return chunk.Length;
        }

        var written = 0;
        foreach (var octet in chunk)
        {
            switch (octet)
            {
                case (byte)'\r':
                    // A CR before this one stood alone: it is a line end of its own.
                    if (_afterCarriageReturn)
                        written += EndLine(output[written..]);
                    _afterCarriageReturn = true;
                    continue;
                case (byte)'\n':
                    written += EndLine(output[written..]);
                    continue;
            }

            if (_afterCarriageReturn)
                written += EndLine(output[written..]);
            if (_lineStart && octet == '.')
                output[written++] = (byte)'.';
            output[written++] = octet;
            _lineStart = false;
        }

        return written;
    }

    /// <summary>The end of the content: a line end if the last line lacks one, then the final dot.</summary>
    public readonly ReadOnlySpan<byte> End() => _lineStart && !(_afterCarriageReturn && !asIs) ? ".\r\n"u8 : "\r\n.\r\n"u8;

    private int EndLine(Span<byte> output)
    {
        "\r\n"u8.CopyTo(output);
        _afterCarriageReturn = false;
        _lineStart = true;
        return 2;
    }
}
