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
