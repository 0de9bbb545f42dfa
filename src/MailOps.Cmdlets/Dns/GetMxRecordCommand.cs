using System.Management.Automation;
using MailOps.Cmdlets.Runtime;
using MailOps.Dns;

namespace MailOps.Cmdlets.Dns;

/// <summary>Looks up the hosts that take mail for a domain.</summary>
/// <para>Gives one object for each mail exchanger, ordered by preference within a domain. A domain without an MX record
/// but with an address is its own exchanger (Kind Implicit, RFC 5321 section 5.1). A domain that says that it takes no
/// mail gives one object of Kind Null (RFC 7505). A domain that is an alias is followed, and CanonicalName says where to.
/// A domain that has no mail host, does not exist or could not be looked up gives an error with the domain as its target:
/// NoMailHost, DomainNotFound, InvalidDomain, MxLookupTimedOut, MxLookupFailed, MxLookupRefused, ResolverUnreachable or
/// MxAnswerMalformed. The other domains go on.</para>
/// <example><code>Get-MxRecord contoso.com</code><para>Shows the mail exchangers of contoso.com, the one to try first at the top.</para></example>
/// <example><code>'contoso.com', 'fabrikam.com' | Get-MxRecord | Test-MailTls</code><para>Tests the TLS of every mail exchanger of two domains.</para></example>
/// <example><code>Import-Csv customers.csv | Get-MxRecord -Server 192.0.2.53 -ThrottleLimit 100 -ErrorVariable failed</code><para>Asks one name server for the domains in the column Domain of a file, up to a hundred at once, and keeps the failures.</para></example>
/// <example><code>Get-MxRecord bücher.example -ResolveAddress | Select-Object Exchange, Addresses</code><para>Looks up an internationalised domain and the addresses of its exchangers.</para></example>
[Cmdlet(VerbsCommon.Get, "MxRecord")]
[OutputType(typeof(MxRecord))]
public sealed class GetMxRecordCommand : ConcurrentMailCmdlet
{
    private MailResolver? _resolver;

    /// <summary>The domains, in Unicode or punycode. An e-mail address stands for its domain; a dot at the end and space around it do not matter; empty lines are passed over.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("DomainName", "EmailAddress")]
    [AllowEmptyString]
    [AllowEmptyCollection]
    public string[] Domain { get; set; } = [];

    /// <summary>The name server to ask, by address or name. Without it the system's own name servers are asked.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Server { get; set; }

    /// <summary>The name server's port. 53 unless it is given.</summary>
    [Parameter]
    [ValidateRange(1, 65535)]
    public int Port { get; set; } = 53;

    /// <summary>Looks up the IPv6 and IPv4 addresses of each exchanger too.</summary>
    [Parameter]
    public SwitchParameter ResolveAddress { get; set; }

    /// <summary>How many seconds one question to the name server may take, with its two retries. 9 unless it is given.</summary>
    [Parameter]
    [ValidateRange(1, 600)]
    public int TimeoutSeconds { get; set; } = 9;

    /// <inheritdoc/>
    protected override void BeginProcessing() => _resolver = new MailResolver(new MailResolverOptions
    {
        Server = Server,
        Port = Port,
        Timeout = TimeSpan.FromSeconds(TimeoutSeconds),
        // Room for both address families of several exchangers of every domain that is under way.
        MaxConcurrency = Math.Max(64, ThrottleLimit * 2),
    });

    /// <inheritdoc/>
    protected override void ProcessRecord() => Start(Domain, LookUpAsync);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        if (disposing)
            _resolver?.Dispose();
    }

    private async Task LookUpAsync(string input, CancellationToken cancel)
    {
        if (string.IsNullOrWhiteSpace(input))
        {
            await VerboseAsync("Passed over an empty domain.").ConfigureAwait(false);
            return;
        }

        if (!DnsName.TryParse(input, out var domain, out var error))
        {
            await ErrorAsync("InvalidDomain", ErrorCategory.InvalidArgument, error, input).ConfigureAwait(false);
            return;
        }

        var answer = await _resolver!.MxAsync(domain, ResolveAddress, cancel).ConfigureAwait(false);
        if (answer.Status != DnsStatus.Answered)
        {
            var (id, category) = ErrorOf(answer.Status);
            await ErrorAsync(id, category, answer.Detail, domain.Text).ConfigureAwait(false);
            return;
        }

        await VerboseAsync(answer.Detail).ConfigureAwait(false);
        await OutputAsync(answer.Records).ConfigureAwait(false);
    }

    private static (string Id, ErrorCategory Category) ErrorOf(DnsStatus status) => status switch
    {
        DnsStatus.NoData => ("NoMailHost", ErrorCategory.ObjectNotFound),
        DnsStatus.NameNotFound => ("DomainNotFound", ErrorCategory.ObjectNotFound),
        DnsStatus.TimedOut => ("MxLookupTimedOut", ErrorCategory.OperationTimeout),
        DnsStatus.ServerFailure => ("MxLookupFailed", ErrorCategory.ResourceUnavailable),
        DnsStatus.Refused => ("MxLookupRefused", ErrorCategory.PermissionDenied),
        DnsStatus.Unreachable => ("ResolverUnreachable", ErrorCategory.ConnectionError),
        _ => ("MxAnswerMalformed", ErrorCategory.InvalidData),
    };
}
