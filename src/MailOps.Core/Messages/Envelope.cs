namespace MailOps.Messages;

/// <summary>The envelope of a message (RFC 3501 section 7.4.2): header fields as they are written, unfolded, encoded words left encoded.</summary>
internal sealed record Envelope
{
    /// <summary>Date.</summary>
    public string? Date { get; init; }

    /// <summary>Subject.</summary>
    public string? Subject { get; init; }

    /// <summary>From.</summary>
    public IReadOnlyList<EnvelopeAddress> From { get; init; } = [];

    /// <summary>Sender; that of <see cref="From"/> where it is missing or empty.</summary>
    public IReadOnlyList<EnvelopeAddress> Sender { get; init; } = [];

    /// <summary>Reply-To; that of <see cref="From"/> where it is missing or empty.</summary>
    public IReadOnlyList<EnvelopeAddress> ReplyTo { get; init; } = [];

    /// <summary>To.</summary>
    public IReadOnlyList<EnvelopeAddress> To { get; init; } = [];

    /// <summary>Cc.</summary>
    public IReadOnlyList<EnvelopeAddress> Cc { get; init; } = [];

    /// <summary>Bcc.</summary>
    public IReadOnlyList<EnvelopeAddress> Bcc { get; init; } = [];

    /// <summary>In-Reply-To.</summary>
    public string? InReplyTo { get; init; }

    /// <summary>Message-ID.</summary>
    public string? MessageId { get; init; }
}

/// <summary>
/// An address of an envelope. A group is written as its start (no host, the mailbox is its name), its members and its
/// end (all null).
/// </summary>
/// <param name="Name">The display name, encoded words left encoded.</param>
/// <param name="Route">The source route of RFC 822, <c>@a,@b</c>.</param>
/// <param name="Mailbox">The local part, or the name of a group.</param>
/// <param name="Host">The domain.</param>
internal readonly record struct EnvelopeAddress(string? Name, string? Route, string? Mailbox, string? Host);
