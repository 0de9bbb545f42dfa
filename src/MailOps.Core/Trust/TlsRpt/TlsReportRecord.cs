using System.Buffers;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using MailOps.Dns;
using MailOps.Smtp;

namespace MailOps.Trust.TlsRpt;

/// <summary>The TXT record that says where a domain wants reports about TLS (RFC 8460 section 3).</summary>
/// <param name="Mail">Addresses, in ASCII, in the order of the record.</param>
/// <param name="Web">HTTPS URLs, with a host name, in the order of the record.</param>
public sealed record TlsReportRecord(ImmutableArray<string> Mail, ImmutableArray<Uri> Web)
{
    /// <summary>The most places that a record is believed to want reports at; more are not read, so that nobody has one server write to the whole world.</summary>
    public const int MostTargets = 5;

    private const string Version = "v=TLSRPTv1";

    // RFC 3986 section 2, without what RFC 8460 wants encoded.
    private static readonly SearchValues<char> UriText =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~:/?#[]@$&'()*+=%");

    /// <summary>The name at which a domain has its record.</summary>
    /// <param name="domain">The domain.</param>
    /// <param name="name">The name, unless it would be too long.</param>
    /// <param name="error">What is wrong with it otherwise, as a sentence.</param>
    public static bool TryName(DnsName domain, [NotNullWhen(true)] out DnsName? name, [NotNullWhen(false)] out string? error) =>
        DnsName.TryParse($"_smtp._tls.{domain.Ascii}", out name, out error);

    /// <summary>Finds the record among the TXT records of <c>_smtp._tls.DOMAIN</c>.</summary>
    /// <param name="texts">The texts, each with its strings put together.</param>
    /// <param name="record">The record, if there is exactly one, and it is valid and wants reports where they can be sent.</param>
    /// <param name="error">Otherwise why there is none, as a sentence: the domain wants no reports then.</param>
    public static bool TryFind(IEnumerable<string> texts, [NotNullWhen(true)] out TlsReportRecord? record, [NotNullWhen(false)] out string? error)
    {
        record = null;
        return VersionedText.TryFind(texts, Version, "rua", isAnyText: true, out var rua, out error) && TryTargets(rua, out record, out error);
    }

    private static bool TryTargets(string rua, [NotNullWhen(true)] out TlsReportRecord? record, [NotNullWhen(false)] out string? error)
    {
        (record, error) = (null, null);
        var (mail, web) = (new List<string>(), new List<Uri>());
        foreach (var one in rua.Split(',').Select(uri => uri.Trim(' ', '\t')))
        {
            if (one.Length == 0 || one.AsSpan().ContainsAnyExcept(UriText) || !one.Contains(':', StringComparison.Ordinal))
            {
                error = $"{VersionedText.Show(one)} in the rua of the TXT record is not a URI in which commas, semicolons and exclamation points are encoded.";
                return false;
            }

            if (mail.Count + web.Count == MostTargets)
                break;
            if (AddressOf(one) is { } address && !mail.Contains(address))
                mail.Add(address);
            else if (UrlOf(one) is { } url && !web.Contains(url))
                web.Add(url);
        }

        if (mail.Count + web.Count == 0)
            error = $"The rua of the TXT record names no address behind mailto: and no host name behind https:, but {VersionedText.Show(rua)}.";
        else
            record = new TlsReportRecord([.. mail], [.. web]);
        return record is not null;
    }

    // Header fields that the URI would have in the message are the domain's wishes, and no business of a report (RFC 6068 section 4).
    private static string? AddressOf(string uri)
    {
        const string Scheme = "mailto:";
        if (!uri.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
            return null;
        var address = Uri.UnescapeDataString(uri[Scheme.Length..].Split('?')[0]);
        if (address.Length > 254 || !Ascii.IsValid(address) || address.AsSpan().ContainsAny("<>\"\\ ,;") || address.Any(char.IsControl))
            return null;
        var reader = new SmtpReader(Encoding.ASCII.GetBytes(address));
        return reader.Path(out var path) && reader.AtEnd && path.LocalPart.Length is > 0 and <= 64 && IsHost(path.Domain) ? path.ToString() : null;
    }

    private static Uri? UrlOf(string uri) =>
        Uri.TryCreate(uri, UriKind.Absolute, out var url) && url is { Scheme: "https", UserInfo: "", HostNameType: UriHostNameType.Dns } && IsHost(url.IdnHost) ? url : null;

    private static bool IsHost(string text) => text.Contains('.', StringComparison.Ordinal) && DnsName.TryParse(text, out _, out _);
}
