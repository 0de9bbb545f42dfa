using System.Buffers;

namespace MailOps.Wire;

/// <summary>One line as it lies in the pipe's own buffer, without its CRLF or LF.</summary>
/// <param name="Status">Why reading ended.</param>
/// <param name="Content">The line without its end. Valid until the reader is advanced.</param>
/// <param name="Next">Where the following line starts: what to advance the reader to.</param>
/// <param name="HasMore">True if more had come behind the line when it was read.</param>
public readonly record struct WireLine(WireLineStatus Status, ReadOnlySequence<byte> Content, SequencePosition Next, bool HasMore = false);
