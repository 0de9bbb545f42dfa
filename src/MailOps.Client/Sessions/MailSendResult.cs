using System.Globalization;
using MailOps.Wire;

namespace MailOps.Client.Sessions;

/// <summary>What became of a message for one recipient. Plain values: it survives <c>Export-Clixml</c> and remoting.</summary>
public sealed class MailSendResult
{
    /// <summary>The recipient as it was named to the server.</summary>
    public required string Recipient { get; init; }

    /// <summary>What became of it.</summary>
    public required MailSendStatus Status { get; init; }

    /// <summary>The deciding reply's three digits; 0 where there was none.</summary>
    public required int Code { get; init; }

    /// <summary>The deciding reply's enhanced status code such as <c>5.1.1</c>, or null (RFC 3463).</summary>
    public required string? EnhancedCode { get; init; }

    /// <summary>The deciding reply's words, or what went wrong where there was none.</summary>
    public required string Reply { get; init; }

    /// <summary>What was in the way of a connection or ended it; null where the server answered.</summary>
    public required MailSessionFault? Fault { get; init; }

    /// <summary>True if the message may be sent to the recipient again, later or at once, without coming twice.</summary>
    public bool CanRetry => Status == MailSendStatus.NotSent || (Status == MailSendStatus.Refused && Code is >= 400 and < 500);

    /// <summary>The reverse-path, empty for the null path.</summary>
    public required string Sender { get; init; }

    /// <summary>The subject, decoded, or null.</summary>
    public required string? Subject { get; init; }

    /// <summary>The message id without its brackets.</summary>
    public required string MessageId { get; init; }

    /// <summary>The server as it was named.</summary>
    public required string Server { get; init; }

    /// <summary>The port.</summary>
    public required int Port { get; init; }

    /// <summary>The id in a reply of the form <c>queued as …</c>, or null.</summary>
    public required string? QueueId { get; init; }

    /// <summary>Octets of the message as they were sent after DATA, the final dot included; 0 if it did not come to that.</summary>
    public required long Size { get; init; }

    /// <summary>How many connections it took: 2 where the first was lost before the message was sent.</summary>
    public required int Attempts { get; init; }

    /// <summary>When it was settled.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>How long it took since the message was begun.</summary>
    public required TimeSpan Elapsed { get; init; }

    /// <summary>The recipient and what became of it.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Recipient}: {Status}, {(Code > 0 ? $"{Code} " : "")}{(EnhancedCode is null ? "" : $"{EnhancedCode} ")}{Reply}");
}
