using System.Text.Json.Serialization;
using MailOps.Server.Queue.Routing;
using MailOps.Server.Queue.Security;
using MailOps.Smtp;

namespace MailOps.Server.Queue;

/// <summary>What goes with a message on its way out, and is said anew to each server that takes it (RFC 5321 section 2.3.1).</summary>
internal sealed record Envelope
{
    /// <summary>The reverse-path without brackets; empty for a report, which is never answered with another.</summary>
    public required string Sender { get; init; }

    /// <summary>Who gets it. A recipient keeps its number, the first is 1, as long as the message is in the queue.</summary>
    public required IReadOnlyList<EnvelopeRecipient> Recipients { get; init; }

    /// <summary>When what is not delivered goes back to its sender.</summary>
    public required DateTimeOffset Expires { get; init; }

    /// <summary>Until when it is held, to the second; null if it may leave at once (RFC 4865).</summary>
    public DateTimeOffset? HeldUntil { get; init; }

    /// <summary>How its sender asked for that, as reports repeat it, or null.</summary>
    public string? HoldRequest { get; init; }

    /// <summary>By when its sender wants it delivered, or null (RFC 2852).</summary>
    public DeliverBy? DeliverBy { get; init; }

    /// <summary>The envelope of a report about a message: from nobody, so that nobody answers it.</summary>
    /// <param name="sender">The sender of the message, who gets the report.</param>
    /// <param name="body">What the message's octets are; of what is not ASCII the report may bring something back.</param>
    /// <param name="isUtf8">True if the message was sent with SMTPUTF8.</param>
    /// <param name="requiresTls">True if the message may cross no connection without TLS.</param>
    public static Envelope OfReport(string sender, MessageBody body, bool isUtf8, bool requiresTls = false) => new()
    {
        Sender = "",
        Recipients = [new EnvelopeRecipient { Address = sender, NextHop = NextHops.Of(sender) }],
        Expires = default,
        Body = body is MessageBody.SevenBit && !isUtf8 ? MessageBody.SevenBit : MessageBody.EightBit,
        IsUtf8 = isUtf8,
        RequiresTls = requiresTls,
    };

    /// <summary>The sender's own name for the transaction, decoded: ENVID (RFC 3461 section 4.4). Null if none was given.</summary>
    public string? EnvelopeId { get; init; }

    /// <summary>How much of the message a report of failure brings back: RET (RFC 3461 section 4.3).</summary>
    public DsnReturn Return { get; init; }

    /// <summary>What its octets are: BODY (RFC 6152, RFC 3030).</summary>
    public MessageBody Body { get; init; }

    /// <summary>True if it was sent with SMTPUTF8 (RFC 6531).</summary>
    public bool IsUtf8 { get; init; }

    /// <summary>True if it may cross no connection without verified TLS (RFC 8689).</summary>
    public bool RequiresTls { get; init; }

    /// <summary>True if what its recipients' domains publish about TLS stops nothing: TLS-Required: No (RFC 8689 section 3).</summary>
    public bool IsTlsOptional { get; init; }

    /// <summary>What is asked of the connections that it crosses. A report goes on without REQUIRETLS where that is not to be had (RFC 8689 section 5).</summary>
    [JsonIgnore]
    public SecurityDemand Demand =>
        RequiresTls && Sender.Length > 0 ? SecurityDemand.Required : IsTlsOptional ? SecurityDemand.Optional : SecurityDemand.Usual;

    /// <summary>Header fields that are sent before the message, each with its CRLF: its signatures. Null if there are none.</summary>
    public string? Prepend { get; init; }

    /// <summary>The ARC sets that forwarded copies get, by the domain of the alias; null if there are none.</summary>
    public IReadOnlyDictionary<string, string>? Seals { get; init; }

    /// <summary>The Message-ID field, or null.</summary>
    public string? MessageId { get; init; }

    /// <summary>The Subject field on one line, not decoded; null if there is none.</summary>
    public string? Subject { get; init; }

    /// <summary>The account that submitted it, or null.</summary>
    public string? Login { get; init; }

    /// <summary>The address of the client that it came from, or null if it was made here.</summary>
    public string? Client { get; init; }
}
