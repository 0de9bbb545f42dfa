using MailOps.Wire;

namespace MailOps.Server.Smtp;

/// <summary>The chunks of one message, put together. Their borders mean nothing: a CRLF may lie across one.</summary>
/// <param name="message">Where the octets go.</param>
/// <param name="isBinary">True if line ends and NUL are octets like others (RFC 3030 section 3).</param>
/// <param name="normalizes">True if line ends that are none are made CRLF, false if they are refused.</param>
internal sealed class ChunkSink(IncomingMessage message, bool isBinary, bool normalizes)
{
    private LineEndCheck _lines;
    private NormalizingDecoder _normalizer = new(isDotted: false);

    /// <summary>The message.</summary>
    public IncomingMessage Message { get; } = message;

    /// <summary>Takes the next octets.</summary>
    public void Take(ReadOnlySpan<byte> octets)
    {
        if (!isBinary && normalizes)
        {
            if (_normalizer.Decode(octets, Message.Take, out _) is DotStuffedDecoder.Outcome.Nul)
                Message.Refuse(DataOutcome.Nul);
            return;
        }

        if (!isBinary)
            Judge(_lines.Feed(octets));
        Message.Take(octets);
    }

    /// <inheritdoc cref="IncomingMessage.DrainAsync"/>
    public ValueTask DrainAsync() => Message.DrainAsync();

    /// <summary>Says that nothing more comes.</summary>
    public void End()
    {
        if (!isBinary && normalizes)
            _normalizer.End(Message.Take);
        else if (!isBinary)
            Judge(_lines.End());
    }

    private void Judge(LineEndCheck.Outcome outcome)
    {
        if (outcome is not LineEndCheck.Outcome.Fine)
            Message.Refuse(outcome is LineEndCheck.Outcome.Nul ? DataOutcome.Nul : DataOutcome.BareLineEnd);
    }
}
