using System.Net;
using System.Net.Sockets;
using System.Text;
using DnsClient;

namespace MailOps.Dns;

/// <summary>The name server or servers, found once, and the one place that DnsClient's exceptions reach.</summary>
internal sealed class DnsTransport(MailResolverOptions options) : IDisposable
{
    private readonly SemaphoreSlim _turns = new(options.MaxConcurrency);
    private readonly SemaphoreSlim _opening = new(1);
    private LookupClient? _client;
    private string _server = options.Server ?? "the system's name server";

    /// <summary>Asks one question. A status of its own stands for every way in which no usable response comes.</summary>
    public async Task<DnsResponse> AskAsync(string asciiName, QueryType type, CancellationToken cancel)
    {
        await _turns.WaitAsync(cancel).ConfigureAwait(false);
        using var deadline = new CancellationTokenSource(options.Timeout, options.TimeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel, deadline.Token);
        try
        {
            var client = await OpenAsync(either.Token).ConfigureAwait(false);
            // The wait ends with the token even where the library's own socket call does not.
            var response = await client.QueryAsync(asciiName + ".", type, QueryClass.IN, either.Token).WaitAsync(either.Token).ConfigureAwait(false);
            return Classify(asciiName, type, response);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return new DnsResponse(DnsStatus.TimedOut, null, $"{_server} did not answer the question for {asciiName} {type} within {options.Timeout.TotalSeconds:0.###} s.");
        }
        catch (Exception e) when (!cancel.IsCancellationRequested)
        {
            // Some of what the library throws on a bad packet is internal to it: what is not known here is malformed.
            return FromException(asciiName, type, e);
        }
        catch (Exception e) when (cancel.IsCancellationRequested && e is not OperationCanceledException)
        {
            // The library turned the cancelled socket into an error of its own.
            throw new OperationCanceledException("The DNS question was cancelled.", e, cancel);
        }
        finally
        {
            _turns.Release();
        }
    }

    public void Dispose()
    {
        _turns.Dispose();
        _opening.Dispose();
    }

    private async ValueTask<LookupClient> OpenAsync(CancellationToken cancel)
    {
        if (Volatile.Read(ref _client) is { } ready)
            return ready;

        await _opening.WaitAsync(cancel).ConfigureAwait(false);
        try
        {
            if (_client is not null)
                return _client;

            var servers = await FindServersAsync(cancel).ConfigureAwait(false);
            _server = string.Join(", ", servers.Select(s => s.ToString()));
            var attempts = 1 + options.Retries;
            var client = new LookupClient(new LookupClientOptions([.. servers.Select(s => new NameServer(s))])
            {
                Timeout = options.Timeout / attempts,
                Retries = options.Retries,
                UseCache = options.UseCache,
                UseTcpFallback = true,
                ThrowDnsErrors = false,
                ContinueOnDnsError = true,
                ContinueOnEmptyResponse = false,
                UseRandomNameServer = false,
                // What passes unfragmented on nearly every path (DNS Flag Day 2020).
                ExtendedDnsBufferSize = 1232,
                // Who does not ask for DNSSEC need not be told what was validated (RFC 6840 sections 5.7 and 5.8).
                RequestDnsSecRecords = servers.Any(s => IsBelieved(s.Address)),
            });
            Volatile.Write(ref _client, client);
            return client;
        }
        finally
        {
            _opening.Release();
        }
    }

    private async Task<IReadOnlyList<IPEndPoint>> FindServersAsync(CancellationToken cancel)
    {
        if (options.Server is { } server)
        {
            if (IPAddress.TryParse(server, out var address))
                return [new IPEndPoint(address, options.Port)];

            var found = await System.Net.Dns.GetHostAddressesAsync(server, cancel).ConfigureAwait(false);
            return [.. found.Select(a => new IPEndPoint(a, options.Port))];
        }

        // Without a configured server the library would ask a public one; whose resolver is asked is not ours to choose.
        var configured = NameServer.ResolveNameServers(skipIPv6SiteLocal: true, fallbackToGooglePublicDns: false);
        return configured.Count > 0
            ? [.. configured.Select(s => new IPEndPoint(IPAddress.Parse(s.Address), options.Port == 53 ? s.Port : options.Port))]
            : throw new InvalidOperationException("This system has no name server configured. Name one.");
    }

    private DnsResponse Classify(string name, QueryType type, IDnsQueryResponse response)
    {
        // An answer to another question is not an answer, whatever its id (RFC 5452 section 4.2).
        var question = response.Questions.Count == 1 ? response.Questions[0] : null;
        if (question is null || question.QuestionType != type || !string.Equals(Plain(question.QueryName), name, StringComparison.OrdinalIgnoreCase))
            return new DnsResponse(DnsStatus.Malformed, null, $"{response.NameServer} answered another question than {name} {type}.");

        var code = response.Header.ResponseCode;
        var status = code switch
        {
            DnsHeaderResponseCode.NoError => DnsStatus.Answered,
            DnsHeaderResponseCode.NotExistentDomain => DnsStatus.NameNotFound,
            DnsHeaderResponseCode.ServerFailure => DnsStatus.ServerFailure,
            _ => DnsStatus.Refused,
        };
        return new DnsResponse(status, response, status switch
        {
            DnsStatus.NameNotFound => $"{response.NameServer} says that {name} does not exist (NXDOMAIN).",
            DnsStatus.ServerFailure => $"{response.NameServer} could not find out {name} {type} (SERVFAIL).",
            DnsStatus.Refused => $"{response.NameServer} refused the question for {name} {type} ({code}).",
            _ => $"{response.NameServer} answered.",
        }, response.Header.IsAuthenticData && IPAddress.TryParse(response.NameServer.Address, out var server) && IsBelieved(server));
    }

    private bool IsBelieved(IPAddress server) => options.Dnssec switch
    {
        DnssecTrust.Always => true,
        DnssecTrust.Loopback => IPAddress.IsLoopback(server),
        _ => false,
    };

    private DnsResponse FromException(string name, QueryType type, Exception e)
    {
        for (Exception? inner = e; inner is not null; inner = inner.InnerException)
        {
            if (inner is SocketException socket)
                return new DnsResponse(DnsStatus.Unreachable, null, $"{_server} could not be asked for {name} {type}: {socket.SocketErrorCode switch
                {
                    SocketError.ConnectionRefused => "nothing listens on that port.",
                    SocketError.HostNotFound or SocketError.NoData => "its name does not resolve.",
                    _ => socket.Message,
                }}");
        }

        return e switch
        {
            DnsResponseException { Code: DnsResponseCode.ConnectionTimeout } or { InnerException: OperationCanceledException or TimeoutException } =>
                new DnsResponse(DnsStatus.TimedOut, null, $"{_server} did not answer the question for {name} {type} within {options.Timeout.TotalSeconds:0.###} s."),
            InvalidOperationException => new DnsResponse(DnsStatus.Unreachable, null, e.Message),
            _ => new DnsResponse(DnsStatus.Malformed, null, $"{_server} sent something that is not an answer to {name} {type}: {e.Message}"),
        };
    }

    /// <summary>A name as it was on the wire, in A-labels, without the dot at its end. The library shows names in U-labels.</summary>
    internal static string Plain(DnsString name)
    {
        var wire = Ascii.IsValid(name.Value) ? name.Value : name.Original;
        if (!Ascii.IsValid(wire))
            wire = DnsName.TryParse(wire, out var mapped, out _) ? mapped.Ascii : wire;
        return wire.Length > 1 ? wire.TrimEnd('.') : wire;
    }
}
