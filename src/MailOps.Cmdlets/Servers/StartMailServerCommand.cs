using System.Management.Automation;
using System.Net;
using System.Runtime.InteropServices;
using System.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MailOps.Cmdlets.Runtime;
using MailOps.Maildir;
using MailOps.Server.Accounts;
using MailOps.Server.Connections;
using MailOps.Server.Hosting;
using MailOps.Server.Smtp;
using MailOps.Server.Tracking;
using MailOps.Wire;

namespace MailOps.Cmdlets.Servers;

/// <summary>Starts an SMTP, LMTP, POP3 and IMAP server in this process.</summary>
/// <remarks>
/// <para>The server takes mail for the accounts of its store (see New-MailAccount), or with -Capture for every address, and keeps it in Maildirs. A message is answered with 250 only when it is on disk.</para>
/// <para>Without port parameters it listens on the seven standard ports. Naming any port turns off those that are not named; 0 picks a free one. LMTP is spoken only where it is asked for.</para>
/// <para>Each port has its role. Port 25 takes mail for the accounts of this server from everybody, without logins. Submission takes mail from users who have logged in. LMTP takes mail from a server on this machine that keeps a queue, such as Postfix, and tells it of each recipient by itself. With -Outbound, mail of users who have logged in on submission goes to other servers too, and that of machines named with -RelayFrom; nobody else's ever does.</para>
/// <para>TLS is always offered. Without a certificate the server makes one for its host name and keeps it in the store.</para>
/// <para>The server runs until Stop-MailServer, the end of the module or the end of the process.</para>
/// </remarks>
/// <example>
/// <code>$server = Start-MailServer -StorePath ./store -Capture -SmtpPort 0 -Pop3Port 0 -ImapPort 0</code>
/// <para>Starts a server for tests on free ports: it takes mail for every address and every login, on loopback only.</para>
/// </example>
/// <example>
/// <code>New-MailAccount -StorePath /srv/mail -Credential (Get-Credential ann@example.com)
/// Start-MailServer -StorePath /srv/mail -HostName mail.example.com -Domain example.com -ListenAddress 0.0.0.0 -CertificatePath /etc/ssl/mail.pem -Wait</code>
/// <para>Runs a server for a domain on the standard ports, in the foreground until Ctrl+C.</para>
/// </example>
/// <example>
/// <code>$server = Start-MailServer -StorePath ./store -Capture -SmtpPort 2525 -ImapTlsPort 2993
/// $server.Endpoints | Test-MailTls</code>
/// <para>Starts two endpoints and grades the TLS of each.</para>
/// </example>
/// <example>
/// <code>Start-MailServer -StorePath /srv/mail -HostName mail.example.com -ListenAddress 10.0.0.5 -ProxyFrom 10.0.0.1, 10.0.0.2</code>
/// <para>Runs a server behind two load balancers that send the PROXY protocol: trace lines, limits and events have the clients' own addresses.</para>
/// </example>
/// <example>
/// <code>Start-MailServer -StorePath /srv/mail -HostName mail.example.com -ListenAddress 0.0.0.0 -LoginLogPath /var/log/mailops-logins.log -MaxLoginFailuresPerAddress 5 -LoginLockTime 01:00:00</code>
/// <para>Locks an address for an hour after five failed logins, and lets fail2ban read of each: a jail with filter = dovecot or postfix[mode=auth] and logpath = /var/log/mailops-logins.log.</para>
/// </example>
/// <example>
/// <code>Start-MailServer -StorePath /srv/mail -Domain example.com -ImapTlsPort 993 -LmtpPath /run/mailops/lmtp -LmtpPathMode 0660</code>
/// <para>Takes the mail that Postfix hands over (mailbox_transport = lmtp:unix:/run/mailops/lmtp), and lets users read it. Who may write to the socket may deliver: its group is that of this process, or of the folder if that has the set-group-ID bit.</para>
/// </example>
/// <example>
/// <code>Start-MailServer -StorePath /srv/mail -HostName mail.example.com -Domain example.com -ListenAddress 0.0.0.0 -Outbound -Route @{ 'partner.example' = '[10.0.0.9]:2525' }</code>
/// <para>Lets users send to the whole world: to the servers that MX records name, and to a partner over a line of its own. What waits is in /srv/mail/queue.</para>
/// </example>
/// <example>
/// <code>$server = Start-MailServer -StorePath ./store -Capture -SmtpPort 0 -MetricsPort 0
/// Invoke-RestMethod "http://127.0.0.1:$($server.MetricsPort)/metrics"</code>
/// <para>Reads the server's metrics as Prometheus does.</para>
/// </example>
/// <example>
/// <code>$full = 'bob@example.com', 'eve@example.com'
/// $server = Start-MailServer -StorePath ./store -Capture -SmtpPort 0 -OnRecipient { if ($_.Recipient -in $using:full) { '452 4.2.2 Mailbox full' } } -OnMessage { $_.Subject -notlike '*viagra*' }</code>
/// <para>Plays a server that has two full mailboxes and refuses some subjects.</para>
/// </example>
/// <example>
/// <code>Start-MailServer -StorePath /srv/mail -HostName mail.example.com -Domain example.com -TokenKeyPath ./jwks.json -TokenIssuer https://login.example.com -TokenAudience mail</code>
/// <para>Takes logins with OAuth access tokens that the issuer has signed for this service, beside those with passwords.</para>
/// </example>
/// <example>
/// <code>Start-MailServer -StorePath ./store -ImapTlsPort 0 -TokenValidator { param($token, $user) if ($token -eq (Get-Content ~/.test-token)) { $user } }</code>
/// <para>Takes one token for every account, for a test of a program that logs in with tokens.</para>
/// </example>
/// <example>
/// <code>Start-MailServer -StorePath /srv/mail -Domain example.com -ClientCertificateAuthority ./staff-ca.pem -ClientCertificateAccount @{ $printer.GetCertHashString('SHA256') = 'printer@example.com' }</code>
/// <para>Lets in, without a password, whoever has a certificate of that authority with an account's address in it, and one device by its fingerprint.</para>
/// </example>
/// <example>
/// <code>Start-MailServer -ConfigurationPath /etc/mailops/mail.psd1 -Wait</code>
/// <para>Runs a server with the settings of a file. Test-MailServerConfiguration says beforehand what is wrong or risky in it.</para>
/// </example>
/// <example>
/// <code>Start-MailServer -StorePath /srv/mail -Domain example.com -Pop3UidlFormat Cyrus</code>
/// <para>Serves mailboxes that came from a Cyrus server with their UIDs: clients that left their mail there download nothing twice.</para>
/// </example>
[Cmdlet(VerbsLifecycle.Start, "MailServer", SupportsShouldProcess = true, DefaultParameterSetName = SelfMadeSet)]
[OutputType(typeof(MailServerInfo))]
public sealed partial class StartMailServerCommand : MailCmdlet
{
    private const string SelfMadeSet = "SelfMadeCertificate";
    private const string CertificateSet = "Certificate";
    private const string CertificatePathSet = "CertificatePath";
    private const string ConfigurationSet = "Configuration";

    // A field of one of our value types would have the class's layout need MailOps.Core before the module has said where it is.
    private int? _layout;
    private int _senderCheck = 1;

    /// <summary>The folder of the store: accounts, certificate and mail. Made if it is missing.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = SelfMadeSet)]
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = CertificateSet)]
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = CertificatePathSet)]
    [ValidateNotNullOrEmpty]
    public string StorePath { get; set; } = "";

    /// <summary>A PowerShell data file with everything that the server is started with, in place of the other parameters but those that take script blocks: see about_MailServerConfiguration. Update-MailServer, and with -Wait the signal SIGHUP, have it read again.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ConfigurationSet)]
    [ValidateNotNullOrEmpty]
    public string ConfigurationPath { get; set; } = "";

    /// <summary>The server's name in greetings, trace lines and its self-made certificate. By default this machine's name, or localhost when it listens on loopback.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string HostName { get; set; } = "";

    /// <summary>The domains whose mail is taken, the default domain first. By default the host name.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[] Domain { get; set; } = [];

    /// <summary>The certificate to present, with its private key.</summary>
    [Parameter(Mandatory = true, ParameterSetName = CertificateSet)]
    [ValidateNotNull]
    public X509Certificate2? Certificate { get; set; }

    /// <summary>A file with the certificate to present: PEM with its key in the same file or beside it as .key, or PFX.</summary>
    [Parameter(Mandatory = true, ParameterSetName = CertificatePathSet)]
    [ValidateNotNullOrEmpty]
    public string CertificatePath { get; set; } = "";

    /// <summary>The password of the file named with -CertificatePath.</summary>
    [Parameter(ParameterSetName = CertificatePathSet)]
    public SecureString? CertificatePassword { get; set; }

    /// <summary>Takes mail for any recipient and any login; each address gets its mailbox. For tests of software that sends mail. On loopback only, unless -Force is given.</summary>
    [Parameter]
    public SwitchParameter Capture { get; set; }

    /// <summary>Takes passwords on connections without TLS. Capture mode takes them from loopback anyway.</summary>
    [Parameter]
    public SwitchParameter AllowPlaintextLogin { get; set; }

    /// <summary>Offers SCRAM that is bound to the TLS connection (SCRAM-SHA-256-PLUS), which shows a client that nobody sits between. Some clients take it and then fail, mutt of Debian 12 among them.</summary>
    [Parameter]
    public SwitchParameter OfferChannelBinding { get; set; }

    /// <summary>How mailboxes lie in the Maildirs of accounts: MaildirPlusPlus (.Archive.2026) or Fs (Archive/2026). Without it Maildir++, except in accounts that were made with the other.</summary>
    [Parameter]
    public MaildirLayout? Layout
    {
        get => (MaildirLayout?)_layout;
        set => _layout = (int?)value;
    }

    /// <summary>The account or alias that gets the mail for postmaster and abuse of a domain where neither an account nor an alias has that name. Without it, the first account.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Postmaster { get; set; }

    /// <summary>Whether an account may send as others: Envelope takes as MAIL FROM only its own address, aliases that lead to it, and these with a detail (553 5.7.1 otherwise); EnvelopeAndFrom looks at the From field too; None lets it send as anybody.</summary>
    [Parameter]
    [PSDefaultValue(Value = "Envelope")]
    public SenderCheck SenderCheck
    {
        get => (SenderCheck)_senderCheck;
        set => _senderCheck = (int)value;
    }

    /// <summary>A file that gets a line for each failed login, as Dovecot (POP3, IMAP) and Postfix (SMTP) write it: fail2ban's filters dovecot and postfix find the addresses in it. It is appended to and may be rotated at any time.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string LoginLogPath { get; set; } = "";

    /// <summary>Runs in the foreground until Ctrl+C, then stops the server.</summary>
    [Parameter]
    public SwitchParameter Wait { get; set; }

    /// <summary>Allows -Capture on an address other than loopback, where anybody may then read and write.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (ParameterSetName is ConfigurationSet)
        {
            StartFromFile(GetUnresolvedProviderPathFromPSPath(ConfigurationPath));
            return;
        }

        var store = GetUnresolvedProviderPathFromPSPath(StorePath);
        if (ServerConfiguration.BeyondLoopback(Capture && !Force, NamedEndpoints()) is { } error)
            ThrowTerminatingError(error);
        var certificatePath = ParameterSetName is CertificatePathSet ? GetUnresolvedProviderPathFromPSPath(CertificatePath) : null;
        var loginLog = LoginLogPath.Length > 0 ? GetUnresolvedProviderPathFromPSPath(LoginLogPath) : null;
        Start(store, () => Options(store, certificatePath, loginLog), configuration: null);
    }

    private void StartFromFile(string path)
    {
        string[] allowed = [nameof(ConfigurationPath), nameof(OnRecipient), nameof(OnMessage), nameof(HookTimeoutSeconds), nameof(TokenValidator), nameof(TokenTimeoutSeconds), nameof(Wait), nameof(Force), .. CommonParameters, .. OptionalCommonParameters];
        if (MyInvocation.BoundParameters.Keys.FirstOrDefault(name => !allowed.Contains(name, StringComparer.OrdinalIgnoreCase)) is { } other)
            ThrowTerminatingError(ErrorRecords.Finding("InvalidArgument", ErrorCategory.InvalidArgument, $"-{other} cannot be given with -ConfigurationPath: the file says everything. Write it there.", other));
        if (!ServerConfiguration.TryRead(path, Force, out var options, out var problems))
        {
            // The last one ends the command, so that no script goes on without a server.
            foreach (var problem in problems.SkipLast(1))
                WriteError(problem);
            ThrowTerminatingError(problems[^1]);
        }

        Start(options!.StorePath, () => TokenValidator is null ? options : options with { Authentication = options.Authentication with { Tokens = Tokens() } }, path);
    }

    private void Start(string store, Func<MailServerOptions> options, string? configuration)
    {
        if (!ShouldProcess(store, "Start a mail server on this store"))
            return;

        var hooks = Hooks();
        MailServerInfo info;
        try
        {
            var server = Await(cancel => StartAsync(options() with { Hooks = hooks }, cancel));
            info = RunningServers.Add(server, hooks, configuration);
        }
        catch
        {
            hooks?.Dispose();
            throw;
        }

        WriteObject(info);
        if (Wait)
            WaitForCtrlC(info);
    }

    // Starting does not wait for anybody; a server that is there when the pipeline has stopped has nobody to stop it.
    private static async Task<MailServer> StartAsync(MailServerOptions options, CancellationToken cancel)
    {
        var server = await MailServer.StartAsync(options).ConfigureAwait(false);
        if (!cancel.IsCancellationRequested)
            return server;

        await server.DisposeAsync().ConfigureAwait(false);
        throw new OperationCanceledException(cancel);
    }

    private MailServerOptions Options(string store, string? certificatePath, string? loginLog)
    {
        var (certificate, intermediates) = certificatePath is null ? (Certificate, null) : LoadCertificate(certificatePath);
        return new MailServerOptions
        {
            StorePath = store,
            HostName = HostName.Length > 0 ? HostName : IPAddress.IsLoopback(ListenAddress) ? "localhost" : System.Net.Dns.GetHostName(),
            Domains = Domain,
            Endpoints = NamedEndpoints(),
            Certificate = certificate,
            Intermediates = intermediates,
            Capture = Capture,
            ClientCertificates = Clients(),
            Authentication = new AuthenticationOptions
            {
                AllowPlaintextLogin = AllowPlaintextLogin,
                OfferChannelBinding = OfferChannelBinding,
                Tokens = Tokens(),
                FailureLogPath = loginLog,
                Limits = new LoginLimits
                {
                    FailuresPerAddress = MaxLoginFailuresPerAddress,
                    FailuresPerAccount = MaxLoginFailuresPerAccount,
                    LockTime = LoginLockTime,
                    Exempt = Networks(nameof(LoginExempt), LoginExempt),
                },
            },
            Smtp = SmtpRules.ForServers with { Login = AllowSmtpLogin ? LoginRule.Offered : LoginRule.None, RequireTls = IsTlsRequired(nameof(MailProtocol.Smtp)), NormalizeLineEnds = AreLinesNormalized(nameof(MailProtocol.Smtp)) },
            Submission = SmtpRules.ForUsers with { MaxMessageSize = MaxSubmissionSize, RequireTls = IsTlsRequired(nameof(MailProtocol.Submission)), NormalizeLineEnds = AreLinesNormalized(nameof(MailProtocol.Submission)) },
            Lmtp = SmtpRules.ForDelivery with
            {
                MaxMessageSize = MaxLmtpSize,
                RequireTls = IsTlsRequired(nameof(MailProtocol.Lmtp)),
                NormalizeLineEnds = AreLinesNormalized(nameof(MailProtocol.Lmtp)),
                Clients = LmtpFrom.Length > 0 ? Networks(nameof(LmtpFrom), LmtpFrom) : SmtpRules.ForDelivery.Clients,
            },
            Pop3 = Pop3(),
            MaxMessageSize = MaxMessageSize,
            MaxImapMessages = MaxImapMessages,
            Layout = Layout,
            Quota = QuotaSize is null && QuotaMessages is null ? null : new MailQuota(QuotaSize, QuotaMessages),
            MaxMailboxes = QuotaMailboxes,
            RejectOverQuota = RejectOverQuota,
            Postmaster = Postmaster,
            SenderCheck = SenderCheck,
            MaxJunkCommands = MaxJunkCommands,
            TransactionTimeout = TransactionTimeout,
            GreetingDelay = GreetingDelay,
            ProxyFrom = Networks(nameof(ProxyFrom), ProxyFrom),
            XClientFrom = Networks(nameof(XClientFrom), XClientFrom),
            MetricsEndpoint = MetricsPort is { } port ? new IPEndPoint(MetricsAddress, port) : null,
            Outbound = OutboundMail(),
            Tracking = new TrackingOptions { Enabled = !NoTrackingLog, MaxAge = TrackingLogMaxAge, MaxSize = TrackingLogMaxSize },
            Rates = Rates(),
            Limits = new ConnectionLimits { MaxConnections = MaxConnections, MaxConnectionsPerAddress = MaxConnectionsPerAddress, Exempt = Networks(nameof(LimitExempt), LimitExempt) },
        };
    }

    private (X509Certificate2 Certificate, X509Certificate2Collection Intermediates) LoadCertificate(string path)
    {
        try
        {
            return CertificateStore.Load(path, CertificatePassword is null ? null : new PSCredential("-", CertificatePassword).GetNetworkCredential().Password);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new MailServerException(MailServerFault.CertificateUnusable, $"The certificate '{path}' cannot be used: {e.Message} Give a PEM file with certificate and private key, or a PFX file, and its password with -CertificatePassword if it has one.", e);
        }
    }
}
