using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using MailKit;
using MailKit.Net.Imap;
using MailKit.Net.Pop3;
using MailOps.Client.Sessions;
using MailOps.Sasl;
using MailOps.Wire;

namespace MailOps.Client.Mailboxes;

/// <summary>What POP3 and IMAP share: connecting, TLS, login, a time for each step, and errors that say what happened.</summary>
internal sealed class MailboxConnection(MailService client, LastReply reply, LibraryTls tls, MailboxOptions options, TimeProvider clock) : IDisposable
{
    private const string Greet = "greet";
    private const string Ntlm = NtlmClient.Name;
    private readonly CertificateCheck _check = new(options.Server, options.SkipCertificateCheck, clock) { Pins = options.CertificatePins };
    private NetworkStream? _socket;
    private readonly List<string> _secrets = options.Credential is { Password.Length: >= 3 } credential ? [credential.Password] : [];

    /// <summary>The server's name or address.</summary>
    public string Server => options.Server;

    /// <summary>What is wrong with the certificate where that was not allowed to matter, or null.</summary>
    public string? CertificateProblem => _check.Problem;

    /// <summary>The SASL mechanism that logged in, or null where it was the protocol's own command.</summary>
    public string? AuthMechanism { get; private set; }

    /// <summary>Connects, secures the connection and logs in.</summary>
    public async Task OpenAsync(CancellationToken cancel)
    {
        CertificatePin.RequireTls(options.CertificatePins, options.Tls, options.Server);
        client.ServerCertificateValidationCallback = _check.Validate;
        client.CheckCertificateRevocation = false;
        var socket = await HostConnector.ConnectAsync(options.Server, options.Port, options.Timeout, clock, tell: null, cancel).ConfigureAwait(false);
        var security = options.Tls switch
        {
            TlsMode.Implicit => MailKit.Security.SecureSocketOptions.SslOnConnect,
            TlsMode.StartTls => MailKit.Security.SecureSocketOptions.StartTls,
            _ => MailKit.Security.SecureSocketOptions.None,
        };
        _socket = new NetworkStream(socket, ownsSocket: true);
        await StepAsync(Greet, c => client.ConnectAsync(_socket, options.Server, options.Port, security, c), cancel).ConfigureAwait(false);
        await StepAsync("answer the login", LogInAsync, cancel).ConfigureAwait(false);
    }

    /// <summary>Runs one step within its time. What the server refuses is told in its own words.</summary>
    /// <param name="what">What the server is to do, for errors: <c>answer the login</c>.</param>
    /// <param name="step">The step.</param>
    /// <param name="cancel">Ends the wait.</param>
    public Task StepAsync(string what, Func<CancellationToken, Task> step, CancellationToken cancel) =>
        StepAsync(
            what,
            async c =>
            {
                await step(c).ConfigureAwait(false);
                return true;
            },
            cancel);

    /// <inheritdoc cref="StepAsync(string, Func{CancellationToken, Task}, CancellationToken)"/>
    public Task<T> StepAsync<T>(string what, Func<CancellationToken, Task<T>> step, CancellationToken cancel) =>
        UploadAsync(what, (_, c) => step(c), cancel);

    /// <summary>Runs a step of any length, in which no silence may be longer than the time of a step. What the server refuses is told in its own words.</summary>
    /// <param name="what">What the server is to do, for errors.</param>
    /// <param name="upload">The step; it calls what it is given whenever octets went over.</param>
    /// <param name="cancel">Ends the wait.</param>
    public async Task<T> UploadAsync<T>(string what, Func<Action, CancellationToken, Task<T>> upload, CancellationToken cancel)
    {
        reply.Start();
        try
        {
            return await TransferAsync(what, upload, cancel).ConfigureAwait(false);
        }
        finally
        {
            reply.Stop();
        }
    }

    /// <summary>Runs a step of any length, in which no silence may be longer than the time of a step.</summary>
    /// <param name="what">What the server is to do, for errors.</param>
    /// <param name="step">The step; it calls what it is given whenever octets went over.</param>
    /// <param name="cancel">Ends the wait.</param>
    public async Task<T> TransferAsync<T>(string what, Func<Action, CancellationToken, Task<T>> step, CancellationToken cancel)
    {
        using var time = StepTime.Start(options.Timeout, clock, cancel);
        var started = time;
        try
        {
            return await step(() => started.Restart(options.Timeout), time.Token).ConfigureAwait(false);
        }
        catch (Exception) when (time.IsOver)
        {
            throw TimedOut(what);
        }
        catch (Exception e) when (e is not (OperationCanceledException or MailSessionException))
        {
            if (Translate(what, e) is { } error)
                throw error;
            throw;
        }
    }

    /// <summary>Listens to what the server tells by itself, as long as it takes. Only the end of that is a step with its time.</summary>
    /// <param name="what">What the server is to do at the end, for errors.</param>
    /// <param name="listen">Listens until its first token is cancelled, or breaks off by the second.</param>
    /// <param name="end">Ends it in good order.</param>
    /// <param name="cancel">Ends it at once.</param>
    public async Task ListenAsync(string what, Func<CancellationToken, CancellationToken, Task> listen, CancellationToken end, CancellationToken cancel)
    {
        using var deadline = new CancellationTokenSource(Timeout.InfiniteTimeSpan, clock);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancel, deadline.Token);
        using var ending = end.Register(() => deadline.CancelAfter(options.Timeout));
        try
        {
            await listen(end, linked.Token).ConfigureAwait(false);
        }
        catch (Exception) when (deadline.IsCancellationRequested && !cancel.IsCancellationRequested)
        {
            throw TimedOut(what);
        }
        catch (Exception e) when (e is not (OperationCanceledException or MailSessionException))
        {
            if (Translate(what, e) is { } error)
                throw error;
            throw;
        }
    }

    /// <summary>All octets of a message.</summary>
    public static async Task<byte[]> ReadOctetsAsync(Stream message, CancellationToken cancel)
    {
        var octets = new MemoryStream();
        await message.CopyToAsync(octets, cancel).ConfigureAwait(false);
        return octets.ToArray();
    }

    /// <summary>
    /// What is spoken over, for a conversation of our own that begins when the library's has come to rest: every command answered.
    /// Nothing may be asked of the library after that but to be disposed.
    /// </summary>
    public Stream Stream => tls.Stream ?? (Stream)_socket!;

    /// <summary>When it is compressed, where the conversation is ours.</summary>
    public ImapCompression Compression => options.Compression;

    /// <summary>How long each step may take.</summary>
    public TimeSpan StepTimeout => options.Timeout;

    /// <summary>The clock.</summary>
    public TimeProvider Clock => clock;

    /// <summary>The server said no to what it was to do.</summary>
    /// <param name="what">What it was to do: <c>send message 1</c>.</param>
    /// <param name="text">Its own words.</param>
    /// <param name="thrown">What the library made of it, or null.</param>
    public MailSessionException RefusedTo(string what, string text, Exception? thrown = null)
    {
        var message = $"{options.Server} refused to {what}: {Hide(text)}";
        return BusyServer.Error(text, message, thrown) ?? new(FaultOf(text), message, thrown);
    }

    /// <summary>The server closed the connection in the middle.</summary>
    public MailSessionException Closed(string what, Exception? thrown = null) => new(MailSessionFault.ConnectionLost, $"{options.Server} closed the connection when it was to {what}.", thrown);

    /// <summary>What the server says is not the protocol.</summary>
    public MailSessionException Violated(string what, string why, Exception? thrown = null) => new(
        MailSessionFault.ProtocolViolation,
        $"{options.Server} did not {what} as the protocol has it: {Sentence(Hide(why))} Is port {options.Port} the right one, and TLS as the server expects it?",
        thrown);

    /// <summary>Closes without a goodbye: nothing that was only marked is done.</summary>
    public void Dispose() => client.Dispose();

    private async Task LogInAsync(CancellationToken cancel)
    {
        var choice = new MechanismChoice
        {
            Server = options.Server,
            Named = options.AuthMechanism,
            Authorization = options.AuthorizationId,
            HasCredential = options.Credential is not null,
            HasToken = options.Tokens is not null,
            HasCertificate = options.ClientCertificate is not null,
            Offered = client.AuthenticationMechanisms,
            IsSecure = client.IsSecure,
            // To do without TLS is asked for here, and is no default.
            MayShowPassword = true,
            Binding = tls.Binding,
        };
        if (Ntlm.Equals(options.AuthMechanism, StringComparison.OrdinalIgnoreCase))
            await LogInByNtlmAsync(choice, cancel).ConfigureAwait(false);
        else if (choice.Find() is { } mechanism)
            await LogInAsync(mechanism, choice, cancel).ConfigureAwait(false);
        else if (options is { Credential: { } credential, Tokens: null, AuthorizationId: null } && TakesPassword)
            await client.AuthenticateAsync(Encoding.UTF8, credential, cancel).ConfigureAwait(false);
        else
            throw choice.NotOffered();
    }

    // The protocol's own command, which old servers of POP3 do not list, or a mechanism that only the library knows.
    private bool TakesPassword => client switch
    {
        ImapClient imap => !imap.Capabilities.HasFlag(ImapCapabilities.LoginDisabled),
        Pop3Client pop3 => (pop3.Capabilities & (Pop3Capabilities.User | Pop3Capabilities.Apop)) != Pop3Capabilities.None || pop3.AuthenticationMechanisms.Count == 0,
        _ => false,
    } || client.AuthenticationMechanisms.Any(name => SaslMechanisms.Find(name) is null && MailKit.Security.SaslMechanism.IsSupported(name));

    // Left to itself the library tries a wrong password with every mechanism in turn, which locks accounts.
    private async Task LogInAsync(SaslMechanism mechanism, MechanismChoice choice, CancellationToken cancel)
    {
        var credential = options.Credential ?? new NetworkCredential("", "");
        var context = new SaslClientContext(credential.UserName, credential.Password)
        {
            Authorization = options.AuthorizationId ?? "",
            Binding = choice.Binding,
            Offered = choice.Offered,
            Host = options.Server,
            Port = options.Port,
        };
        ISaslClient exchange;
        try
        {
            exchange = mechanism.Client(context);
        }
        catch (SaslException e)
        {
            throw Refused(e.Message, e);
        }

        try
        {
            await client.AuthenticateAsync(new LibraryMechanism(exchange, credential, _secrets), cancel).ConfigureAwait(false);
        }
        catch (SaslException e)
        {
            throw Refused($"The {mechanism.Name} exchange with {options.Server} failed: {e.Message}", e);
        }
        catch (Exception e) when (e is MailKit.Security.AuthenticationException or MailKit.Security.SaslException)
        {
            throw Refused($"{options.Server} refused the login{Whose} with {mechanism.Name}: {reply.Refusal ?? e.Message}{(exchange.Refusal is { } refusal ? $" ({refusal})" : "")}", e);
        }

        if (!exchange.IsComplete)
            throw Refused($"{options.Server} reported success before the {mechanism.Name} exchange was over: it has not proved that it knows the password.", thrown: null);
        AuthMechanism = mechanism.Name;
    }

    // The library's own, for old Exchange; never taken unless it is named.
    private async Task LogInByNtlmAsync(MechanismChoice choice, CancellationToken cancel)
    {
        if (options.Credential is not { } credential || options.Tokens is not null)
            throw new MailSessionException(MailSessionFault.AuthenticationNotOffered, $"NTLM needs a name and a password for {options.Server}: give a credential.");
        if (choice.Authorization is not null)
            throw choice.CannotAuthorize(Ntlm);
        if (choice.Offered.Count > 0 && !choice.Offered.Contains(Ntlm, StringComparer.OrdinalIgnoreCase))
            throw new MailSessionException(MailSessionFault.AuthenticationNotOffered, $"{options.Server} does not offer NTLM on this connection, but {string.Join(", ", choice.Offered)}.");
        try
        {
            await client.AuthenticateAsync(new MailKit.Security.SaslMechanismNtlm(NtlmClient.LoginOf(credential)), cancel).ConfigureAwait(false);
        }
        catch (Exception e) when (e is MailKit.Security.AuthenticationException or MailKit.Security.SaslException)
        {
            throw Refused($"{options.Server} refused the login{Whose} with {Ntlm}: {reply.Refusal ?? e.Message}", e);
        }

        AuthMechanism = Ntlm;
    }

    private string Whose => (options.Credential is { UserName.Length: > 0 } credential ? $" of {credential.UserName}" : "") + (options.AuthorizationId is { } other ? $" as {other}" : "");

    private MailSessionException TimedOut(string what) =>
        new(MailSessionFault.TimedOut, string.Create(CultureInfo.InvariantCulture, $"{options.Server} did not {what} within {options.Timeout.TotalSeconds:0.###} seconds.{Hint(what)}"));

    private MailSessionException Refused(string what, Exception? thrown)
    {
        // RFC 2449 section 8.1 and RFC 3206 section 4: what has nothing to do with the password.
        var (text, said) = (Hide(what), reply.Refusal ?? "");
        var later = Sentence(text) + " Try again later.";
        if (Has(said, "[IN-USE]"))
            return new(MailSessionFault.MailboxInUse, Sentence(text) + " The mailbox is open in another session: try again when that is over.", thrown);
        return Has(said, "[LOGIN-DELAY]") || Has(said, "[SYS/TEMP]")
            ? new(MailSessionFault.ServerBusy, later, thrown)
            : BusyServer.Error(said, later, thrown) ?? new(MailSessionFault.AuthenticationFailed, text, thrown);
    }

    private MailSessionException? Translate(string what, Exception thrown) => thrown switch
    {
        MailKit.Security.SslHandshakeException => _check.HandshakeFailed(options.Server, thrown),
        MailKit.Security.AuthenticationException or MailKit.Security.SaslException => Refused($"{options.Server} refused the login{Whose}: {reply.Refusal ?? thrown.Message}", thrown),
        NotSupportedException when !client.IsSecure && options.Tls == TlsMode.StartTls => new MailSessionException(
            MailSessionFault.TlsNotOffered,
            $"{options.Server} does not offer STARTTLS on port {options.Port}. Use implicit TLS on its port for that, or no TLS if the password and the mail may be seen.",
            thrown),
        FolderNotFoundException folder => new MailSessionException(MailSessionFault.MailboxNotFound, $"{options.Server} has no folder '{folder.FolderName}'.", thrown),
        Pop3CommandException pop3 => RefusedTo(what, pop3.StatusText is { Length: > 0 } text ? text : thrown.Message, thrown),
        ImapCommandException imap => RefusedTo(what, (reply.Refusal ?? imap.ResponseText) is { Length: > 0 } text ? text : thrown.Message, thrown),
        // The library has one exception for both and tells them apart in words only.
        ProtocolException when thrown.Message.Contains("unexpectedly disconnected", StringComparison.Ordinal) => Closed(what, thrown),
        ProtocolException => Violated(what, thrown.Message, thrown),
        ServiceNotConnectedException or ServiceNotAuthenticatedException or IOException or SocketException => new MailSessionException(
            MailSessionFault.ConnectionLost,
            $"The connection to {options.Server} was lost when it was to {what}: {Hide(thrown.InnerException?.Message ?? thrown.Message)}",
            thrown),
        _ => null,
    };

    // RFC 5530 section 3 and RFC 9051 section 7.1.
    private static MailSessionFault FaultOf(string text) =>
        Has(text, "[OVERQUOTA]") ? MailSessionFault.OverQuota
        : Has(text, "[TOOBIG]") ? MailSessionFault.TooBig
        : MailSessionFault.CommandRefused;

    private static bool Has(string text, string code) => text.Contains(code, StringComparison.OrdinalIgnoreCase);

    // A server that speaks TLS at once waits for the client, as the client waits for it.
    private string Hint(string what) =>
        what == Greet && options.Tls != TlsMode.Implicit ? " If the port expects TLS at once, connect with implicit TLS." : "";

    private static string Sentence(string text) => text.Length > 0 && text[^1] is '.' or '!' or '?' ? text : text + ".";

    private string Hide(string text)
    {
        foreach (var secret in _secrets)
            text = text.Replace(secret, "[hidden]", StringComparison.Ordinal);
        return text;
    }
}
