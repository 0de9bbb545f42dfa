using MailOps.Smtp;

namespace MailOps.Server.Queue;

/// <summary>A recipient of a message in the queue.</summary>
internal sealed record EnvelopeRecipient
{
    /// <summary>The forward-path without brackets.</summary>
    public required string Address { get; init; }

    /// <summary>Whose queue it waits in: the domain with A-labels and in small letters, or the target of a route.</summary>
    public required string NextHop { get; init; }

    /// <summary>The target that the sender's mail goes by, or null for the one that the domain has.</summary>
    public string? Route { get; init; }

    /// <summary>What the sender wants to hear (RFC 3461 section 4.1).</summary>
    public DsnNotify Notify { get; init; }

    /// <summary>Whom the message was for at first, <c>type;address</c> (RFC 3461 section 4.2), or null if that was not said.</summary>
    public string? Original { get; init; }

    /// <summary>The address here whose mail is sent on to it: its copy says so in a Delivered-To field of its own. Null if the sender named it.</summary>
    public string? Via { get; init; }

    /// <summary>The reverse-path that its copy has in the place of the envelope's, without brackets; null for that.</summary>
    public string? ReturnPath { get; init; }
}
