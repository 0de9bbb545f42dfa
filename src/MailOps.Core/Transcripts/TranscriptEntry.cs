using System.Text;

namespace MailOps.Transcripts;

/// <summary>
/// One step of a recorded conversation. A plain object without handles: it survives <c>Export-Clixml</c> and remoting.
/// Secrets were masked when it was recorded.
/// </summary>
public sealed class TranscriptEntry
{
    /// <summary>When it was sent, received or noticed.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>How long after the start of the transcript.</summary>
    public required TimeSpan Elapsed { get; init; }

    /// <summary>Who it came from.</summary>
    public required TranscriptDirection Direction { get; init; }

    /// <summary>True if it went through TLS.</summary>
    public required bool Tls { get; init; }

    /// <summary>Octets on the wire, line ends and what was masked or left out included. 0 for an event.</summary>
    public required long Bytes { get; init; }

    /// <summary>What was said, without its last line end. Lines are parted by LF. Octets that are no UTF-8 are read as Latin-1.</summary>
    public required string Text { get; init; }

    /// <summary>Reads like swaks: <c> -&gt; </c> sent, <c>&lt;-  </c> received, <c> ~&gt; </c> and <c>&lt;~  </c> under TLS, <c>=== </c> events. Control characters are shown as <c>\xNN</c>.</summary>
    public override string ToString()
    {
        var mark = (Direction, Tls) switch
        {
            (TranscriptDirection.Sent, false) => " -> ",
            (TranscriptDirection.Sent, true) => " ~> ",
            (TranscriptDirection.Received, false) => "<-  ",
            (TranscriptDirection.Received, true) => "<~  ",
            _ => "=== ",
        };
        var text = new StringBuilder(Text.Length + mark.Length + 8).Append(mark);
        foreach (var character in Text)
        {
            if (character == '\n')
                text.Append('\n').Append(mark);
            else if (char.IsControl(character) && character != '\t')
                text.Append("\\x").Append(((int)character).ToString("X2", System.Globalization.CultureInfo.InvariantCulture));
            else
                text.Append(character);
        }

        return text.ToString();
    }
}
