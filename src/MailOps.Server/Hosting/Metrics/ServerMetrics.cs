using System.Diagnostics;
using System.Diagnostics.Metrics;
using MailOps.Server.Connections;
using MailOps.Server.Queue;

namespace MailOps.Server.Hosting.Metrics;

/// <summary>
/// The server's instruments, named and tagged as OpenTelemetry's semantic conventions have it. They are counted where events are published,
/// by something that returns at once; while nobody listens they cost a look.
/// </summary>
/// <remarks>Attributes that the conventions know are used (<c>network.protocol.name</c>, <c>network.io.direction</c>, <c>tls.protocol.version</c>, <c>error.type</c>); what is particular to mail begins with <c>mail.</c>. Nothing that a client chooses is a value of one: their number is bounded.</remarks>
internal sealed class ServerMetrics : IDisposable
{
    /// <summary>The meter's name.</summary>
    public const string MeterName = "MailOps.Server";

    private static readonly string[] Protocols = ["smtp", "submission", "lmtp", "pop3", "imap"];

    private readonly long[] _open;
    private readonly Counter<long> _refusedConnections;
    private readonly Counter<long> _cutOff;
    private readonly Counter<long> _commands;
    private readonly Counter<long> _logins;
    private readonly Counter<long> _locks;
    private readonly Counter<long> _messages;
    private readonly Counter<long> _refusals;
    private readonly Counter<long> _handshakes;
    private readonly Counter<long> _octets;
    private readonly Counter<long> _faults;
    private readonly Histogram<double> _duration;
    private readonly Histogram<long> _size;
    private readonly Counter<long> _outbound;

    /// <summary>The instruments of one server.</summary>
    /// <param name="hostName">Which server: the meter's tag <c>server.address</c>.</param>
    /// <param name="dropped">Tells how many events slow listeners missed.</param>
    /// <param name="before">The instruments under the name that the server had before, or null: connections that are open stay counted, and the meter has the same scope. They are the caller's to dispose.</param>
    public ServerMetrics(string hostName, Func<long> dropped, ServerMetrics? before = null)
    {
        _open = before?._open ?? new long[Protocols.Length];
        Meter = new Meter(new MeterOptions(MeterName) { Version = typeof(ServerMetrics).Assembly.GetName().Version?.ToString(3), Tags = [new("server.address", hostName)], Scope = _open });
        Meter.CreateObservableUpDownCounter("mail.server.active_connections", Open, "{connection}", "Connections that are open now.");
        _duration = Meter.CreateHistogram("mail.server.connection.duration", "s", "How long connections lasted.", advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.01, 0.1, 1, 5, 30, 60, 300, 1800, 7200] });
        _refusedConnections = Meter.CreateCounter<long>("mail.server.connection.refusals", "{connection}", "Clients that a limit turned away.");
        _cutOff = Meter.CreateCounter<long>("mail.server.connection.cutoffs", "{connection}", "Clients that were cut off because their address sent more commands than it may.");
        _octets = Meter.CreateCounter<long>("mail.server.network.io", "By", "Octets on the wire of connections that have ended.");
        _handshakes = Meter.CreateCounter<long>("mail.server.tls.handshakes", "{handshake}", "TLS handshakes; failed ones have an error.type.");
        _commands = Meter.CreateCounter<long>("mail.server.commands", "{command}", "Commands that were carried out.");
        _logins = Meter.CreateCounter<long>("mail.server.logins", "{login}", "Logins: success, failure, or locked if nothing was tried.");
        _locks = Meter.CreateCounter<long>("mail.server.login.locks", "{lock}", "Addresses and accounts that were locked because too many logins failed.");
        _messages = Meter.CreateCounter<long>("mail.server.messages", "{message}", "Messages that were accepted and are durable.");
        _size = Meter.CreateHistogram("mail.server.message.size", "By", "Octets of messages that were accepted.", advice: new InstrumentAdvice<long> { HistogramBucketBoundaries = [1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864] });
        _outbound = Meter.CreateCounter<long>("mail.server.outbound.recipients", "{recipient}", "Recipients at other servers that were tried: sent, deferred or failed.");
        _refusals = Meter.CreateCounter<long>("mail.server.refusals", "{refusal}", "Senders, recipients and messages that were refused.");
        _faults = Meter.CreateCounter<long>("mail.server.faults", "{fault}", "Faults of the server's own: bugs and disk errors.");
        Meter.CreateObservableCounter("mail.server.events.dropped", dropped, "{event}", "Events that slow listeners missed.");
    }

    /// <summary>What listeners find the instruments by.</summary>
    public Meter Meter { get; }

    /// <summary>Counts an event. Never throws by itself; a listener of the meter runs here.</summary>
    public void Count(ServerEvent happened)
    {
        switch (happened)
        {
            case CommandReceived command:
                if (_commands.Enabled)
                    _commands.Add(1, Protocol(command), new("mail.command", command.Command));
                break;
            case ConnectionOpened opened:
                Change(opened.Protocol, 1);
                break;
            case ConnectionClosed closed:
                Change(closed.Protocol, -1);
                _duration.Record(closed.Duration.TotalSeconds, Protocol(closed), new("mail.connection.end", closed.End.ToString()));
                _octets.Add(closed.OctetsIn, Protocol(closed), new("network.io.direction", "receive"));
                _octets.Add(closed.OctetsOut, Protocol(closed), new("network.io.direction", "transmit"));
                break;
            case ConnectionRefused refused:
                _refusedConnections.Add(1, Protocol(refused));
                break;
            case ClientTooFast tooFast:
                _cutOff.Add(1, Protocol(tooFast));
                break;
            case TlsEstablished tls:
                // The conventions name the version by its number.
                _handshakes.Add(1, Protocol(tls), new("tls.protocol.version", tls.Tls.Version.Replace("TLSv", "", StringComparison.Ordinal)));
                break;
            case TlsFailed tls:
                _handshakes.Add(1, Protocol(tls), new("error.type", "handshake_failed"));
                break;
            case LoginSucceeded login:
                CountLogin(login, login.Mechanism, "success");
                break;
            case LoginFailed login:
                CountLogin(login, login.Mechanism, "failure");
                break;
            case LoginRefused login:
                CountLogin(login, login.Mechanism, "locked");
                break;
            case LoginsLocked locked:
                _locks.Add(1, Protocol(locked), new("mail.login.lock", locked.Account is null ? "address" : "account"));
                break;
            case MessageAccepted accepted:
                _messages.Add(1, Protocol(accepted));
                _size.Record(accepted.Size, Protocol(accepted));
                break;
            case OutboundTried { Outcome: not OutboundOutcome.Moved } tried:
                _outbound.Add(tried.Recipients.Count, new KeyValuePair<string, object?>("mail.outbound.outcome", tried.Outcome.ToString().ToLowerInvariant()));
                break;
            case MailRefused refused:
                _refusals.Add(1, Protocol(refused), new("mail.command", refused.Command), new("mail.reply.code", refused.Reply.Length >= 3 ? refused.Reply[..3] : refused.Reply));
                break;
            case SessionFaulted faulted:
                _faults.Add(1, Protocol(faulted), new("error.type", faulted.Exception.GetType().FullName));
                break;
            case ServerFaulted faulted:
                _faults.Add(1, new KeyValuePair<string, object?>("error.type", faulted.Exception.GetType().FullName));
                break;
        }
    }

    /// <summary>Ends the instruments.</summary>
    public void Dispose() => Meter.Dispose();

    private static KeyValuePair<string, object?> Protocol(ConnectionEvent happened) => new("network.protocol.name", happened.Protocol);

    private void CountLogin(ConnectionEvent login, string mechanism, string outcome) =>
        _logins.Add(1, Protocol(login), new("mail.login.mechanism", mechanism), new("mail.login.outcome", outcome));

    private void Change(string protocol, int by)
    {
        if (Array.IndexOf(Protocols, protocol) is var at and >= 0)
            Interlocked.Add(ref _open[at], by);
    }

    private IEnumerable<Measurement<long>> Open() =>
        Protocols.Select((protocol, at) => new Measurement<long>(Interlocked.Read(ref _open[at]), new TagList { { "network.protocol.name", protocol } }));
}
