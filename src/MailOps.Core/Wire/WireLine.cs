using System.Buffers;

namespace MailOps.Wire;

/// <summary>Why reading a line ended.</summary>
public enum WireLineStatus
{
    /// <summary>A whole line is there.</summary>
    Line,

    /// <summary>The limit was passed before a line end came. The bytes up to the next line end are to be discarded.</summary>
    TooLong,

    /// <summary>The peer closed its side. <see cref="WireLine.Content"/> holds what came without a line end.</summary>
    End,

    /// <summary>The read was cancelled from this side: a deadline or a stopping server.</summary>
    Interrupted,
}

/// <summary>One line as it lies in the pipe's own buffer, without its CRLF or LF.</summary>
/// <param name="Status">Why reading ended.</param>
/// <param name="Content">The line without its end. Valid until the reader is advanced.</param>
/// <param name="Next">Where the following line starts: what to advance the reader to.</param>
public readonly record struct WireLine(WireLineStatus Status, ReadOnlySequence<byte> Content, SequencePosition Next);
