using System.Management.Automation;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using MailOps.Client.Mailboxes;
using MailOps.Cmdlets.Runtime;
using MailOps.Cmdlets.Smtp;
using MailOps.Wire;

namespace MailOps.Cmdlets.Imap;

/// <summary>Reads messages of a folder over IMAP, one after the other as they come.</summary>
/// <para>The folder is opened for reading: no message becomes seen by it. The MIME structure of a message is parsed when
/// its Message property is first asked for. A certificate that is not trusted is an error that says why;
/// SkipCertificateCheck makes it a warning.</para>
/// <example><code>Get-ImapMessage imap.example.com -Credential john@example.com -HeadersOnly | Sort-Object Size -Descending</code><para>Lists the INBOX, the largest messages first.</para></example>
/// <example><code>$server | Get-ImapMessage -Credential $john -Folder 'Archive/2026' -First 5 -SkipCertificateCheck</code><para>Reads the first five messages of a folder from a server started with Start-MailServer.</para></example>
/// <example><code>Get-ImapMessage imap.example.com -AuthMechanism OAUTHBEARER -Credential ([pscredential]::new('joe@example.com', $token))</code><para>Logs in with an OAuth access token, a SecureString in the place of the password.</para></example>
/// <example><code>Get-ImapMessage imap.example.com -ClientCertificate (Get-PfxCertificate joe.pfx)</code><para>Logs in with a certificate alone, by EXTERNAL.</para></example>
[Cmdlet(VerbsCommon.Get, "ImapMessage", DefaultParameterSetName = CredentialSet)]
[OutputType(typeof(ImapMessage))]
public sealed class GetImapMessageCommand : MailCmdlet
{
    private const string CredentialSet = "Credential";
    private const string CertificateSet = "Certificate";

    private bool _isPlaceNamed;

    // A field of one of our value types would have the class's layout need MailOps.Core before the module has said where it is.
    private int? _tls;

    /// <summary>The server's name or address.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    public string Server { get; set; } = "";

    /// <summary>The port: 993, or 143 if Tls is StartTls or None, unless given or found among Endpoints.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("ImapPort")]
    [ValidatePort]
    public int? Port { get; set; }

    /// <summary>When to secure the connection: None, StartTls or Implicit. Unless given, as the endpoint has it if it is one of Endpoints, otherwise Implicit on port 993 and StartTls on any other.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public TlsMode? Tls
    {
        get => (TlsMode?)_tls;
        set => _tls = (int?)value;
    }

    /// <summary>The endpoints of Start-MailServer's object. Unless Server or Port is named, the one for IMAP is used; where there are two, the one that Tls asks for, and without Tls the one that starts without it.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public PSObject[] Endpoints { get; set; } = [];

    /// <summary>The account to log in with. For OAUTHBEARER and XOAUTH2 its password is the access token. With ClientCertificate it may be left out.</summary>
    [Parameter(Mandatory = true, ParameterSetName = CredentialSet, ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = CertificateSet, ValueFromPipelineByPropertyName = true)]
    [Credential]
    public PSCredential? Credential { get; set; }

    /// <summary>A certificate with its private key, for a server that asks for one in the TLS handshake. Without Credential and AuthMechanism the login is by EXTERNAL.</summary>
    [Parameter(Mandatory = true, ParameterSetName = CertificateSet)]
    [ValidateNotNull]
    public X509Certificate2? ClientCertificate { get; set; }

    /// <summary>The SASL mechanism: SCRAM-SHA-256 or SCRAM-SHA-1, each with -PLUS to bind it to the TLS connection, CRAM-MD5, PLAIN, LOGIN, and only if named EXTERNAL, OAUTHBEARER and XOAUTH2. Otherwise the strongest for a password that the server offers; with Tls None that may be one that sends it in the clear.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(SaslMechanismCompleter))]
    [ValidateNotNullOrEmpty]
    public string? AuthMechanism { get; set; }

    /// <summary>The folder's full name, levels separated as the server does; INBOX unless given.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string Folder { get; set; } = "INBOX";

    /// <summary>The UIDs of the messages wanted; all unless given. UIDs that are not in the folder are passed over.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public uint[]? Uid { get; set; }

    /// <summary>True to read headers only: quick, and the messages' Raw is then null.</summary>
    [Parameter]
    public SwitchParameter HeadersOnly { get; set; }

    /// <summary>How many messages to read at the most, from the lowest UID.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    public int? First { get; set; }

    /// <summary>Goes on whatever the server's certificate, with a warning that says what is wrong with it.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public SwitchParameter SkipCertificateCheck { get; set; }

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
        var port = Port ?? (Tls is null or TlsMode.Implicit ? 993 : 143);
        var tls = Tls ?? (port == 993 ? TlsMode.Implicit : TlsMode.StartTls);
        if (Endpoints is { Length: > 0 } && !_isPlaceNamed)
        {
            if (!PipedEndpoints.TryFind(Endpoints, Tls, out port, out var implicitTls, out _, MailProtocol.Imap))
            {
                WriteError(PipedEndpoints.Missing(Server, Endpoints, Tls, "IMAP", "-ImapPort or -ImapTlsPort"));
                return;
            }

            tls = Tls ?? (implicitTls ? TlsMode.Implicit : TlsMode.StartTls);
        }

        var options = new MailboxOptions
        {
            Server = Server,
            Port = port,
            Tls = tls,
            // Whole, as servers want it: PSCredential's own GetNetworkCredential would part user@domain.
            Credential = Credential is null ? null : new NetworkCredential(Credential.UserName, Credential.Password),
            ClientCertificate = ClientCertificate,
            AuthMechanism = AuthMechanism,
            SkipCertificateCheck = SkipCertificateCheck,
            Timeout = TimeSpan.FromSeconds(TimeoutSeconds),
        };
        Start([$"{Credential?.UserName ?? "the certificate"} at {Server}:{port}"], (mailbox, cancel) => ReadAsync(mailbox, options, cancel));
    }

    private async Task ReadAsync(string name, MailboxOptions options, CancellationToken cancel)
    {
        var mailbox = await ImapMailbox.OpenAsync(options, Folder, TimeProvider.System, cancel).ConfigureAwait(false);
        await using (mailbox.ConfigureAwait(false))
        {
            if (mailbox.CertificateProblem is { } problem)
                await WarningAsync($"The certificate of {Server} is not trusted: {problem}. It was not checked, as asked.").ConfigureAwait(false);
            await VerboseAsync($"{mailbox.Count} messages in {Folder} for {name}, logged in{(mailbox.AuthMechanism is { } mechanism ? $" with {mechanism}" : "")}.").ConfigureAwait(false);

            await foreach (var message in mailbox.ReadAsync(Uid, HeadersOnly, First, cancel).ConfigureAwait(false))
                await OutputAsync(message).ConfigureAwait(false);
            await mailbox.CloseAsync(cancel).ConfigureAwait(false);
        }
    }
}
