using System.Collections;
using System.Management.Automation;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using MailOps.Client.Mailboxes;
using MailOps.Client.Sessions;
using MailOps.Cmdlets.Runtime;
using MailOps.Wire;

namespace MailOps.Cmdlets.Smtp;

/// <summary>Sends a message over SMTP, with control of every octet and a transcript of every step.</summary>
/// <para>The envelope (From and To) is apart from the message's header. The message may be text, bytes, a stream, a file,
/// a MimeMessage, or one that Get-Pop3Message or Get-ImapMessage has read; each goes over a connection of its own.</para>
/// <para>A refused sender, recipient or message is a result: Accepted, RefusedAt and Reply say what came of it, Recipients
/// has each recipient's reply, and Transcript every step, secrets masked. Joined by line ends, the transcript reads as a dialogue.</para>
/// <para>No connection, no TLS, a failed login, and a server that is silent, leaves or speaks something else are errors:
/// HostNotFound, ConnectionFailed, OperationTimedOut, ConnectionLost, ProtocolFailed, TlsNotOffered, TlsHandshakeFailed,
/// CertificateNotTrusted, AuthenticationNotOffered or AuthenticationFailed. Their TargetObject is the result so far, with its transcript.</para>
/// <example><code>Send-RawSmtp mx.example.com -From a@example.org -To b@example.com -Subject 'Hello' -Body 'Hi there.'</code><para>Sends a short message and shows what the server said.</para></example>
/// <example><code>(Send-RawSmtp localhost -Port 2525 -UseHelo -LiteralMailCommand 'MAIL FROM: &lt;spoof@cs.yale.edu&gt;' -To b@example.com -Body 'x').Transcript -join "`n"</code><para>Sends a command as it is written, with the space that the grammar does not allow, and reads the whole dialogue.</para></example>
/// <example><code>$server | Send-RawSmtp -From a@example.org -To b@example.com -Body 'x' -ExtraCommand @{ AfterEhlo = 'ETRN example.com'; BeforeData = [byte[]](0,13,10) }</code><para>Sends to a server started with Start-MailServer, with a command and raw octets between the steps.</para></example>
/// <example><code>Get-ChildItem *.eml | Send-RawSmtp -Server mx.example.com -Tls StartTls -Credential (Get-Credential) -From a@example.org -To b@example.com</code><para>Sends message files as they are, each over a connection of its own.</para></example>
/// <example><code>Send-RawSmtp smtp.example.com -Port 587 -Tls StartTls -Credential (Get-Credential) -From a@example.org -To b@example.com -Body 'Call me.' -MailParameter 'BY=120;R'</code><para>Sends what is of use within two minutes alone: after that it comes back.</para></example>
/// <example><code>Send-RawSmtp smtp.example.com -Port 587 -Tls StartTls -AuthMechanism XOAUTH2 -Credential ([pscredential]::new('joe@example.com', $token)) -From joe@example.com -To b@example.com -Body 'x'</code><para>Logs in with an OAuth access token, a SecureString in the place of the password.</para></example>
[Cmdlet(VerbsCommunications.Send, "RawSmtp", DefaultParameterSetName = BodySet, SupportsShouldProcess = true)]
[OutputType(typeof(SmtpSendResult))]
public sealed class SendRawSmtpCommand : MailCmdlet
{
    private const string BodySet = "Body";
    private const string PathSet = "Path";
    private const string MessageSet = "Message";
    private const string ItemSet = "Item";

    // A field of one of our value types would have the class's layout need MailOps.Core before the module has said where it is.
    private int _tls;
    private bool _isPlaceNamed;

    /// <summary>The server's name or address.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true)]
    [Alias("Exchange")]
    [ValidateNotNullOrEmpty]
    public string Server { get; set; } = "";

    /// <summary>The port: 465 with implicit TLS and 25 otherwise, unless given or found among Endpoints.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("SmtpPort")]
    [ValidatePort]
    public int? Port { get; set; }

    /// <summary>The reverse-path: an address, in brackets or not; an empty string for the null path of bounces.</summary>
    [Parameter]
    [AllowEmptyString]
    public string? From { get; set; }

    /// <summary>The recipients' addresses, in brackets or not. They need not be in the message's header.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[] To { get; set; } = [];

    /// <summary>The message as it follows DATA, header and all: text (sent as UTF-8), lines of text, a byte array or a stream. With Subject or Header it is the body alone, and empty unless given.</summary>
    [Parameter(ParameterSetName = BodySet)]
    [AllowEmptyString]
    public object Body { get; set; } = "";

    /// <summary>The path of a file that holds the message, such as an .eml file. Binds to the files of Get-ChildItem.</summary>
    [Parameter(Mandatory = true, ParameterSetName = PathSet, ValueFromPipelineByPropertyName = true)]
    [Alias("FullName")]
    [ValidateNotNullOrEmpty]
    public string BodyPath { get; set; } = "";

    /// <summary>A MimeKit.MimeMessage, of this module's MimeKit or of any other copy.</summary>
    [Parameter(Mandatory = true, ParameterSetName = MessageSet, ValueFromPipeline = true)]
    [PSTypeName("MimeKit.MimeMessage")]
    public PSObject? Message { get; set; }

    /// <summary>A message of Get-Pop3Message or Get-ImapMessage -Body; it is sent as it was read.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ItemSet, ValueFromPipeline = true)]
    public MailboxItem? InputObject { get; set; }

    /// <summary>A subject. From, To, Date and Message-ID are then made as well, and Body is the text of the message.</summary>
    [Parameter(ParameterSetName = BodySet)]
    public string? Subject { get; set; }

    /// <summary>Further fields for the header, as @{ 'X-Test' = '1' }. From, To, Date and Message-ID are made unless they are among them, and Body is the text of the message.</summary>
    [Parameter(ParameterSetName = BodySet)]
    public IDictionary? Header { get; set; }

    /// <summary>True to send the message's octets as they are: line ends are not made CRLF and leading dots are not doubled.</summary>
    [Parameter]
    public SwitchParameter LiteralBody { get; set; }

    /// <summary>The name to say in EHLO or HELO; this machine's name or address unless given.</summary>
    [Parameter]
    [Alias("Helo")]
    [ValidateNotNullOrEmpty]
    public string? Ehlo { get; set; }

    /// <summary>True to say HELO. Otherwise EHLO is said, and HELO only if the server does not know that.</summary>
    [Parameter]
    public SwitchParameter UseHelo { get; set; }

    /// <summary>A whole line to send in the place of MAIL FROM, exactly as written.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? LiteralMailCommand { get; set; }

    /// <summary>Whole lines to send in the place of RCPT TO, exactly as written, before those for To.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[] LiteralRcptCommand { get; set; } = [];

    /// <summary>Parameters after MAIL FROM, such as SIZE=1000, RET=HDRS, MT-PRIORITY=3, HOLDFOR=3600 or BY=120;R. BODY=8BITMIME and SMTPUTF8 are added where the message needs them and the server offers them.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[] MailParameter { get; set; } = [];

    /// <summary>Parameters after each RCPT TO, such as NOTIFY=NEVER.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[] RcptParameter { get; set; } = [];

    /// <summary>
    /// What to send between the steps, as @{ AfterEhlo = 'ETRN example.com' }. The keys are BeforeGreeting, AfterGreeting,
    /// BeforeStartTls, AfterStartTls, BeforeEhlo, AfterEhlo, BeforeAuth, AfterAuth, BeforeMail, AfterMail, BeforeRcpt,
    /// AfterRcpt, BeforeData, AfterData (inside the message), AfterMessage and BeforeQuit. A string is a command, and one
    /// reply is read; a byte array is sent as it is, and a reply is read for each line end in it; an array holds several.
    /// </summary>
    [Parameter]
    [ValidateNotNull]
    [ArgumentCompleter(typeof(ExtraCommandCompleter))]
    public SmtpExtraCommands ExtraCommand { get; set; } = new();

    /// <summary>True to send MAIL, RCPT and DATA in one go where the server offers PIPELINING.</summary>
    [Parameter]
    public SwitchParameter Pipelining { get; set; }

    /// <summary>The endpoints of Start-MailServer's object. Unless Server or Port is named, the one for SMTP between servers is used, or else one for submission, secured as that has it unless Tls says otherwise.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public PSObject[] Endpoints { get; set; } = [];

    /// <summary>When to secure the connection: None (the default, where the dialogue is the point), StartTls, or Implicit. What was asked for is never left out.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public TlsMode Tls
    {
        get => (TlsMode)_tls;
        set => _tls = (int)value;
    }

    /// <summary>Goes on whatever the server's certificate, with a warning that says what is wrong with it.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public SwitchParameter SkipCertificateCheck { get; set; }

    /// <summary>What the server's certificate is known by: its SHA-256 or SHA-1 thumbprint in hexadecimal, with colons or without, or the hash of its public key as sha256// and base64, as curl has it; any of several. A certificate that matches is taken whoever made it, and one that does not ends the connection, whoever made it and whatever SkipCertificateCheck says. Needs TLS.</summary>
    [Parameter]
    [ValidateCertificatePin]
    public string[] CertificatePin { get; set; } = [];

    /// <summary>The account to log in with. For OAUTHBEARER and XOAUTH2 its password is the access token.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Credential]
    public PSCredential? Credential { get; set; }

    /// <summary>A certificate with its private key, for a server that asks for one in the TLS handshake. Without Credential and AuthMechanism the login is by EXTERNAL, if the server offers that.</summary>
    [Parameter]
    [ValidateNotNull]
    public X509Certificate2? ClientCertificate { get; set; }

    /// <summary>The SASL mechanism: SCRAM-SHA-256 or SCRAM-SHA-1, each with -PLUS to bind it to the TLS connection, CRAM-MD5, PLAIN, LOGIN, and only if named EXTERNAL, OAUTHBEARER and XOAUTH2. Otherwise the strongest for a password that the server offers; a password or token goes in the clear only over loopback or if the mechanism is given.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(SaslMechanismCompleter))]
    [ValidateNotNullOrEmpty]
    public string? AuthMechanism { get; set; }

    /// <summary>How long each single step may take, in seconds; 30 unless given.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidateRange(1, 86400)]
    public int TimeoutSeconds { get; set; } = 30;

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        // What is bound by now was written on the command line; what comes down the pipeline gives way to it.
        var named = MyInvocation.BoundParameters;
        _isPlaceNamed = named.ContainsKey(nameof(Server)) || named.ContainsKey(nameof(Port));
    }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (From is null && LiteralMailCommand is null)
            ThrowTerminatingError(ErrorRecords.Finding("SenderMissing", ErrorCategory.InvalidArgument, "There is no sender: give -From, or -LiteralMailCommand for a line of your own.", null));
        if (To.Length == 0 && LiteralRcptCommand.Length == 0)
            ThrowTerminatingError(ErrorRecords.Finding("RecipientMissing", ErrorCategory.InvalidArgument, "There is no recipient: give -To, or -LiteralRcptCommand for lines of your own.", null));

        // Not a mandatory parameter: PowerShell would only say that no parameter set fits.
        if (ParameterSetName == BodySet && Subject is null && Header is null && !MyInvocation.BoundParameters.ContainsKey(nameof(Body)))
            ThrowTerminatingError(ErrorRecords.Finding("MessageMissing", ErrorCategory.InvalidArgument, "There is no message: give -Body, -Subject or -BodyPath, or pipe a file or a message.", null));

        if (Endpoints is { Length: > 0 } && !_isPlaceNamed && !TakeEndpoint())
            return;

        SmtpSendOptions options;
        try
        {
            options = Options();
        }
        catch (Exception e) when (e is ArgumentException or IOException or UnauthorizedAccessException)
        {
            WriteError(ErrorRecords.From(e, Server));
            return;
        }

        var target = $"{options.Server}:{options.Port}";
        if (!ShouldProcess(target, $"Send a message from <{From ?? LiteralMailCommand}> to {string.Join(", ", To.Concat(LiteralRcptCommand))}"))
        {
            Release(options);
            return;
        }

        Start([target], (_, cancel) => SendAsync(options, cancel));
    }

    private bool TakeEndpoint()
    {
        TlsMode? wanted = MyInvocation.BoundParameters.ContainsKey(nameof(Tls)) ? Tls : null;
        if (!PipedEndpoints.TryFind(Endpoints, wanted, out var port, out var implicitTls, out var protocol, MailProtocol.Smtp, MailProtocol.Submission))
        {
            WriteError(PipedEndpoints.Missing(Server, Endpoints, wanted, "SMTP", wanted == TlsMode.Implicit ? "-SubmissionTlsPort" : "-SmtpPort, -SubmissionPort or -SubmissionTlsPort"));
            return false;
        }

        Port = port;
        // Between servers the dialogue is the point; who submits logs in, and does that under TLS.
        Tls = wanted ?? (implicitTls ? TlsMode.Implicit : protocol == MailProtocol.Submission ? TlsMode.StartTls : TlsMode.None);
        return true;
    }

    private async Task SendAsync(SmtpSendOptions options, CancellationToken cancel)
    {
        try
        {
            var result = await SmtpSender.SendAsync(options, TimeProvider.System, cancel).ConfigureAwait(false);
            await TellAsync(result).ConfigureAwait(false);
            await OutputAsync(result).ConfigureAwait(false);
        }
        catch (SmtpSendException e)
        {
            await TellAsync(e.Result).ConfigureAwait(false);
            await ErrorAsync(e, e.Result).ConfigureAwait(false);
        }
        finally
        {
            Release(options);
        }
    }

    private async Task TellAsync(SmtpSendResult result)
    {
        if (SkipCertificateCheck && result.CertificateProblem is { } problem)
            await WarningAsync($"The certificate of {result.Server} is not trusted: {problem}. It was not checked, as asked.").ConfigureAwait(false);
        foreach (var entry in result.Transcript)
            await VerboseAsync(entry.ToString()).ConfigureAwait(false);
    }

    private SmtpSendOptions Options() => new()
    {
        Server = Server,
        Port = Port ?? (Tls == TlsMode.Implicit ? 465 : 25),
        Tls = Tls,
        SkipCertificateCheck = SkipCertificateCheck,
        CertificatePins = Wire.CertificatePin.Parse(CertificatePin),
        HelloName = Ehlo,
        UseHelo = UseHelo,
        From = From ?? "",
        To = To,
        LiteralMailCommand = LiteralMailCommand,
        LiteralRcptCommands = LiteralRcptCommand,
        MailParameters = MailParameter,
        RecipientParameters = RcptParameter,
        Content = Content(),
        LiteralContent = LiteralBody,
        Pipelining = Pipelining,
        ExtraCommands = ExtraCommand,
        Credential = Credential is null ? null : Login(Credential),
        ClientCertificate = ClientCertificate,
        AuthMechanism = AuthMechanism,
        Timeout = TimeSpan.FromSeconds(TimeoutSeconds),
    };

    private MessageContent Content()
    {
        switch (ParameterSetName)
        {
            case PathSet:
                var path = GetUnresolvedProviderPathFromPSPath(BodyPath);
                return Directory.Exists(path)
                    ? throw new ArgumentException($"'{path}' is a folder. Name the file that holds the message, or pipe the folder's files from Get-ChildItem.")
                    : MessageContent.From(new FileInfo(path));
            case MessageSet:
                return MessageContent.From(Message!.BaseObject);
            case ItemSet:
                return MessageContent.From(InputObject!);
        }

        var body = Body is PSObject wrapped ? wrapped.BaseObject : Body;
        if (Subject is null && Header is null)
            return MessageContent.From(body);
        return MessageContent.Compose(From ?? "", To, Subject, Header, body switch
        {
            string text => text,
            IEnumerable lines and not byte[] => string.Join("\r\n", lines.Cast<object?>()),
            _ => throw new ArgumentException("With -Subject or -Header the body is text. Give a string, or leave the header to -Body."),
        });
    }

    private void Release(SmtpSendOptions options)
    {
        // A stream that was given stays its owner's.
        if (ParameterSetName == PathSet)
            options.Content.Stream.Dispose();
    }

    private static NetworkCredential Login(PSCredential credential)
    {
        // PSCredential's own GetNetworkCredential would part user@domain and DOMAIN\user; servers want the name whole.
        return new NetworkCredential(credential.UserName, credential.Password);
    }
}
