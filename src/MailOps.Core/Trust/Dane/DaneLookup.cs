using MailOps.Dns;

namespace MailOps.Trust.Dane;

/// <summary>
/// Finds out what DANE asks of connections to a mail server: where its TLSA records are looked for, and what they come to
/// (RFC 7672 section 2.2). Every outcome is a value; only a cancelled token throws.
/// </summary>
/// <param name="resolver">
/// Who is asked. Only a resolver whose answers can be <see cref="DnsAnswer{T}.Authenticated"/> finds anything.
/// </param>
public sealed class DaneLookup(MailResolver resolver)
{
    /// <summary>The policy for one of a domain's mail exchangers.</summary>
    /// <param name="exchangers">The answer about the domain's exchangers: the next-hop domain, and whether it is authenticated.</param>
    /// <param name="exchanger">The exchanger, one of the answer's.</param>
    /// <param name="port">The port that is connected to, 25 as a rule.</param>
    /// <param name="cancel">Ends the wait.</param>
    public async Task<DanePolicy> ForExchangerAsync(DnsAnswer<MxRecord> exchangers, MxRecord exchanger, int port, CancellationToken cancel)
    {
        if (exchanger.Kind == MxKind.Null)
            return DanePolicy.None($"{exchangers.Name.Ascii} takes no mail.", "RFC 7505 section 3");
        if (!DnsName.TryParse(exchanger.Exchange, out var host, out var error))
            return DanePolicy.None($"The exchanger has no name that could have records: {error}", "RFC 7672 section 2.2.1");

        // A domain without MX records is a host like any other: whether its address and records are authenticated is what counts.
        if (exchanger.Kind == MxKind.Implicit)
            return await ForHostAsync(host, port, cancel).ConfigureAwait(false);

        // Who can forge the MX record can name a host whose records are in order.
        if (!exchangers.Authenticated)
            return DanePolicy.None($"The MX records of {exchangers.Name.Ascii} are not authenticated by DNSSEC.", "RFC 7672 section 2.2.1");

        var nextHop = exchangers.CanonicalName is { } canonical ? [exchangers.Name.Ascii, canonical.ToLowerInvariant()] : new[] { exchangers.Name.Ascii };
        return await FindAsync(host, port, nextHop, cancel).ConfigureAwait(false);
    }

    /// <summary>The policy for a host that mail goes to by its own name: a smart host, or a domain without MX records.</summary>
    /// <param name="host">The host.</param>
    /// <param name="port">The port that is connected to.</param>
    /// <param name="cancel">Ends the wait.</param>
    public Task<DanePolicy> ForHostAsync(DnsName host, int port, CancellationToken cancel) => FindAsync(host, port, [], cancel);

    private async Task<DanePolicy> FindAsync(DnsName host, int port, string[] nextHop, CancellationToken cancel)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(port, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(port, 65535);

        // Servers of unsigned zones are known that never answer questions for TLSA: they are not asked.
        var (bases, otherwise) = await BaseDomainsAsync(host, cancel).ConfigureAwait(false);
        if (otherwise is not null)
            return otherwise;

        foreach (var name in bases)
        {
            if (!DnsName.TryParse($"_{port}._tcp.{name}", out var service, out _))
                continue;

            var answer = await resolver.TlsaAsync(service, cancel).ConfigureAwait(false);
            if (!answer.IsDefinite)
                return DanePolicy.Unknown($"Whether {service.Ascii} has TLSA records could not be found out: {answer.Detail}");

            // An alias of the service's own name leads to records elsewhere, but the base domain stays (RFC 7672 section 2.2.3).
            if (answer is { Status: DnsStatus.Answered, Authenticated: true })
                return TlsaRecordSet.Policy(answer.Records, name, name == host.Ascii ? nextHop : [host.Ascii, .. nextHop]);
        }

        return DanePolicy.None($"{string.Join(" and ", bases)} publishes no authenticated TLSA record for port {port}.", "RFC 7672 section 2.2");
    }

    /// <summary>The names under which records are looked for, in order, or the policy where there is none (RFC 7672 section 2.2.2).</summary>
    private async Task<(string[] Names, DanePolicy? Otherwise)> BaseDomainsAsync(DnsName host, CancellationToken cancel)
    {
        var addresses = await resolver.AddressesAsync(host, cancel).ConfigureAwait(false);
        if (!addresses.IsDefinite)
            return ([], DanePolicy.Unknown($"The addresses of {host.Ascii} could not be found out: {addresses.Detail}"));
        if (addresses.Status != DnsStatus.Answered)
            return ([], DanePolicy.None($"{host.Ascii} has no address.", "RFC 7672 section 2.2.2"));

        if (addresses.CanonicalName is not { } canonical)
        {
            return addresses.Authenticated
                ? ([host.Ascii], null)
                : ([], DanePolicy.None($"The addresses of {host.Ascii} are not authenticated by DNSSEC.", "RFC 7672 section 2.2.2"));
        }

        // The whole chain of aliases holds: the name at its end comes first, the first name where that has no records.
        if (addresses.Authenticated)
            return ([canonical.ToLowerInvariant(), host.Ascii], null);

        // The chain leaves the signed zones somewhere. Whether the first name is in one, only its own alias record tells (2.1.3).
        var alias = await resolver.AliasAsync(host, cancel).ConfigureAwait(false);
        if (!alias.IsDefinite)
            return ([], DanePolicy.Unknown($"Whether the alias (CNAME) {host.Ascii} is authenticated could not be found out: {alias.Detail}"));
        return alias.Authenticated
            ? ([host.Ascii], null)
            : ([], DanePolicy.None($"The alias (CNAME) {host.Ascii} is not authenticated by DNSSEC.", "RFC 7672 section 2.2.2"));
    }
}
