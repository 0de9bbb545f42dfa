using System.Globalization;
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

    /// <summary>The servers, by name or address. Binds the Exchange of Get-MxRecord's objects too.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("Exchange", "ComputerName")]
    [AllowEmptyString]
    public string[] Server { get; set; } = [];

    /// <summary>The port. Without it the usual one for the protocol and the mode: 25, 587, 465, 110, 995, 143 or 993.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidateRange(1, 65535)]
    public int Port { get; set; }

    /// <summary>What is spoken there: Smtp, Submission, Pop3 or Imap. Without it the usual one for the port.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidateSet("Smtp", "Submission", "Pop3", "Imap")]
    public string? Protocol { get; set; }

    /// <summary>When TLS starts: StartTls or Implicit. Without it the usual one for the port.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidateSet("StartTls", "Implicit")]
    public string? Tls { get; set; }

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
        var targets = Endpoints.Length > 0 ? Endpoints.Select(FromEndpoint) : Server.Select(s => Target(s, Port, Protocol, Tls));
        Start(targets.OfType<TlsTarget>().ToList(), (target, cancel) => _probe!.RunAsync(target, cancel));
        if (Endpoints.Length == 0 && Server.Length == 0)
            WriteError(ErrorRecords.Finding("NoServer", ErrorCategory.InvalidArgument, "There is nothing to test: give -Server, or pipe objects that have Server, Exchange or Endpoints.", targetObject: null));
    }

    private TlsTarget Target(string server, int port, string? protocol, string? tls)
    {
        var spoken = protocol is null ? TlsTarget.UsualProtocol(port) : Enum.Parse<MailProtocol>(protocol, ignoreCase: true);
        var mode = tls is null ? TlsTarget.UsualTls(port) : Enum.Parse<TlsMode>(tls, ignoreCase: true);
        // A name with a dot at the end is the same name; a single dot is a null MX, and the report says so.
        var host = server.Trim();
        host = host.Length > 1 ? host.TrimEnd('.') : host;
        return new TlsTarget(host, port == 0 ? TlsTarget.UsualPort(spoken, mode) : port, spoken, mode, ServerName);
    }

    private TlsTarget? FromEndpoint(PSObject endpoint)
    {
        var server = Text(endpoint, "Server") ?? Server.FirstOrDefault();
        var tls = Text(endpoint, "Tls");
        if (server is null || !int.TryParse(Text(endpoint, "Port"), NumberStyles.None, CultureInfo.InvariantCulture, out var port)
            || Text(endpoint, "Protocol") is { } protocol && !Enum.TryParse<MailProtocol>(protocol, ignoreCase: true, out _)
            || tls is not null && !Enum.TryParse<TlsMode>(tls, ignoreCase: true, out _))
        {
            WriteError(ErrorRecords.Finding("InvalidEndpoint", ErrorCategory.InvalidData, $"'{endpoint}' is not an endpoint: it needs Server and Port, and a Protocol and Tls that are known.", endpoint));
            return null;
        }

        // An endpoint without TLS is asked for STARTTLS all the same: that it has none is the finding.
        return Target(server, port, Text(endpoint, "Protocol"), string.Equals(tls, nameof(TlsMode.None), StringComparison.OrdinalIgnoreCase) ? nameof(TlsMode.StartTls) : tls);
    }

    private static string? Text(PSObject endpoint, string property) => endpoint.Properties[property]?.Value is { } value
        ? LanguagePrimitives.ConvertTo<string>(value)
        : null;
}
