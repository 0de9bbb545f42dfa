using MailOps.Dns;
using MailOps.Trust.TlsRpt;

namespace MailOps.Trust.Dane;

/// <summary>Whether a server may be sent to, by the certificates that it presented.</summary>
/// <param name="Accepted">Whether it may, as far as DANE goes.</param>
/// <param name="Authenticated">Whether it is the server that the records name. Never true where it is not accepted.</param>
/// <param name="Reason">Why, as a sentence.</param>
/// <param name="Source">The section that says so.</param>
public sealed record DaneVerdict(bool Accepted, bool Authenticated, string Reason, string Source)
{
    /// <summary>The record that matched, or null.</summary>
    public TlsaRecord? Record { get; init; }

    /// <summary>What kind of fault it is that was refused; null where nothing was.</summary>
    public TlsFault? Fault { get; init; }

    /// <summary>The verdict in words.</summary>
    public override string ToString() => $"{(Accepted ? "Accepted" : "Refused")}: {Reason} ({Source})";
}
