using System.Management.Automation;
using System.Security.Cryptography.X509Certificates;
using MailOps.Client.Probes;
using MailOps.Cmdlets.Runtime;
using MailOps.Wire;

namespace MailOps.Cmdlets.Probes;

/// <summary>Tests the TLS of a mail server: versions, cipher suite, certificate chain, names and dates, with one verdict and its reasons.</summary>
/// <para>Connects as a mail client or server would, over STARTTLS (STLS) or with TLS from the first octet, and gives one
/// report for each server and port. A report has findings, each Pass, Unknown, Warning, Blocked or Fail, with what was
/// seen and the standard that says how it should be; the verdict is the weightiest of them. What could not be seen from
/// here, such as a refused connection, is Blocked and never the server's failure. For SMTP between servers (port 25)
/// distrust of a certificate is a Warning, since senders may encrypt without checking; for users' protocols it is a Fail.
/// Which versions are taken does not depend on what this machine's TLS library allows. No mail is sent and nobody logs in.</para>
/// <example><code>Test-MailTls mx1.contoso.com</code><para>Tests STARTTLS on port 25.</para></example>
/// <example><code>Get-MxRecord contoso.com | Test-MailTls | Select-Object -ExpandProperty Findings</code><para>Tests every mail exchanger of a domain and shows all findings.</para></example>
/// <example><code>$server = Start-MailServer -StorePath ./store -Capture -ImapPort 0 -SmtpPort 0
/// $server | Test-MailTls</code><para>Tests each endpoint of a server that was started here.</para></example>
/// <example><code>Test-MailTls imap.contoso.com -Port 993 | Where-Object DaysLeft -lt 30</code><para>Tells if the certificate of an IMAP server ends within a month.</para></example>
[Cmdlet(VerbsDiagnostic.Test, "MailTls")]
[OutputType(typeof(MailTlsReport))]
public sealed class TestMailTlsCommand : ConcurrentMailCmdlet
{
    private TlsProbe? _probe;

    // A field of one of our value types would have the class's layout need our assemblies before the module has said where they are.
    private int? _protocol;
    private int? _tls;

    /// <summary>The servers, by name or address. Binds the Exchange of Get-MxRecord's objects too.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("Exchange", "ComputerName")]
    [AllowEmptyString]
    public string[] Server { get; set; } = [];

    /// <summary>The port. Without it the usual one for the protocol and the mode: 25, 587, 465, 110, 995, 143 or 993; so with 0.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidateRange(0, 65535)]
    public int Port { get; set; }

    /// <summary>What is spoken there: Smtp, Submission, Lmtp, Pop3 or Imap. Without it the usual one for the port.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public MailProtocol? Protocol
    {
        get => (MailProtocol?)_protocol;
        set => _protocol = (int?)value;
    }

    /// <summary>When TLS starts: StartTls or Implicit. Without it the usual one for the port.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public TlsMode? Tls
    {
        get => (TlsMode?)_tls;
        set => _tls = (int?)value;
    }

    /// <summary>The endpoints of Start-MailServer's object: objects with Server, Port, Protocol and Tls, each of which is tested.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public PSObject[] Endpoints { get; set; } = [];

    /// <summary>The name to ask for (SNI) and to look for in the certificate, where the connection goes to an address or to another name.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("HostName")]
    public string? ServerName { get; set; }

    /// <summary>Root certificates to trust beside those of this machine: a private authority's.</summary>
    [Parameter]
    public X509Certificate2[] RootCertificate { get; set; } = [];

    /// <summary>How many seconds each step may take: a connection, a reply, a handshake. 15 unless it is given.</summary>
    [Parameter]
    [ValidateRange(1, 600)]
    public int TimeoutSeconds { get; set; } = 15;

    /// <inheritdoc/>
    protected override void BeginProcessing() => _probe = new TlsProbe(new TlsProbeOptions
    {
        Timeout = TimeSpan.FromSeconds(TimeoutSeconds),
        Roots = RootCertificate,
    });

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (Tls == TlsMode.None)
            WriteError(ErrorRecords.Finding("NoTlsToTest", ErrorCategory.InvalidArgument, "There is no TLS to test with -Tls None. Use StartTls or Implicit, or leave it out.", Server));
        else if ((Endpoints is null or []) && (Server is null or []))
            WriteError(ErrorRecords.Finding("NoServer", ErrorCategory.InvalidArgument, "There is nothing to test: give -Server, or pipe objects that have Server, Exchange or Endpoints.", targetObject: null));
        else
            Start(Targets().ToList(), (target, cancel) => _probe!.RunAsync(target, cancel));
    }

    private IEnumerable<TlsTarget> Targets() => Endpoints is { Length: > 0 }
        ? Endpoints.Select(FromEndpoint).OfType<TlsTarget>()
        : Server.Select(server => Target(server, Port, Protocol, Tls));

    private TlsTarget Target(string server, int port, MailProtocol? protocol, TlsMode? tls)
    {
        var spoken = protocol ?? TlsTarget.UsualProtocol(port);
        var mode = tls ?? TlsTarget.UsualTls(port);
        // A name with a dot at the end is the same name; a single dot is a null MX, and the report says so.
        var host = server.Trim();
        host = host.Length > 1 ? host.TrimEnd('.') : host;
        return new TlsTarget(host, port == 0 ? TlsTarget.UsualPort(spoken, mode) : port, spoken, mode, ServerName);
    }

    private TlsTarget? FromEndpoint(PSObject endpoint)
    {
        // A Unix socket does not leave the machine: there is no TLS on it to be graded.
        if (endpoint.Properties["Path"]?.Value is string path)
        {
            WriteVerbose($"The Unix socket {path} has no TLS.");
            return null;
        }

        if (!PipedEndpoints.TryRead(endpoint, out var own, out var port, out var protocol, out var tls)
            || (own ?? Server?.FirstOrDefault()) is not { } server)
        {
            WriteError(ErrorRecords.Finding("InvalidEndpoint", ErrorCategory.InvalidData, $"'{endpoint}' is not an endpoint: it needs Server and Port, and a Protocol and Tls that are known.", endpoint));
            return null;
        }

        // An endpoint without TLS is asked for STARTTLS all the same: that it has none is the finding.
        return Target(server, port, protocol, tls == TlsMode.None ? TlsMode.StartTls : tls);
    }
}
