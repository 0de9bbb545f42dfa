using System.Buffers;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using MailOps.Sasl;
using MailOps.Transcripts;
using MailOps.Wire;

namespace MailOps.Smtp;

/// <summary>
/// The client's side of SMTP, step by step: it sends exactly the octets it is given, reads one reply for each command,
/// and records both. What to say when is its caller's choice; refusals are replies, and only what ends the conversation
/// is an exception (<see cref="MailSessionException"/>).
/// </summary>
internal sealed partial class SmtpDialogue : IAsyncDisposable
{
    // Both sides' buffers hold this many commands and their replies, so neither waits for the other (RFC 2920 section 3.1).
    private const int PipelineGroup = 100;

    private readonly DuplexConnection _wire;
    private readonly SmtpTimeouts _timeouts;
    private readonly TimeProvider _clock;
    private ChannelBinding? _binding;

    /// <summary>Takes over a connection on which nothing was said yet.</summary>
    /// <param name="wire">The connection; it is disposed with the dialogue.</param>
    /// <param name="host">The server's name, for errors.</param>
    /// <param name="timeouts">How long each step may take.</param>
    /// <param name="clock">Where timeouts come from.</param>
    /// <param name="transcript">Where every step is recorded.</param>
    public SmtpDialogue(DuplexConnection wire, string host, SmtpTimeouts timeouts, TimeProvider clock, Transcript transcript)
    {
        _wire = wire;
        _timeouts = timeouts;
        _clock = clock;
        Host = host;
        Transcript = transcript;
    }

    /// <summary>The server's name as the caller gave it.</summary>
    public string Host { get; }

    /// <summary>The server's address, if the dialogue made the connection.</summary>
    public IPEndPoint? Remote { get; private init; }

    /// <summary>This end's address, if the dialogue made the connection.</summary>
    public IPEndPoint? Local { get; private init; }

    /// <summary>The record of all steps.</summary>
    public Transcript Transcript { get; }

    /// <summary>What the last EHLO offered; nothing before it, after HELO and after STARTTLS (RFC 3207 section 4.2).</summary>
    public SmtpCapabilities Capabilities { get; private set; } = SmtpCapabilities.None;

    /// <summary>The result of the handshake, or null on a plain connection.</summary>
    public TlsFacts? Tls => _wire.Tls;

    /// <summary>What a login can be bound to, or null on a plain connection.</summary>
    public ChannelBinding? Binding => _wire.TlsStream is { } tls ? _binding ??= ChannelBinding.Of(tls, tls.RemoteCertificate as X509Certificate2) : null;

    /// <summary>True if the server has said more than it was asked: its next reply may be the answer to something else.</summary>
    public bool HasUnread => _wire.HasBufferedInput;

    /// <summary>True once the server said that it closes: 221 or 421 (RFC 5321 section 3.8). Nothing more can be asked.</summary>
    public bool IsClosing { get; private set; }

    /// <summary>Connects to a server by whichever of its addresses answers first.</summary>
    /// <exception cref="MailSessionException">HostNotFound, ConnectFailed or TimedOut.</exception>
    public static async Task<SmtpDialogue> ConnectAsync(string host, int port, SmtpTimeouts timeouts, TimeProvider clock, Transcript transcript, CancellationToken cancel)
    {
        var socket = await HostConnector.ConnectAsync(host, port, timeouts.Connect, clock, text => transcript.Event(text), cancel).ConfigureAwait(false);
        return Over(socket, host, timeouts, clock, transcript);
    }

    /// <summary>Connects to a server whose addresses are known, by whichever answers first.</summary>
    /// <exception cref="MailSessionException">ConnectFailed or TimedOut.</exception>
    public static async Task<SmtpDialogue> ConnectAsync(string host, IReadOnlyList<IPAddress> addresses, int port, SmtpTimeouts timeouts, TimeProvider clock, Transcript transcript, CancellationToken cancel)
    {
        var socket = await HostConnector.ConnectAsync(host, addresses, port, timeouts.Connect, clock, text => transcript.Event(text), cancel).ConfigureAwait(false);
        return Over(socket, host, timeouts, clock, transcript);
    }

    /// <summary>Connects to a server on this machine by its Unix socket.</summary>
    /// <exception cref="MailSessionException">ConnectFailed.</exception>
    public static async Task<SmtpDialogue> ConnectAsync(string path, SmtpTimeouts timeouts, TimeProvider clock, Transcript transcript, CancellationToken cancel)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancel).ConfigureAwait(false);
            return Over(socket, path, timeouts, clock, transcript);
        }
        catch (SocketException e)
        {
            socket.Dispose();
            throw new MailSessionException(MailSessionFault.ConnectFailed, $"Nothing answers on the socket {path}: {e.Message}. Check that the server runs and the path is right.", e);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Reads the greeting.</summary>
    public Task<SmtpReply> GreetingAsync(CancellationToken cancel) =>
        ReadReplyAsync("the greeting", enhanced: false, _timeouts.Greeting, cancel);

    /// <summary>Says EHLO and takes in what the server offers.</summary>
    public Task<SmtpReply> EhloAsync(string name, CancellationToken cancel) => HelloAsync("EHLO", name, cancel);

    /// <summary>Says LHLO, LMTP's EHLO (RFC 2033 section 4.1), and takes in what the server offers.</summary>
    public Task<SmtpReply> LhloAsync(string name, CancellationToken cancel) => HelloAsync("LHLO", name, cancel);

    /// <summary>Says HELO; the server offers nothing then.</summary>
    public async Task<SmtpReply> HeloAsync(string name, CancellationToken cancel)
    {
        Capabilities = SmtpCapabilities.None;
        return await CommandAsync($"HELO {name}", cancel).ConfigureAwait(false);
    }

    /// <summary>Says EHLO, and HELO if the server does not know it (RFC 5321 section 3.2).</summary>
    public async Task<SmtpReply> HelloAsync(string name, CancellationToken cancel)
    {
        var reply = await EhloAsync(name, cancel).ConfigureAwait(false);
        return reply.IsPermanent && !IsClosing ? await HeloAsync(name, cancel).ConfigureAwait(false) : reply;
    }

    /// <summary>Says STARTTLS and, if the server agrees, negotiates TLS. Afterwards EHLO must be said again.</summary>
    /// <returns>The server's reply: unless it is positive, nothing was negotiated.</returns>
    /// <exception cref="MailSessionException">TlsFailed, CertificateNotTrusted; ProtocolViolation if the server sent anything after its go-ahead.</exception>
    public async Task<SmtpReply> StartTlsAsync(CertificateCheck check, CancellationToken cancel)
    {
        var reply = await CommandAsync("STARTTLS", cancel).ConfigureAwait(false);
        if (!reply.IsPositive)
            return reply;

        if (_wire.HasBufferedInput)
        {
            Transcript.Event("Octets came in the clear after the reply to STARTTLS. Dropping the connection.");
            await DisposeAsync().ConfigureAwait(false);
            throw new MailSessionException(MailSessionFault.ProtocolViolation, $"{Host} sent octets in the clear after its reply to STARTTLS: somebody may be injecting replies (RFC 3207 section 6). The connection was dropped.");
        }

        Capabilities = SmtpCapabilities.None;
        await SecureAsync(check, cancel).ConfigureAwait(false);
        return reply;
    }

    /// <summary>Negotiates TLS now: at once after connecting for implicit TLS.</summary>
    /// <exception cref="MailSessionException">TlsFailed or CertificateNotTrusted.</exception>
    public async Task SecureAsync(CertificateCheck check, CancellationToken cancel)
    {
        using var time = StepTime.Start(_timeouts.Handshake, _clock, cancel);
        try
        {
            await _wire.SecureAsClientAsync(check.ClientOptions, time.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (time.IsOver)
        {
            throw TimedOut("finish the TLS handshake", _timeouts.Handshake);
        }
        catch (Exception e) when (e is IOException or System.Security.Authentication.AuthenticationException or System.ComponentModel.Win32Exception)
        {
            Transcript.Event(check.Problem is null ? "The TLS handshake failed." : $"The certificate is not trusted: {check.Problem}.");
            throw check.HandshakeFailed(Host, e);
        }

        Transcript.Event($"{Tls!.Version} with {Tls.CipherSuite}, certificate {check.Subject}{(check.Problem is { } problem ? $", not trusted: {problem}" : "")}.", tls: true);
    }

    /// <summary>Sends a command line and reads its reply.</summary>
    /// <param name="line">The line without its line end.</param>
    /// <param name="cancel">Ends the wait.</param>
    public async Task<SmtpReply> CommandAsync(string line, CancellationToken cancel)
    {
        await SendLineAsync(line, cancel).ConfigureAwait(false);
        return await ReadReplyAsync(StepOf(line), enhanced: true, _timeouts.Command, cancel).ConfigureAwait(false);
    }

    /// <summary>Sends command lines together and reads their replies in order (RFC 2920). Long lists go in groups.</summary>
    /// <returns>The replies; fewer than lines if the server closed.</returns>
    public async Task<IReadOnlyList<SmtpReply>> PipelineAsync(IReadOnlyList<string> lines, CancellationToken cancel)
    {
        var replies = new List<SmtpReply>(lines.Count);
        await PipelineAsync(lines, replies, cancel).ConfigureAwait(false);
        return replies;
    }

    /// <summary>As <see cref="PipelineAsync(IReadOnlyList{string}, CancellationToken)"/>, for whoever needs the replies that came before a connection was lost.</summary>
    /// <param name="lines">The lines.</param>
    /// <param name="replies">Takes each reply when it comes.</param>
    /// <param name="cancel">Ends the wait.</param>
    public async Task PipelineAsync(IReadOnlyList<string> lines, List<SmtpReply> replies, CancellationToken cancel)
    {
        foreach (var group in lines.Chunk(PipelineGroup))
        {
            var octets = group.SelectMany(Line).ToArray();
            await SendAsync(octets, cancel).ConfigureAwait(false);
            foreach (var line in group)
            {
                replies.Add(await ReadReplyAsync(StepOf(line), enhanced: true, _timeouts.Command, cancel).ConfigureAwait(false));
                if (IsClosing)
                    return;
            }
        }
    }

    /// <summary>Sends octets exactly as they are. They are recorded line by line, secrets masked.</summary>
    public async Task SendAsync(ReadOnlyMemory<byte> octets, CancellationToken cancel)
    {
        Transcript.Sent(octets.Span, Tls is not null);
        _wire.Output.Write(octets.Span);
        await FlushAsync(_timeouts.Command, cancel).ConfigureAwait(false);
    }

    /// <summary>Reads one reply, for whoever sent something with <see cref="SendAsync"/>.</summary>
    /// <param name="step">What it answers, for errors.</param>
    /// <param name="cancel">Ends the wait.</param>
    public Task<SmtpReply> ReadReplyAsync(string step, CancellationToken cancel) =>
        ReadReplyAsync(step, enhanced: true, _timeouts.Command, cancel);

    /// <summary>Says RSET.</summary>
    public Task<SmtpReply> ResetAsync(CancellationToken cancel) => CommandAsync("RSET", cancel);

    /// <summary>Says QUIT and waits a moment for the goodbye. That it does not come is nobody's loss.</summary>
    public async Task QuitAsync(CancellationToken cancel)
    {
        if (IsClosing)
            return;

        try
        {
            await SendLineAsync("QUIT", cancel).ConfigureAwait(false);
            await ReadReplyAsync("QUIT", enhanced: true, _timeouts.Quit, cancel).ConfigureAwait(false);
            await _wire.ShutdownAsync().ConfigureAwait(false);
        }
        catch (MailSessionException e)
        {
            Transcript.Event(e.Message);
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException)
        {
            // The server closed first.
        }
    }

    /// <summary>Closes the connection.</summary>
    public ValueTask DisposeAsync() => _wire.DisposeAsync();

    private static SmtpDialogue Over(Socket socket, string host, SmtpTimeouts timeouts, TimeProvider clock, Transcript transcript)
    {
        var (remote, local) = (socket.RemoteEndPoint as IPEndPoint, socket.LocalEndPoint as IPEndPoint);
        return new SmtpDialogue(new DuplexConnection(new NetworkStream(socket, ownsSocket: true)), host, timeouts, clock, transcript) { Remote = remote, Local = local };
    }

    private async Task<SmtpReply> HelloAsync(string verb, string name, CancellationToken cancel)
    {
        await SendLineAsync($"{verb} {name}", cancel).ConfigureAwait(false);
        var reply = await ReadReplyAsync(verb, enhanced: false, _timeouts.Command, cancel).ConfigureAwait(false);
        Capabilities = reply.IsPositive ? SmtpCapabilities.Of(reply) : SmtpCapabilities.None;
        return reply;
    }

    private Task SendLineAsync(string line, CancellationToken cancel) => SendAsync(Line(line), cancel);

    private static byte[] Line(string line)
    {
        if (line.AsSpan().IndexOfAny('\r', '\n', '\0') is >= 0 and var at)
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"The command '{StepOf(line)}' holds a line end or NUL at character {at + 1}. Commands are single lines; send octets where more is meant."), nameof(line));
        return Encoding.UTF8.GetBytes(line + "\r\n");
    }

    /// <summary>What a command is called in errors: its verb, with no argument that might be a secret.</summary>
    private static string StepOf(string line)
    {
        var verb = line.AsSpan().TrimStart();
        if (verb.StartsWith("MAIL FROM", StringComparison.OrdinalIgnoreCase))
            return "MAIL FROM";
        if (verb.StartsWith("RCPT TO", StringComparison.OrdinalIgnoreCase))
            return "RCPT TO";
        var end = verb.IndexOfAny(" \r\n\0:");
        return (end < 0 ? verb : verb[..end]).ToString().ToUpperInvariant();
    }

    private async Task<SmtpReply> ReadReplyAsync(string step, bool enhanced, TimeSpan timeout, CancellationToken cancel)
    {
        using var time = StepTime.Start(timeout, _clock, cancel);
        try
        {
            var reply = await SmtpReplyReader.ReadAsync(_wire.Input, step, enhanced, Transcript, Tls is not null, time.Token).ConfigureAwait(false);
            IsClosing |= reply.Code is 421 or 221;
            return reply;
        }
        catch (OperationCanceledException) when (time.IsOver)
        {
            throw TimedOut(step == "the greeting" ? "send its greeting" : $"reply to {step}", timeout);
        }
        catch (Exception e) when (e is not MailSessionException and (IOException or SocketException))
        {
            throw Lost($"while {step} was waited for", e);
        }
    }

    private async Task FlushAsync(TimeSpan timeout, CancellationToken cancel)
    {
        using var time = StepTime.Start(timeout, _clock, cancel);
        try
        {
            await _wire.Output.FlushAsync(time.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (time.IsOver)
        {
            throw TimedOut("read what was sent", timeout);
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            throw Lost("while it was sent to", e);
        }
    }

    private MailSessionException TimedOut(string what, TimeSpan timeout)
    {
        var hint = what == "send its greeting" && Tls is null ? " If the port expects TLS at once, connect with implicit TLS." : "";
        var message = string.Create(CultureInfo.InvariantCulture, $"{Host} did not {what} within {timeout.TotalSeconds:0.###} seconds.{hint}");
        Transcript.Event(message);
        return new MailSessionException(MailSessionFault.TimedOut, message);
    }

    private MailSessionException Lost(string when, Exception inner)
    {
        var message = $"The connection to {Host} was lost {when}: {inner.InnerException?.Message ?? inner.Message}";
        Transcript.Event(message);
        return new MailSessionException(MailSessionFault.ConnectionLost, message, inner);
    }
}
