using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MailOps.Sasl;
using MailOps.Server.Connections.Faults;
using MailOps.Wire;

namespace MailOps.Server.Connections;

/// <summary>
/// One client, from accept to close: the pipes, the TLS layer, the deadline and the way to publish. A session holds one
/// and knows nothing below it.
/// </summary>
/// <remarks>
/// Deadlines are kept by the server's heartbeat, not by a timer each. When one passes, the pending read is interrupted
/// (<see cref="WireLineStatus.Interrupted"/>) so that the session can say goodbye; if the session has not ended
/// <see cref="Grace"/> later, the socket is closed under it. The same happens when the server stops.
/// </remarks>
internal sealed partial class ServerConnection : IAsyncDisposable
{
    /// <summary>How long a session has for its goodbye after it was interrupted.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    private readonly Socket _socket;
    private readonly Stream _stream;
    private readonly WireMeter _meter = new();
    private readonly DuplexConnection _wire;
    // Never disposed: it holds no timer and no handle, and the heartbeat may abort a connection that has just ended.
    private readonly CancellationTokenSource _aborted = new();
    private readonly ServerFaults? _faults;
    private CutReader? _cut;
    private ServerTls _presented;
    private readonly ServerEvents _events;
    private ChannelBinding? _binding;
    private readonly long _begun;
    private long _deadline = long.MaxValue;
    private int _interruption;
    private volatile bool _isInHandshake;
    private volatile bool _isInPool;
    private long _messages;

    public ServerConnection(string id, string protocol, Socket socket, ServerTls tls, ServerEvents events, TimeProvider clock, bool idles = true, bool isBrisk = false, ServerFaults? faults = null)
    {
        Id = id;
        Protocol = protocol;
        Clock = clock;
        _socket = socket;
        _presented = tls;
        _faults = faults;
        _events = events;
        IsUnixSocket = socket.AddressFamily is AddressFamily.Unix;
        Remote = socket.RemoteEndPoint as IPEndPoint;
        Local = socket.LocalEndPoint as IPEndPoint;
        _stream = EpollStream.Over(socket, isBrisk, _meter);
        _wire = new DuplexConnection(_stream, idles);
        OpenedAt = clock.GetUtcNow();
        _begun = clock.GetTimestamp();
    }

    /// <summary>Unique in the server's life.</summary>
    public string Id { get; }

    /// <summary>The handler's <see cref="IConnectionHandler.Protocol"/>.</summary>
    public string Protocol { get; }

    /// <summary>The client: the other end of the socket, or whom a trusted proxy speaks for. Null if the proxy does not know, and over a Unix socket.</summary>
    public IPEndPoint? Remote { get; private set; }

    /// <summary>True if a trusted proxy spoke for the client, known or not.</summary>
    public bool IsIntroduced { get; private set; }

    /// <summary>True if the client came over a Unix socket: from this machine, past the rights of the socket's file.</summary>
    public bool IsUnixSocket { get; }

    /// <summary>The proxy whose PROXY header spoke for the client, or null.</summary>
    public IPEndPoint? Proxy { get; private set; }

    public IPEndPoint? Local { get; }

    public DateTimeOffset OpenedAt { get; }

    /// <summary>How long the client has been here, whatever was done to the clock meanwhile.</summary>
    public TimeSpan Age => Clock.GetElapsedTime(_begun);

    /// <summary>How long a TLS handshake may take, and the PROXY header before it.</summary>
    public TimeSpan HandshakeTimeout { get; init; } = new ConnectionLimits().HandshakeTimeout;

    /// <summary>The server's limits of rate; null where there are none.</summary>
    public RateGuard? RateGuard { get; init; }

    /// <summary>What the client is counted by, or null if it is not counted.</summary>
    public RateBuckets? Rates { get; private set; }

    public TimeProvider Clock { get; }

    /// <summary>The server's time.</summary>
    public DateTimeOffset Now => Clock.GetUtcNow();

    public PipeReader Input => _cut ?? _wire.Input;

    public PipeWriter Output => _wire.Output;

    /// <summary>The handshake's result, or null on a plain connection.</summary>
    public TlsFacts? Tls => _wire.Tls;

    /// <summary>True if STARTTLS can be offered: TLS is not yet on, and what is sent could be heard by others.</summary>
    public bool CanStartTls => Tls is null && !IsUnixSocket;

    /// <inheritdoc cref="DuplexConnection.HasBufferedInput"/>
    public bool HasBufferedInput => _wire.HasBufferedInput;

    /// <summary>True if octets have come that nobody has read yet. Under TLS nothing is known of them.</summary>
    public bool HasUnreadInput => Tls is null && _socket.Available > 0;

    /// <summary>Cancelled when the socket is closed under the session. Every wait for the client or the store takes it.</summary>
    public CancellationToken Aborted => _aborted.Token;

    /// <summary>Why the pending read was interrupted, or null. A session that reads on although the server stops (it is inside a transaction) may ignore <see cref="ConnectionEnd.ServerStopped"/>.</summary>
    public ConnectionEnd? Interruption => _interruption == 0 ? null : (ConnectionEnd)(_interruption - 1);

    /// <summary>How the connection ended, as far as the session knows. Set by the session; an interruption sets it too.</summary>
    public ConnectionEnd End
    {
        get;
        set
        {
            field = value;
            if (_stream is EpollStream stream)
                stream.IsLast = value is ConnectionEnd.Completed;
        }
    } = ConnectionEnd.ClosedByPeer;

    /// <summary>The account once a login succeeded, for listings.</summary>
    public string? Account { get; set; }

    /// <summary>The last command that was carried out, or null.</summary>
    public string? LastCommand { get; private set; }

    /// <summary>Messages that came or were fetched whole: by SMTP, by APPEND and by RETR.</summary>
    public long Messages => Interlocked.Read(ref _messages);

    /// <summary>The faults that may be played to this client, or null while none is set.</summary>
    public IFaults? Faults => _faults?.Current;

    /// <summary>The sender that the client named last, for faults that tell one from another.</summary>
    public string FaultSender { get; set; } = "";

    /// <summary>What crossed the wire.</summary>
    public WireMeter Meter => _meter;

    /// <summary>Logins that failed on this connection so far: each makes the next answer slower, and a session may end itself after some.</summary>
    public int FailedLogins { get; set; }

    /// <summary>Sets the deadline for whatever is waited for next: a command, more data, a client that reads. After a deadline has passed there is no other: what is left is <see cref="Grace"/>.</summary>
    public void ExpectWithin(TimeSpan time)
    {
        if (Overdue is null)
            SetDeadline(time);
    }

    /// <summary>Negotiates TLS as the server. The caller has flushed its go-ahead and checked <see cref="HasBufferedInput"/>.</summary>
    /// <returns>False if the handshake failed: the connection is of no more use.</returns>
    public async Task<bool> SecureAsync()
    {
        ExpectWithin(HandshakeTimeout);
        _isInHandshake = true;
        try
        {
            // The server may have begun to stop a moment before.
            if (Interruption is ConnectionEnd.ServerStopped or ConnectionEnd.SessionStopped)
                SetDeadline(Grace);

            GoOnInPool();

            // The client's first words may be there already: then nothing else leaves the loop before keys are computed with.
            await LeaveLoopAsync();
            if (Faults is { } faults && faults.AtHandshake(this) is { } fault)
            {
                if (fault is FaultKind.TlsFailure)
                    await RefuseHandshakeAsync();
                _presented = faults.Certificate(fault);
            }

            // What is below TLS is no more for the session to read.
            _cut = null;
            await _wire.SecureAsServerAsync(_presented.Clients is null ? _presented.ServerOptions() : _presented.ServerOptions(TakeCertificate), Aborted);
            // An interruption during the handshake woke the reader that was there before it.
            if (Interruption is not null)
                Input.CancelPendingRead();
            Publish(new TlsEstablished { Tls = Tls! });
            return true;
        }
        catch (Exception e) when (e is IOException or System.Security.Authentication.AuthenticationException or OperationCanceledException or System.ComponentModel.Win32Exception)
        {
            var reason = e.InnerException?.Message ?? e.Message;
            Publish(new TlsFailed { Reason = reason });
            End = Interruption ?? ConnectionEnd.Dropped;
            return false;
        }
        finally
        {
            _isInHandshake = false;
        }
    }

    /// <summary>True once what goes over the connection is compressed.</summary>
    public bool IsCompressed => _wire.IsCompressed;

    /// <summary>Compresses both ways from here on. The caller has flushed its go-ahead and checked <see cref="HasBufferedInput"/>.</summary>
    public async Task CompressAsync()
    {
        // What is below is no more for the session to read.
        _cut = null;
        await _wire.CompressAsync();
        // An interruption meanwhile woke the reader that was there before it.
        if (Interruption is not null)
            Input.CancelPendingRead();
    }

    /// <summary>Reads the PROXY header that must come first, before TLS too, and takes the client from it.</summary>
    /// <returns>What is wrong with it, or null.</returns>
    public async Task<string?> ReadProxyHeaderAsync()
    {
        ExpectWithin(HandshakeTimeout);
        _isInHandshake = true;
        try
        {
            var header = await ProxyHeaderReader.ReadAsync(_stream, Aborted);
            if (header.IsForClient)
                (Proxy, Remote, IsIntroduced) = (Remote, header.Source, true);
            return header.Problem;
        }
        catch (Exception e) when (e is IOException or SocketException or OperationCanceledException or ObjectDisposedException)
        {
            return Interruption is ConnectionEnd.TimedOut ? "it did not come in time" : "the connection ended before the header did";
        }
        finally
        {
            _isInHandshake = false;
        }
    }

    /// <summary>Takes another client for the rest of the session, as a trusted proxy says.</summary>
    /// <param name="client">The client, or null if the proxy does not know.</param>
    /// <param name="method">How it was said.</param>
    public void Introduce(IPEndPoint? client, string method)
    {
        var before = Remote;
        Remote = client;
        IsIntroduced = true;
        BeginRates();
        Publish(new ClientIntroduced { By = before, Method = method });
    }

    /// <summary>Has the client that is known now counted from here on.</summary>
    public void BeginRates() => Rates = RateGuard?.Of(this);

    /// <summary>What a login can be bound to, or null outside TLS.</summary>
    public ChannelBinding? Binding => _wire.TlsStream is { } tls ? _binding ??= ChannelBinding.Of(tls, _presented.Certificate) : null;

    /// <summary>The names of accounts in the certificate that the client presented, if that is believed.</summary>
    public IReadOnlyList<string> CertificateNames { get; private set; } = [];

    /// <summary>
    /// Begins the session where it belongs: a brisk one on the thread of its loop, to which all that it awaits comes back; any other, and one
    /// with TLS, in the thread pool.
    /// </summary>
    public void Start(Func<Task> session, bool secured)
    {
        if (_stream is EpollStream { Loop: var loop } && !secured)
            loop.Post(static state => _ = ((Func<Task>)state!)(), session);
        else
            ThreadPool.UnsafeQueueUserWorkItem(static state => _ = state(), session, preferLocal: false);
    }

    /// <summary>Leaves the loop's thread for good once there is TLS, whose work is not brisk.</summary>
    public ConfiguredTaskAwaitable LeaveLoopAsync() =>
        Task.CompletedTask.ConfigureAwait(_isInPool && SynchronizationContext.Current is EpollLoop ? ConfigureAwaitOptions.ForceYielding : ConfigureAwaitOptions.ContinueOnCapturedContext);

    /// <summary>The UIDVALIDITY that a mailbox shows to this client: its own, unless a fault has it that it is another.</summary>
    public uint ShownUidValidity(uint own) =>
        Faults?.SwapsUidValidity(this) == true ? (own == uint.MaxValue ? 1 : own + 1) : own;

    /// <summary>Closes this side; what the client sends can still be read.</summary>
    public void EndSending() => _socket.Shutdown(SocketShutdown.Send);

    /// <summary>After so many octets more, as the session sees them, the client seems to be gone, whatever waits or comes behind them.</summary>
    /// <param name="octets">How many.</param>
    /// <param name="isLinePending">True if what was read last is still to be advanced past: it does not count.</param>
    public void EndInputAfter(long octets, bool isLinePending)
    {
        _cut = new CutReader(Input, octets, isLinePending);
        // A handshake that begins there is cut too.
        if (Tls is null)
            _meter.EndReceivingAfter(octets);
    }

    /// <summary>Publishes an event about this connection.</summary>
    public void Publish(ConnectionEvent happened)
    {
        happened.Time = Now;
        happened.Connection = Id;
        happened.Protocol = Protocol;
        happened.Remote = Remote;
        if (happened is CommandReceived command)
            LastCommand = command.Command;
        else if (happened is MessageAccepted)
            CountMessage();
        _events.Publish(happened);
    }

    /// <summary>Counts a message that came or was fetched.</summary>
    public void CountMessage() => Interlocked.Increment(ref _messages);

    private void TakeCertificate(X509Certificate2 certificate, X509Certificate2Collection others)
    {
        string? problem;
        try
        {
            CertificateNames = _presented.Clients!.NamesIn(certificate, others, Now, out problem);
        }
        catch (CryptographicException e)
        {
            problem = $"it cannot be understood: {e.Message}";
        }

        if (problem is not null)
            Publish(new ClientCertificateRefused { Subject = certificate.Subject, Reason = problem });
    }

    // RFC 8446 section 6: a fatal alert, handshake_failure, in a record of its own.
    private async ValueTask RefuseHandshakeAsync()
    {
        await _stream.WriteAsync(new byte[] { 21, 3, 1, 0, 2, 2, 40 }, Aborted);
        throw new System.Security.Authentication.AuthenticationException("A fault that is set on the server ended the handshake.");
    }

    private void GoOnInPool()
    {
        _isInPool = true;
        (_stream as EpollStream)?.GoOnInPool();
    }

    private void SetDeadline(TimeSpan time) =>
        Volatile.Write(ref _deadline, Clock.GetTimestamp() + (long)(time.TotalSeconds * Clock.TimestampFrequency));
}
