namespace MailOps.Server.Queue.TlsReports;

/// <summary>What was seen of a domain on one day.</summary>
internal sealed class TlsDomainTally
{
    /// <summary>By policy; a domain whose policy changed has several.</summary>
    public List<TlsPolicyTally> Policies { get; init; } = [];

    /// <summary>About how many characters it is.</summary>
    public int Size { get; set; }
}
