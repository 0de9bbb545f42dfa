using System.Management.Automation;
using System.Net;
using MailOps.Cmdlets.Runtime;
using MailOps.Server.Connections;
using MailOps.Server.Hosting;
using MailOps.Wire;

namespace MailOps.Cmdlets.Servers;

/// <content>Where the server listens, and whom it takes there.</content>
public sealed partial class StartMailServerCommand
{
    /// <summary>The address to listen on: loopback unless another is named; 0.0.0.0 or :: for every address.</summary>
    [Parameter]
    [ValidateNotNull]
    public IPAddress ListenAddress { get; set; } = IPAddress.Loopback;

    /// <summary>The port for SMTP between servers.</summary>
    [Parameter]
    [ValidateRange(0, 65535)]
    public int SmtpPort { get; set; } = 25;

    /// <summary>The port for submission with STARTTLS.</summary>
    [Parameter]
    [ValidateRange(0, 65535)]
    public int SubmissionPort { get; set; } = 587;

    /// <summary>The port for submission under TLS.</summary>
    [Parameter]
    [ValidateRange(0, 65535)]
    public int SubmissionTlsPort { get; set; } = 465;

    /// <summary>The port for LMTP (RFC 2033), with STARTTLS: 24 is usual. It is for clients on this machine unless -LmtpFrom is given.</summary>
    [Parameter]
    [ValidateRange(0, 65535)]
    public int LmtpPort { get; set; } = 24;

    /// <summary>The path of a Unix socket for LMTP. One that nobody listens on any more is replaced, and the socket goes away when the server stops.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? LmtpPath { get; set; }

    /// <summary>The rights of the socket of -LmtpPath in octal, as chmod takes them: who may write may deliver. By default the user of this process and the group of the file.</summary>
    [Parameter]
    [ValidateFileMode]
    public string LmtpPathMode { get; set; } = "0660";

    /// <summary>The addresses or networks that may speak LMTP, such as 10.0.0.0/8. By default loopback.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[] LmtpFrom { get; set; } = [];

    /// <summary>Offers logins on the port for SMTP between servers too, for clients that know no other.</summary>
    [Parameter]
    public SwitchParameter AllowSmtpLogin { get; set; }

    /// <summary>Where nothing is taken without TLS (530 5.7.0): Smtp, Submission, Lmtp. A server that the whole world sends to should not ask for it on port 25 (RFC 3207).</summary>
    [Parameter]
    [ValidateSet("Smtp", "Submission", "Lmtp")]
    public string[] RequireTls { get; set; } = [];

    /// <summary>Where a CR or LF that stands alone in a message is made CRLF, for old senders that end lines so: Smtp, Submission, Lmtp. Elsewhere such a message is refused (521 5.6.0). A DKIM signature over what is changed may no longer hold. With it too nothing but CRLF.CRLF ends a message, and a NUL is refused.</summary>
    [Parameter]
    [ValidateSet("Smtp", "Submission", "Lmtp")]
    public string[] NormalizeLineEnds { get; set; } = [];

    /// <summary>The port for POP3 with STLS.</summary>
    [Parameter]
    [ValidateRange(0, 65535)]
    public int Pop3Port { get; set; } = 110;

    /// <summary>The port for POP3 under TLS.</summary>
    [Parameter]
    [ValidateRange(0, 65535)]
    public int Pop3TlsPort { get; set; } = 995;

    /// <summary>The port for IMAP with STARTTLS.</summary>
    [Parameter]
    [ValidateRange(0, 65535)]
    public int ImapPort { get; set; } = 143;

    /// <summary>The port for IMAP under TLS.</summary>
    [Parameter]
    [ValidateRange(0, 65535)]
    public int ImapTlsPort { get; set; } = 993;

    /// <summary>A port at which the metrics can be read over HTTP, as /metrics in Prometheus' text format; 0 picks a free one. Without it they can be read in this process alone, from the meter MailOps.Server.</summary>
    [Parameter]
    [ValidateRange(0, 65535)]
    public int? MetricsPort { get; set; }

    /// <summary>The address that metrics are read at: loopback unless another is named. Who reaches it may read them.</summary>
    [Parameter]
    [ValidateNotNull]
    public IPAddress MetricsAddress { get; set; } = IPAddress.Loopback;

    /// <summary>Addresses or networks of proxies that begin each connection with a PROXY header (HAProxy's, version 1 or 2), such as 192.0.2.10 or 10.0.0.0/8. The client is whom the header names; a connection from there without one is closed. By default nobody is believed.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[] ProxyFrom { get; set; } = [];

    /// <summary>Addresses or networks of proxies that may say with XCLIENT (Postfix's and nginx's) for which client they speak SMTP, and to which account it has logged in. By default nobody is believed.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[] XClientFrom { get; set; } = [];

    private bool IsTlsRequired(string role) => RequireTls.Contains(role, StringComparer.OrdinalIgnoreCase);

    private bool AreLinesNormalized(string role) => NormalizeLineEnds.Contains(role, StringComparer.OrdinalIgnoreCase);

    private static TrustedNetworks Networks(string parameter, string[] texts)
    {
        try
        {
            return TrustedNetworks.Parse(texts);
        }
        catch (ArgumentException e)
        {
            throw new MailServerException(MailServerFault.InvalidOptions, $"-{parameter}: {e.Message}", e);
        }
    }

    private MailEndpoint[] NamedEndpoints()
    {
        (string Parameter, MailProtocol Protocol, TlsMode Tls, int Port)[] all =
        [
            (nameof(SmtpPort), MailProtocol.Smtp, TlsMode.StartTls, SmtpPort),
            (nameof(SubmissionPort), MailProtocol.Submission, TlsMode.StartTls, SubmissionPort),
            (nameof(SubmissionTlsPort), MailProtocol.Submission, TlsMode.Implicit, SubmissionTlsPort),
            (nameof(LmtpPort), MailProtocol.Lmtp, TlsMode.StartTls, LmtpPort),
            (nameof(Pop3Port), MailProtocol.Pop3, TlsMode.StartTls, Pop3Port),
            (nameof(Pop3TlsPort), MailProtocol.Pop3, TlsMode.Implicit, Pop3TlsPort),
            (nameof(ImapPort), MailProtocol.Imap, TlsMode.StartTls, ImapPort),
            (nameof(ImapTlsPort), MailProtocol.Imap, TlsMode.Implicit, ImapTlsPort),
        ];
        var bound = MyInvocation.BoundParameters;
        var anyNamed = all.Any(one => bound.ContainsKey(one.Parameter)) || LmtpPath is not null || bound.ContainsKey(nameof(LmtpPort));
        MailEndpoint[] local = LmtpPath is null ? [] : [MailEndpoint.AtPath(GetUnresolvedProviderPathFromPSPath(LmtpPath), (UnixFileMode)Convert.ToInt32(LmtpPathMode, 8))];
        return [.. all.Where(one => anyNamed ? bound.ContainsKey(one.Parameter) : one.Protocol is not MailProtocol.Lmtp)
            .Select(one => new MailEndpoint(one.Protocol, one.Tls, ListenAddress, one.Port)), .. local];
    }
}
