using System.Security.Cryptography;
using MailOps.Server.Connections;
using MailOps.Server.Hosting.Metrics;

namespace MailOps.Server.Hosting;

/// <summary>Other options for a server that runs.</summary>
public sealed partial class MailServer
{
    // Sessions that began with them may still use them.
    private readonly List<IDisposable> _retired = [];

    /// <summary>
    /// Takes other options while the server runs. All of them hold for clients who come from now on; sessions that are open go on under those
    /// that they began with, except for the quota. Endpoints that are the same stay open, others are closed and opened; sessions on one that is
    /// closed go on.
    /// </summary>
    /// <exception cref="MailServerException">They cannot be used, and the server goes on as before.</exception>
    public async Task UpdateAsync(MailServerOptions options)
    {
        options = Complete(options);
        await _stopping.WaitAsync();
        try
        {
            if (_stopped)
                throw new MailServerException(MailServerFault.InvalidOptions, "The server has stopped. Start one.");
            if (options.StorePath != Options.StorePath)
                throw new MailServerException(MailServerFault.InvalidOptions, $"The server runs on the store '{Options.StorePath}' and cannot go over to '{options.StorePath}': stop it, and start one there.");
            if (options.Layout != Options.Layout)
                throw new MailServerException(MailServerFault.InvalidOptions, "The layout of the store cannot change while the server runs: stop it, and start it anew.");
            await ApplyAsync(options, ServerCertificate.Open(options));
        }
        finally
        {
            _stopping.Release();
        }

        Events.Publish(new ServerUpdated { Time = options.Clock.GetUtcNow() });
    }

    private async Task ApplyAsync(MailServerOptions options, ServerTls tls)
    {
        var before = (Options, _directory, _guard, _rates);
        IDisposable? log = null;
        var metrics = _metricsEndpoint;
        Dictionary<MailEndpoint, Listener> opened = [];
        List<int> closed = [];
        try
        {
            (Options, _directory) = (options, DirectoryFor(options));

            // Who is locked stays locked, unless what locks is another thing now.
            if (options.Authentication.Limits != before.Options.Authentication.Limits || options.Domains[0] != before.Options.Domains[0])
                _guard = GuardFor(options);
            // Likewise what was counted.
            if (RateLimitsFor(options) != RateLimitsFor(before.Options) || !LimitsFor(options).Exempt.Equals(LimitsFor(before.Options).Exempt))
                _rates = RatesFor(options);
            log = FailureLogFor(options);
            if (!Equals(options.MetricsEndpoint, before.Options.MetricsEndpoint))
                metrics = MetricsAt(options.MetricsEndpoint);
            var handlers = options.Endpoints.Select(endpoint => endpoint.Protocol).Distinct().ToDictionary(protocol => protocol, HandlerFor);
            var asked = before.Options.Endpoints;
            var kept = asked.Where(options.Endpoints.Contains).ToHashSet();
            var going = Enumerable.Range(0, asked.Count).Where(i => !kept.Contains(asked[i])).ToList();

            // What can be opened beside the old is; the rest takes the place of one that goes.
            foreach (var endpoint in options.Endpoints.Where(endpoint => !kept.Contains(endpoint)))
                opened.Add(endpoint, await BindInPlaceAsync(endpoint, handlers[endpoint.Protocol], going, closed));

            if (!options.Outbound.Equals(before.Options.Outbound) || options.Capture != before.Options.Capture || options.HostName != before.Options.HostName)
                await ConfigureOutboundAsync(options);

            // From here on nothing fails.
            foreach (var i in going)
                await _listeners[i].DisposeAsync();
            foreach (var (endpoint, listener) in asked.Zip(_listeners).Where(pair => kept.Contains(pair.First)).ToList())
            {
                listener.Handler = handlers[endpoint.Protocol];
                opened.Add(endpoint, listener);
            }

            _failureLog?.Dispose();
            _failureLog = log;
            (metrics, _metricsEndpoint) = (_metricsEndpoint, metrics);
            if (metrics is not null && metrics != _metricsEndpoint)
                await metrics.DisposeAsync();
            if (options.HostName != before.Options.HostName)
                RenameMetrics(options.HostName);
            Retire(before.Options, tls);
            _pool.Update(LimitsFor(options), tls, options.ProxyFrom, _rates);
            (_store.Quota, _store.MaxMailboxes) = (options.Quota, options.MaxMailboxes);
            _tracking.Update(options.Tracking);
            _listeners.Clear();
            _listeners.AddRange(options.Endpoints.Select(endpoint => opened[endpoint]));
            Endpoints = [.. options.Endpoints.Zip(_listeners, (wanted, listener) => wanted with { Port = listener.Port })];
            foreach (var listener in _listeners)
                listener.Start(_pool, Events, options.Clock);
        }
        catch (Exception e) when (e is ArgumentException or MailServerException)
        {
            (Options, _directory, _guard, _rates) = before;
            await ReopenOutboundAsync();
            log?.Dispose();
            if (metrics is not null && metrics != _metricsEndpoint)
                await metrics.DisposeAsync();
            foreach (var listener in opened.Values)
                await listener.DisposeAsync();
            foreach (var i in closed)
                Reopen(i);
            ServerCertificate.Close(options, tls);
            throw e as MailServerException ?? new MailServerException(MailServerFault.InvalidOptions, e.Message, e);
        }
    }

    /// <summary>Binds an endpoint; where some that go are in its way, they are closed first.</summary>
    private async Task<Listener> BindInPlaceAsync(MailEndpoint endpoint, IConnectionHandler handler, List<int> going, List<int> closed)
    {
        while (true)
        {
            try
            {
                return EndpointBinding.Bind(endpoint, handler);
            }
            catch (MailServerException e) when (e.Fault is MailServerFault.PortInUse && going.FindIndex(i => IsInTheWay(Endpoints[i], endpoint) && !closed.Contains(i)) is >= 0 and var found)
            {
                await _listeners[going[found]].DisposeAsync();
                closed.Add(going[found]);
            }
        }
    }

    private static bool IsInTheWay(MailEndpoint old, MailEndpoint wanted) => old.Path is null ? old.Port == wanted.Port : old.Path == wanted.Path;

    // Its port was ours a moment ago. Should another program have taken it, the server goes on without it, and says so.
    private void Reopen(int i)
    {
        try
        {
            _listeners[i] = EndpointBinding.Bind(Endpoints[i], _listeners[i].Handler);
            _listeners[i].Start(_pool, Events, Options.Clock);
        }
        catch (MailServerException e)
        {
            Events.Publish(new ServerFaulted { Time = Options.Clock.GetUtcNow(), Exception = e });
        }
    }

    private async Task ReopenOutboundAsync()
    {
        try
        {
            if (Options is { Capture: false, Outbound.Enabled: true } && !_outbound.IsOpen)
                await ConfigureOutboundAsync(Options);
        }
        catch (MailServerException e)
        {
            Events.Publish(new ServerFaulted { Time = Options.Clock.GetUtcNow(), Exception = e });
        }
    }

    // A meter's tags are its own for good: under another name there is another meter, and whoever listens hears of both.
    private void RenameMetrics(string hostName)
    {
        var before = _metrics;
        _metrics = new ServerMetrics(hostName, () => Events.Dropped, before);
        before.Dispose();
    }

    private void Retire(MailServerOptions before, ServerTls tls)
    {
        if (before.Certificate is null)
            _retired.Add(_tls.Certificate);
        if (before.Authentication.Tokens is IDisposable tokens && tokens != Options.Authentication.Tokens)
            _retired.Add(tokens);
        _tls = tls;
        CertificateThumbprint = tls.Certificate.GetCertHashString(HashAlgorithmName.SHA256);
    }
}
