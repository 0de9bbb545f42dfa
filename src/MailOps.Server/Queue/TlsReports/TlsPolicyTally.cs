namespace MailOps.Server.Queue.TlsReports;

/// <summary>What was seen under one policy.</summary>
internal sealed class TlsPolicyTally
{
    /// <summary>The policy.</summary>
    public required TlsPolicy Policy { get; init; }

    /// <summary>Sessions that were as it asks.</summary>
    public long Succeeded { get; set; }

    /// <summary>Sessions that were not.</summary>
    public long Failed { get; set; }

    /// <summary>Those that were not, by what went wrong and with whom; some may be missing.</summary>
    public List<TlsFailureTally> Failures { get; init; } = [];
}
