using System.Collections.Immutable;
using DnsClient;
using DnsClient.Protocol;

namespace MailOps.Dns;

/// <summary>
/// Asks DNS what mail needs to know. Every outcome is a value; only a cancelled token throws. One object serves any
/// number of questions at once.
/// </summary>
public sealed class MailResolver : IDisposable
{
    // Longer chains are a mistake; resolvers give up between 8 and 16.
    private const int MaxAliases = 8;

    // A domain may name thousands, and hold up everybody's questions with theirs. Nobody has so many who means to be reached.
    private const int MostExchangers = 20;

    private readonly DnsTransport _transport;

    /// <summary>A resolver that asks as the options say. Nothing is sent before the first question.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A port, time or number out of its range.</exception>
    public MailResolver(MailResolverOptions options)
    {
        if (options.Port is < 1 or > 65535)
            throw new ArgumentOutOfRangeException(nameof(options), options.Port, "The port of a name server is 1 to 65535.");
        if (options.Timeout <= TimeSpan.Zero || options.Retries < 0 || options.MaxConcurrency < 1)
            throw new ArgumentOutOfRangeException(nameof(options), "The timeout and the concurrency must be above zero, the retries not below.");
        _transport = new DnsTransport(options);
    }

    /// <summary>
    /// The hosts that take mail for a domain, ordered by preference (RFC 5321 section 5.1): its MX records, or the domain
    /// itself if it has none but an address. <see cref="DnsStatus.NoData"/> means that it has neither.
    /// </summary>
    /// <param name="domain">The domain.</param>
    /// <param name="withAddresses">Whether each exchanger's addresses are looked up too: of the 20 of the lowest preference.</param>
    /// <param name="cancel">Ends the wait.</param>
    public async Task<DnsAnswer<MxRecord>> MxAsync(DnsName domain, bool withAddresses, CancellationToken cancel)
    {
        var found = await LookupAsync(domain, QueryType.MX, r => r as DnsClient.Protocol.MxRecord, cancel).ConfigureAwait(false);
        if (found.Status == DnsStatus.NoData)
            return await ImplicitMxAsync(found, withAddresses, cancel).ConfigureAwait(false);

        var records = found.Records
            .Select(r => Mx(found, r.Preference, DnsTransport.Plain(r.Exchange), Ttl(r)))
            .OrderBy(r => r.Preference).ThenBy(r => r.Exchange, StringComparer.Ordinal).ToArray();
        if (withAddresses)
            records = await Task.WhenAll(records.Select((r, i) => i < MostExchangers ? WithAddressesAsync(r, cancel) : Task.FromResult(r with { AddressError = $"{domain.Ascii} has {records.Length} exchangers: the addresses of the first {MostExchangers} alone are looked up." }))).ConfigureAwait(false);
        return new DnsAnswer<MxRecord>(domain, found.Status, [.. records], found.CanonicalName, found.Detail) { Authenticated = found.Authenticated };
    }

    /// <summary>A host's addresses, IPv6 first. Both families are asked at once; one of them is enough.</summary>
    public async Task<DnsAnswer<HostAddress>> AddressesAsync(DnsName host, CancellationToken cancel)
    {
        var answers = await Task.WhenAll(
            LookupAsync(host, QueryType.AAAA, r => r as AddressRecord, cancel),
            LookupAsync(host, QueryType.A, r => r as AddressRecord, cancel)).ConfigureAwait(false);
        var addresses = answers.SelectMany(a => a.Records).Select(r => new HostAddress(r.Address, Ttl(r))).ToImmutableArray();

        // Without an address it is the less certain of the two answers that counts.
        var (ipv6, ipv4) = (answers[0], answers[1]);
        var telling = addresses.IsEmpty
            ? !ipv4.IsDefinite ? ipv4 : !ipv6.IsDefinite ? ipv6 : ipv4
            : ipv4.Status == DnsStatus.Answered ? ipv4 : ipv6;
        return new DnsAnswer<HostAddress>(host, telling.Status, addresses, telling.CanonicalName,
            addresses.IsEmpty && telling.Status == DnsStatus.NoData ? $"{host.Ascii} has neither an A nor an AAAA record." : telling.Detail)
        {
            Authenticated = answers.All(a => a.Authenticated || (a.Records.IsEmpty && !addresses.IsEmpty)),
        };
    }

    /// <summary>The TXT records of a name, in no order.</summary>
    public async Task<DnsAnswer<TxtRecord>> TxtAsync(DnsName name, CancellationToken cancel)
    {
        var found = await LookupAsync(name, QueryType.TXT, r => r as DnsClient.Protocol.TxtRecord, cancel).ConfigureAwait(false);
        return found.With(r => new TxtRecord(string.Concat(r.Text), Ttl(r)));
    }

    /// <summary>
    /// The TLSA records of a service (RFC 6698). They mean something only where the answer is
    /// <see cref="DnsAnswer{T}.Authenticated"/>; and an answer that is not definite is not the absence of records, since who
    /// can suppress it could otherwise suppress the protection (RFC 7672 section 2.1.2).
    /// </summary>
    /// <param name="service">The service's name, such as <c>_25._tcp.mx.example.org</c> (RFC 6698 section 3).</param>
    /// <param name="cancel">Ends the wait.</param>
    public async Task<DnsAnswer<TlsaRecord>> TlsaAsync(DnsName service, CancellationToken cancel)
    {
        var found = await LookupAsync(service, QueryType.TLSA, r => r as DnsClient.Protocol.TlsaRecord, cancel).ConfigureAwait(false);
        return found.With(r => new TlsaRecord((TlsaUsage)(byte)r.CertificateUsage, (TlsaSelector)(byte)r.Selector, (TlsaMatchingType)(byte)r.MatchingType,
            Convert.ToHexStringLower([.. r.CertificateAssociationData]), Ttl(r)));
    }

    /// <summary>
    /// The CNAME record of a name itself, not followed. What the answer about an alias's target does not tell is whether the
    /// alias was validated where its target is not signed (RFC 7672 section 2.1.3).
    /// </summary>
    internal Task<DnsAnswer<CNameRecord>> AliasAsync(DnsName name, CancellationToken cancel) =>
        LookupAsync(name, QueryType.CNAME, r => r as CNameRecord, cancel);

    /// <summary>Gives back what the resolver holds. Questions under way should be cancelled first.</summary>
    public void Dispose() => _transport.Dispose();

    /// <summary>
    /// The door for every type of record: asks, follows CNAMEs that the server left to us, and takes the records out.
    /// </summary>
    /// <param name="name">The name.</param>
    /// <param name="type">The type to ask for.</param>
    /// <param name="take">The record as the type wanted, or null for one of another type.</param>
    /// <param name="cancel">Ends the wait.</param>
    internal async Task<DnsAnswer<T>> LookupAsync<T>(DnsName name, QueryType type, Func<DnsResourceRecord, T?> take, CancellationToken cancel)
        where T : class
    {
        var current = name.Ascii;
        string? alias = null;
        var authenticated = true;
        var seen = new HashSet<string>(StringComparer.OrdinalIgnoreCase) { current };
        while (true)
        {
            var response = await _transport.AskAsync(current, type, cancel).ConfigureAwait(false);
            if (response.Status is not (DnsStatus.Answered or DnsStatus.NameNotFound))
                return new DnsAnswer<T>(name, response.Status, [], alias, response.Detail);

            authenticated &= response.Authenticated;
            var target = current;
            while (type != QueryType.CNAME && Alias(response.Message!, target) is { } next)
            {
                if (!seen.Add(next) || seen.Count > MaxAliases + 1)
                    return new DnsAnswer<T>(name, DnsStatus.ServerFailure, [], alias, $"{name.Ascii} is an alias (CNAME) that leads in a circle or through more than {MaxAliases} names, at {next}.");
                (target, alias) = (next, next);
            }

            if (response.Status == DnsStatus.NameNotFound)
                return new DnsAnswer<T>(name, DnsStatus.NameNotFound, [], alias, alias is null ? response.Detail : $"{name.Ascii} is an alias (CNAME) of {alias}, which does not exist (NXDOMAIN).") { Authenticated = authenticated };

            var records = response.Message!.Answers.Where(r => SameName(r, target)).Select(take).OfType<T>().ToImmutableArray();
            if (!records.IsEmpty)
                return new DnsAnswer<T>(name, DnsStatus.Answered, records, alias, response.Detail) { Authenticated = authenticated };

            // An authoritative server knows only its own zone: the rest of the chain is asked for by its name.
            if (string.Equals(target, current, StringComparison.OrdinalIgnoreCase) || response.Message.Answers.Any(r => r.RecordType == ResourceRecordType.SOA))
                return new DnsAnswer<T>(name, DnsStatus.NoData, [], alias, $"{target} has no {type} record.") { Authenticated = authenticated };
            current = target;
        }
    }

    private async Task<DnsAnswer<MxRecord>> ImplicitMxAsync(DnsAnswer<DnsClient.Protocol.MxRecord> none, bool withAddresses, CancellationToken cancel)
    {
        var addresses = await AddressesAsync(none.Name, cancel).ConfigureAwait(false);
        if (addresses.Status != DnsStatus.Answered)
        {
            var detail = addresses.Status == DnsStatus.NoData
                ? $"{none.Name.Ascii} has no MX, A or AAAA record: no host takes mail for it."
                : addresses.Detail;
            return addresses.Without<MxRecord>() with { Detail = detail, Authenticated = none.Authenticated && addresses.Authenticated };
        }

        var record = Mx(none, 0, none.Name.Ascii, addresses.Records.Min(a => a.Ttl)) with
        {
            Kind = MxKind.Implicit,
            CanonicalName = addresses.CanonicalName,
            Addresses = withAddresses ? [.. addresses.Records.Select(a => a.Address)] : null,
        };
        return new DnsAnswer<MxRecord>(none.Name, DnsStatus.Answered, [record], addresses.CanonicalName,
            $"{none.Name.Ascii} has no MX record; its own address takes its mail (RFC 5321 section 5.1).")
        {
            Authenticated = none.Authenticated && addresses.Authenticated,
        };
    }

    private async Task<MxRecord> WithAddressesAsync(MxRecord record, CancellationToken cancel)
    {
        if (record.Kind == MxKind.Null)
            return record with { Addresses = [] };
        if (!DnsName.TryParse(record.Exchange, out var host, out var error))
            return record with { Addresses = [], AddressError = error };

        var found = await AddressesAsync(host, cancel).ConfigureAwait(false);
        return found.Status == DnsStatus.Answered
            ? record with { Addresses = [.. found.Records.Select(a => a.Address)] }
            : record with { Addresses = found.IsDefinite ? [] : null, AddressError = found.Detail };
    }

    private static MxRecord Mx<T>(DnsAnswer<T> answer, int preference, string exchange, TimeSpan ttl) => new()
    {
        Domain = answer.Name.Text,
        DomainAscii = answer.Name.Ascii,
        Preference = preference,
        Exchange = exchange.ToLowerInvariant(),
        ExchangeUnicode = DnsName.ToUnicode(exchange.ToLowerInvariant()),
        Kind = exchange == "." ? MxKind.Null : MxKind.Explicit,
        CanonicalName = answer.CanonicalName,
        Ttl = ttl,
    };

    private static string? Alias(IDnsQueryResponse response, string name) =>
        response.Answers.OfType<CNameRecord>().FirstOrDefault(r => SameName(r, name)) is { } record
            ? DnsTransport.Plain(record.CanonicalName).ToLowerInvariant()
            : null;

    private static bool SameName(DnsResourceRecord record, string name) =>
        string.Equals(DnsTransport.Plain(record.DomainName), name, StringComparison.OrdinalIgnoreCase);

    private static TimeSpan Ttl(DnsResourceRecord record) => TimeSpan.FromSeconds(record.TimeToLive);
}
