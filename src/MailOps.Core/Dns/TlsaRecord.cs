using System.Globalization;

namespace MailOps.Dns;

/// <summary>A TLSA record: what a domain says of the certificates of a service (RFC 6698 section 2).</summary>
/// <param name="Usage">How the certificate is checked. Values without a name may come.</param>
/// <param name="Selector">Which part of the certificate is compared. Values without a name may come.</param>
/// <param name="MatchingType">How it is compared. Values without a name may come.</param>
/// <param name="Data">The certificate association data, in lower-case hexadecimal.</param>
/// <param name="Ttl">How long it may be kept.</param>
public sealed record TlsaRecord(TlsaUsage Usage, TlsaSelector Selector, TlsaMatchingType MatchingType, string Data, TimeSpan Ttl)
{
    /// <summary>The record as zone files have it (RFC 6698 section 2.2), such as <c>3 1 1 0d6f…</c>.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{(byte)Usage} {(byte)Selector} {(byte)MatchingType} {Data}");
}
