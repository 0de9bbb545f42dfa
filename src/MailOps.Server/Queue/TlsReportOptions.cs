namespace MailOps.Server.Queue;

/// <summary>In whose name reports about TLS are sent (RFC 8460). Without a contact none are, and nothing is counted.</summary>
public sealed record TlsReportOptions
{
    /// <summary>Whom to ask about a report: an address in ASCII, <c>local@domain</c>. Reports come from it, and its domain signs them.</summary>
    public string? Contact { get; init; }

    /// <summary>Who reports, in words. Null: the domain of the contact.</summary>
    public string? Organization { get; init; }

    /// <summary>True if there are reports.</summary>
    public bool IsEnabled => Contact is not null;

    /// <summary>The domain of the contact, or nothing.</summary>
    internal string Domain => Contact is null ? "" : Contact[(Contact.LastIndexOf('@') + 1)..];
}
