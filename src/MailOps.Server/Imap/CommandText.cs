using System.Buffers;

namespace MailOps.Server.Imap;

/// <summary>What came of reading a command.</summary>
internal enum CommandTextStatus
{
    /// <summary>It is there, with its literals.</summary>
    Complete,

    /// <summary>It is there up to a literal that its command takes as a stream.</summary>
    Streamed,

    /// <summary>It announces a literal that is too large. What came before the literal is there.</summary>
    LiteralTooLarge,

    /// <summary>The limit was passed before a line end came.</summary>
    TooLong,

    /// <summary>The read was cancelled from this side.</summary>
    Interrupted,

    /// <summary>The client closed its side.</summary>
    End,
}

/// <summary>What a command does with a literal.</summary>
internal enum LiteralUse
{
    /// <summary>It takes it as a part of its text. Another may be streamed.</summary>
    Part,

    /// <summary>It takes it as a part of its text, and all that follow.</summary>
    Parts,

    /// <summary>It takes its octets as they come.</summary>
    Streamed,

    /// <summary>There is no such command, or not now.</summary>
    None,
}

/// <summary>A command as it lies in the pipe's own buffer, without its last line end. Literals are part of it.</summary>
/// <param name="Status">Why reading ended.</param>
/// <param name="Text">The command. Valid until the reader is advanced.</param>
/// <param name="Next">What to advance the reader to.</param>
/// <param name="Literal">The literal that was not read, if the status names one.</param>
internal readonly record struct CommandText(CommandTextStatus Status, ReadOnlySequence<byte> Text, SequencePosition Next, LiteralHeader Literal);

/// <summary>What a command may be.</summary>
/// <param name="Length">The longest, in octets, its literals counted.</param>
/// <param name="Unasked">The largest literal that comes without being asked for.</param>
internal readonly record struct CommandLimits(int Length, int Unasked)
{
    /// <summary>What LITERAL- allows (RFC 7888 section 5).</summary>
    public const int LiteralMinus = 4096;
}
