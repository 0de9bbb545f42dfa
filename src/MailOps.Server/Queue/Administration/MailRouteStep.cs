using System.Text.Json.Serialization;

namespace MailOps.Server.Queue.Administration;

/// <summary>A step on the way of a message to a recipient, as it would go now; the last is the verdict.</summary>
public sealed class MailRouteStep
{
    /// <summary>The number of the server that was asked, if it runs in this process.</summary>
    [JsonIgnore]
    public int? ServerId { get; private set; }

    /// <summary>The store that was asked, if it was named.</summary>
    [JsonIgnore]
    public string? StorePath { get; private set; }

    /// <summary>The recipient that was asked for.</summary>
    public required string Recipient { get; init; }

    /// <summary>The place of the step, from 1.</summary>
    public required int Number { get; init; }

    /// <summary>
    /// What was looked at: <c>Address</c>, <c>Domain</c>, <c>Alias</c>, <c>CatchAll</c>, <c>Role</c>, <c>Account</c>, <c>ReturnPath</c>, <c>Outbound</c>, <c>Forward</c>, <c>Route</c>,
    /// <c>SmartHost</c>, <c>Mx</c>, <c>Host</c>, <c>MtaSts</c>, <c>Dane</c>, <c>Policy</c>, <c>Queue</c>, <c>Verdict</c>.
    /// </summary>
    public required string Step { get; init; }

    /// <summary><c>Pass</c>, <c>Warning</c> or <c>Fail</c>.</summary>
    public required string Status { get; init; }

    /// <summary>What was found, as a sentence.</summary>
    public required string Detail { get; init; }

    /// <summary>Of the verdict: <c>Delivered</c>, <c>Sent</c>, <c>Deferred</c> or <c>Refused</c>; where an alias leads to several, of the one for whom it goes worst. Null for other steps.</summary>
    public string? Verdict { get; init; }

    /// <summary>The account, the alias or the target of a route that was found, or null.</summary>
    public string? Target { get; init; }

    /// <summary>A host that would be tried, or null.</summary>
    public string? Host { get; init; }

    /// <summary>The host's preference: the lowest is tried first; equal ones in any order.</summary>
    public int? Preference { get; init; }

    /// <summary>The host's addresses.</summary>
    public string[] Address { get; init; } = [];

    /// <summary>Says where this comes from: the number of a server of this process, and the store that was named.</summary>
    public MailRouteStep From(int? serverId, string? storePath)
    {
        (ServerId, StorePath) = (serverId, storePath);
        return this;
    }
}
