using System.Collections.Immutable;
using MailOps.Dns;
using MailOps.Trust.TlsRpt;

namespace MailOps.Trust.Dane;

/// <summary>What DANE asks of connections to one mail server for one destination, and why.</summary>
public sealed record DanePolicy
{
    /// <summary>What is asked.</summary>
    public required DaneUse Use { get; init; }

    /// <summary>Why, as a sentence.</summary>
    public required string Reason { get; init; }

    /// <summary>The section that says so, such as <c>RFC 7672 section 2.2.2</c>.</summary>
    public required string Source { get; init; }

    /// <summary>
    /// The TLSA base domain, with A-labels: the name to send in SNI (RFC 7672 section 8.1), and the first of
    /// <see cref="ReferenceNames"/>. Null where no records were found.
    /// </summary>
    public string? BaseDomain { get; init; }

    /// <summary>
    /// The names of which the certificate must have one where a trust anchor (DANE-TA) vouches for it: the base domain, and
    /// behind an authenticated MX record the next-hop domain and what that is an alias of (RFC 7672 section 3.2.2).
    /// </summary>
    public ImmutableArray<string> ReferenceNames { get; init; } = [];

    /// <summary>The records that count. Not empty if and only if the server must be authenticated.</summary>
    public ImmutableArray<TlsaRecord> Records { get; init; } = [];

    /// <summary>The records that do not count.</summary>
    public ImmutableArray<TlsaSetAside> SetAside { get; init; } = [];

    /// <summary>True if nothing may be sent in the clear.</summary>
    public bool RequiresTls => Use is DaneUse.Authenticate or DaneUse.Encrypt;

    /// <summary>What is wrong with what was published, before anybody is connected to; null if nothing is.</summary>
    public TlsFault? Fault => Use switch
    {
        DaneUse.Unknown => TlsFault.DnssecInvalid,
        DaneUse.Encrypt => TlsFault.TlsaInvalid,
        _ => null,
    };

    /// <summary>What is asked, and why.</summary>
    public override string ToString() => $"{Use}: {Reason} ({Source})";

    internal static DanePolicy None(string reason, string source) => new() { Use = DaneUse.NotApplicable, Reason = reason, Source = source };

    internal static DanePolicy Unknown(string reason) =>
        new() { Use = DaneUse.Unknown, Reason = reason, Source = "RFC 7672 section 2.1.2" };
}
