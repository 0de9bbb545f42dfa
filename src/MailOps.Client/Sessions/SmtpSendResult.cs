using MailOps.Transcripts;
using MailOps.Wire;

namespace MailOps.Client.Sessions;

/// <summary>What came of sending one message. Plain values: it survives <c>Export-Clixml</c> and remoting.</summary>
public sealed class SmtpSendResult
{
    /// <summary>The server as it was named.</summary>
    public required string Server { get; init; }

    /// <summary>The port.</summary>
    public required int Port { get; init; }

    /// <summary>The server's address and port, or null if there was no connection.</summary>
    public string? RemoteEndPoint { get; internal set; }

    /// <summary>True if the server took the message for at least one recipient.</summary>
    public bool Accepted { get; internal set; }

    /// <summary>Where the server refused, or null if it took the message. Single recipients may be refused all the same: see <see cref="Recipients"/>.</summary>
    public SmtpStep? RefusedAt { get; internal set; }

    /// <summary>The reply that decided: the one to the message, or the refusal; codes first.</summary>
    public string? Reply { get; internal set; }

    /// <summary>The deciding reply's three digits, or 0 if there was none.</summary>
    public int Code { get; internal set; }

    /// <summary>The deciding reply's enhanced status code such as <c>5.7.1</c>, or null.</summary>
    public string? EnhancedCode { get; internal set; }

    /// <summary>The id in a reply of the form <c>queued as …</c>, or null.</summary>
    public string? QueueId { get; internal set; }

    /// <summary>The reverse-path as it was sent, without brackets.</summary>
    public required string Sender { get; init; }

    /// <summary>The recipients that were named to the server, in their order, each with its reply.</summary>
    public IReadOnlyList<SmtpRecipientResult> Recipients { get; internal set; } = [];

    /// <summary>Octets sent after DATA, the final dot included; 0 if it did not come to that.</summary>
    public long MessageBytes { get; internal set; }

    /// <summary>The lines of the last EHLO reply, the server's greeting left out; empty after HELO.</summary>
    public IReadOnlyList<string> Capabilities { get; internal set; } = [];

    /// <summary>The result of the TLS handshake, or null if there was none.</summary>
    public TlsFacts? Tls { get; internal set; }

    /// <summary>What is wrong with the server's certificate where that was not allowed to matter; null if it is trusted or there was no TLS.</summary>
    public string? CertificateProblem { get; internal set; }

    /// <summary>The SASL mechanism with which the login succeeded, or null.</summary>
    public string? AuthMechanism { get; internal set; }

    /// <summary>Every step, secrets masked.</summary>
    public IReadOnlyList<TranscriptEntry> Transcript { get; internal set; } = [];

    /// <summary>How long it all took.</summary>
    public TimeSpan Elapsed { get; internal set; }

    /// <summary>The outcome in a line.</summary>
    public override string ToString() => $"{Server}:{Port.ToString(System.Globalization.CultureInfo.InvariantCulture)} {(Accepted ? "accepted" : RefusedAt is { } step ? $"refused at {step}" : "not sent")}{(Reply is null ? "" : $": {Reply}")}";
}
