using MailOps.Trust.TlsRpt;

namespace MailOps.Server.Queue.TlsReports;

/// <summary>How often the same went wrong with the same host.</summary>
internal sealed class TlsFailureTally
{
    /// <summary>What.</summary>
    public required TlsFault Fault { get; init; }

    /// <summary>With whom.</summary>
    public required TlsSessionDetail Detail { get; init; }

    /// <summary>How often.</summary>
    public long Count { get; set; }
}
