namespace MailOps.Transcripts;

/// <summary>Who an entry of a transcript came from.</summary>
public enum TranscriptDirection
{
    /// <summary>Octets sent to the peer.</summary>
    Sent,

    /// <summary>Octets received from the peer.</summary>
    Received,

    /// <summary>Something that happened to the connection: connected, secured, closed.</summary>
    Event,
}
