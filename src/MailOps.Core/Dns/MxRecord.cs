using System.Net;

namespace MailOps.Dns;

/// <summary>A host that takes mail for a domain, or the domain's word that none does.</summary>
public sealed record MxRecord
{
    /// <summary>The domain as it was asked for.</summary>
    public required string Domain { get; init; }

    /// <summary>The domain with A-labels (punycode), as it was asked on the wire.</summary>
    public required string DomainAscii { get; init; }

    /// <summary>The preference: the lowest is tried first.</summary>
    public required int Preference { get; init; }

    /// <summary>The host that takes the mail, with A-labels and without a dot at the end. "." for a null MX.</summary>
    public required string Exchange { get; init; }

    /// <summary>The host with U-labels. The same as <see cref="Exchange"/> if no label is internationalised.</summary>
    public required string ExchangeUnicode { get; init; }

    /// <summary>Where this comes from: an MX record, the domain's own address, or a null MX.</summary>
    public required MxKind Kind { get; init; }

    /// <summary>The name that the domain is an alias (CNAME) of, or null if it is not an alias.</summary>
    public string? CanonicalName { get; init; }

    /// <summary>How long the record may be kept.</summary>
    public required TimeSpan Ttl { get; init; }

    /// <summary>
    /// The exchanger's addresses, IPv6 and IPv4, if they were asked for; empty if it has none; null if they were not
    /// asked for or could not be found out.
    /// </summary>
    public IReadOnlyList<IPAddress>? Addresses { get; init; }

    /// <summary>Why <see cref="Addresses"/> is empty or null although it was asked for; null otherwise.</summary>
    public string? AddressError { get; init; }

    /// <summary>The preference and the host.</summary>
    public override string ToString() => $"{Preference} {Exchange}";
}
