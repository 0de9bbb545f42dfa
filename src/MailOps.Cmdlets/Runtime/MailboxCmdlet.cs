using System.Management.Automation;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using MailOps.Client.Mailboxes;
using MailOps.Cmdlets.Smtp;
using MailOps.Wire;

namespace MailOps.Cmdlets.Runtime;

/// <summary>The base of cmdlets that log in to a mailbox on a server: where it is and how to log in.</summary>
public abstract class MailboxCmdlet : MailCmdlet
{
    /// <summary>The parameter set of a login with a name and a password.</summary>
    protected const string CredentialSet = "Credential";

    /// <summary>The parameter set of a login with a certificate.</summary>
    protected const string CertificateSet = "Certificate";

    /// <summary>The parameter set of a login with an access token.</summary>
    protected const string TokenSet = "Token";

    private bool _isPlaceNamed;

    // A field of one of our value types would have the class's layout need MailOps.Core before the module has said where it is.
    private int? _tls;

    /// <summary>The server's name or address.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = CredentialSet, ValueFromPipelineByPropertyName = true)]
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = CertificateSet, ValueFromPipelineByPropertyName = true)]
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = TokenSet, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    public virtual string Server { get; set; } = "";

    /// <summary>When to secure the connection: None, StartTls (STLS for POP3) or Implicit. Unless given, as the endpoint has it if it is one of Endpoints, otherwise Implicit on the port for TLS (993 for IMAP, 995 for POP3) and StartTls on any other.</summary>
    [Parameter(ParameterSetName = CredentialSet, ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = CertificateSet, ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = TokenSet, ValueFromPipelineByPropertyName = true)]
    public TlsMode? Tls
    {
        get => (TlsMode?)_tls;
        set => _tls = (int?)value;
    }

    /// <summary>The endpoints of Start-MailServer's object. Unless Server or Port is named, the one for the protocol is used; where there are two, the one that Tls asks for, and without Tls the one that starts without it.</summary>
    [Parameter(ParameterSetName = CredentialSet, ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = CertificateSet, ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = TokenSet, ValueFromPipelineByPropertyName = true)]
    public PSObject[] Endpoints { get; set; } = [];

    /// <summary>The account to log in with. For OAUTHBEARER and XOAUTH2 its password is the access token. With ClientCertificate it may be left out.</summary>
    [Parameter(Mandatory = true, ParameterSetName = CredentialSet, ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = CertificateSet, ValueFromPipelineByPropertyName = true)]
    [Credential]
    public virtual PSCredential? Credential { get; set; }

    /// <summary>Whose mailbox to open, where Credential or the certificate is that of an administrator who may act as others (RFC 4422, authorization identity): auth_master_user's passdb of Dovecot, proxyservers or admins of Cyrus. It goes by PLAIN, SCRAM or EXTERNAL; other mechanisms cannot say it.</summary>
    [Parameter(ParameterSetName = CredentialSet, ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = CertificateSet, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    public string? AuthorizationId { get; set; }

    /// <summary>A certificate with its private key, for a server that asks for one in the TLS handshake. Without Credential and AuthMechanism the login is by EXTERNAL.</summary>
    [Parameter(Mandatory = true, ParameterSetName = CertificateSet)]
    [ValidateNotNull]
    public X509Certificate2? ClientCertificate { get; set; }

    /// <summary>The account to log in to with AccessToken.</summary>
    [Parameter(Mandatory = true, ParameterSetName = TokenSet)]
    [ValidateNotNullOrEmpty]
    public string UserName { get; set; } = "";

    /// <summary>The OAuth access token: a string, a SecureString, or a script block that writes one, and gets the account as its first argument. The script is called for the first login, and again when the server refuses what it gave, which is kept until then: so a session, or a long command that connects anew, outlives its first token. It runs in the session that it was written in, while a cmdlet runs; elsewhere, as in ForEach-Object -Parallel, it knows no variables of that. The login is by OAUTHBEARER, or else XOAUTH2.</summary>
    [Parameter(Mandatory = true, ParameterSetName = TokenSet)]
    [ValidateNotNull]
    public object? AccessToken { get; set; }

    /// <summary>The SASL mechanism: SCRAM-SHA-256 or SCRAM-SHA-1, each with -PLUS to bind it to the TLS connection, CRAM-MD5, PLAIN, LOGIN, and only if named EXTERNAL, OAUTHBEARER, XOAUTH2 and NTLM, which is for old servers of Windows and takes DOMAIN\user. Otherwise the strongest for a password that the server offers; with Tls None that may be one that sends it in the clear.</summary>
    [Parameter(ParameterSetName = CredentialSet)]
    [Parameter(ParameterSetName = CertificateSet)]
    [Parameter(ParameterSetName = TokenSet)]
    [ArgumentCompleter(typeof(MailboxMechanismCompleter))]
    [ValidateNotNullOrEmpty]
    public string? AuthMechanism { get; set; }

    /// <summary>Goes on whatever the server's certificate, with a warning that says what is wrong with it.</summary>
    [Parameter(ParameterSetName = CredentialSet, ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = CertificateSet, ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = TokenSet, ValueFromPipelineByPropertyName = true)]
    public SwitchParameter SkipCertificateCheck { get; set; }

    /// <summary>What the server's certificate is known by: its SHA-256 or SHA-1 thumbprint in hexadecimal, with colons or without, or the hash of its public key as sha256// and base64, as curl has it; any of several. A certificate that matches is taken whoever made it, and one that does not ends the connection, whoever made it and whatever SkipCertificateCheck says. Needs TLS.</summary>
    [Parameter(ParameterSetName = CredentialSet)]
    [Parameter(ParameterSetName = CertificateSet)]
    [Parameter(ParameterSetName = TokenSet)]
    [ValidateCertificatePin]
    public string[] CertificatePin { get; set; } = [];

    /// <summary>How long each single step may take, in seconds; 30 unless given.</summary>
    [Parameter(ParameterSetName = CredentialSet, ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = CertificateSet, ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = TokenSet, ValueFromPipelineByPropertyName = true)]
    [ValidateRange(1, 86400)]
    public int TimeoutSeconds { get; set; } = 30;

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        // What is bound by now was written on the command line; what comes down the pipeline gives way to it.
        var named = MyInvocation.BoundParameters;
        _isPlaceNamed = named.ContainsKey(nameof(Server)) || named.ContainsKey("Port");
    }

    /// <summary>Where to connect and how to log in; null if the server does not speak the protocol, which is an error then.</summary>
    /// <param name="protocol">What is spoken.</param>
    /// <param name="given">The port that was given, or null.</param>
    /// <param name="plain">The usual port without TLS at the start.</param>
    /// <param name="underTls">The usual port under TLS.</param>
    private protected MailboxOptions? OptionsFor(MailProtocol protocol, int? given, int plain, int underTls) =>
        OptionsFor([protocol], given, plain, underTls, protocol.ToString().ToUpperInvariant(), $"-{protocol}Port or -{protocol}TlsPort");

    /// <summary>Where to send mail, and how to log in: at an endpoint for submission if there is one and there is a login, else between servers.</summary>
    /// <param name="given">The port that was given, or null.</param>
    private protected MailboxOptions? SmtpOptions(int? given)
    {
        MailProtocol[] protocols = Credential is null && ClientCertificate is null && AccessToken is null ? [MailProtocol.Smtp, MailProtocol.Submission] : [MailProtocol.Submission, MailProtocol.Smtp];
        return OptionsFor(protocols, given, plain: 587, underTls: 465, "SMTP", "-SmtpPort, -SubmissionPort or -SubmissionTlsPort");
    }

    private MailboxOptions? OptionsFor(MailProtocol[] protocols, int? given, int plain, int underTls, string name, string parameters)
    {
        var port = given ?? (Tls is null or TlsMode.Implicit ? underTls : plain);
        var tls = Tls ?? (port == underTls ? TlsMode.Implicit : TlsMode.StartTls);
        if (Endpoints is { Length: > 0 } && !_isPlaceNamed)
        {
            if (!PipedEndpoints.TryFind(Endpoints, Tls, out port, out var implicitTls, out _, protocols))
            {
                WriteError(PipedEndpoints.Missing(Server, Endpoints, Tls, name, parameters));
                return null;
            }

            tls = Tls ?? (implicitTls ? TlsMode.Implicit : TlsMode.StartTls);
        }

        return new MailboxOptions
        {
            Server = Server,
            Port = port,
            Tls = tls,
            // Whole, as servers want it: PSCredential's own GetNetworkCredential would part user@domain.
            Credential = Credential is not null ? new NetworkCredential(Credential.UserName, Credential.Password)
                : AccessToken is not null ? new NetworkCredential(UserName, "") : null,
            AuthorizationId = AuthorizationId,
            Tokens = AccessToken is null ? null : ScriptTokens.From(AccessToken, UserName),
            ClientCertificate = ClientCertificate,
            AuthMechanism = AuthMechanism,
            SkipCertificateCheck = SkipCertificateCheck,
            CertificatePins = Wire.CertificatePin.Parse(CertificatePin),
            Timeout = TimeSpan.FromSeconds(TimeoutSeconds),
        };
    }

    /// <summary>The mailbox in messages: who logs in, and where.</summary>
    private protected static string NameOf(MailboxOptions options) => $"{options.Credential?.UserName ?? (options.ClientCertificate is null ? "nobody" : "the certificate")}{(options.AuthorizationId is { } other ? $" as {other}" : "")} at {options.Server}:{options.Port}";

    /// <summary>Warns of a certificate that was not checked.</summary>
    /// <param name="problem">What is wrong with it, or null.</param>
    private protected async Task WarnAsync(string? problem)
    {
        if (problem is not null)
            await WarningAsync($"The certificate of {Server} is not trusted: {problem}. It was not checked, as asked.").ConfigureAwait(false);
    }
}
