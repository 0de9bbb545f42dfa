using System.Globalization;
using System.Management.Automation;
using MailOps.Client.Probes;
using MailOps.Cmdlets.Runtime;
using MailOps.Server.Hosting.Configuration;

namespace MailOps.Cmdlets.Servers;

/// <summary>Tells everything that is wrong or risky in the configuration of a mail server.</summary>
/// <remarks>
/// <para>Reads a file as Start-MailServer would, starts nothing, and gives one report with a verdict and findings, each Pass, Warning or Fail. What Start-MailServer would refuse is a finding named Configuration, one for each, with its line: what is wrong in the file, and a store or log that this user cannot write, an address that this machine does not have, or a socket that cannot be made. Only whether ports are free, and whether this user may listen on them, shows when the server starts. A file that can be used, and a server that runs, is looked at for what is risky: capture mode and passwords without TLS beyond loopback, a certificate that ends soon, is not for the host's name or has a weak key, proxies and senders of LMTP that are trusted too widely, failed logins that cost nothing and lock nobody, missing limits and times without end, messages of other servers that are changed, rights of the store's files, accounts whose passwords are kept in the clear, domains without a postmaster.</para>
/// </remarks>
/// <example>
/// <code>Test-MailServerConfiguration ./mail.psd1 | Select-Object -ExpandProperty Findings | Where-Object Status -ne Pass</code>
/// <para>Shows what is wrong or risky in a configuration file.</para>
/// </example>
/// <example>
/// <code>Get-MailServer | Test-MailServerConfiguration</code>
/// <para>Looks at the servers that run in this process.</para>
/// </example>
[Cmdlet(VerbsDiagnostic.Test, "MailServerConfiguration", DefaultParameterSetName = PathSet)]
[OutputType(typeof(ServerConfigurationReport))]
public sealed class TestMailServerConfigurationCommand : MailCmdlet
{
    private const string PathSet = "Path";
    private const string IdSet = "Id";

    /// <summary>The files, PowerShell data files as Start-MailServer takes them.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = PathSet, ValueFromPipeline = true)]
    [Alias("ConfigurationPath", "FullName")]
    [ValidateNotNullOrEmpty]
    public string[] Path { get; set; } = [];

    /// <summary>Servers that run in this process, or their numbers.</summary>
    [Parameter(Mandatory = true, ParameterSetName = IdSet, ValueFromPipelineByPropertyName = true)]
    [ServersByNumber]
    [ArgumentCompleter(typeof(MailServerIdCompleter))]
    public int[] Id { get; set; } = [];

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (ParameterSetName is IdSet)
        {
            foreach (var id in Id)
            {
                if (RunningServers.OptionsOf(id) is { } options)
                    Write(string.Create(CultureInfo.InvariantCulture, $"{options.HostName} ({id})"), new ConfigurationReview(options).Findings().Select(Shown));
                else
                    WriteError(ErrorRecords.Finding("MailServerNotFound", ErrorCategory.ObjectNotFound, $"No mail server with the number {id} runs in this process. Get-MailServer lists those that do.", id));
            }

            return;
        }

        foreach (var path in Path)
        {
            var file = GetUnresolvedProviderPathFromPSPath(path);
            try
            {
                var result = ConfigurationFile.Read(file, onThisMachine: true);
                var findings = result.Problems.Select(problem => new Finding { Check = "Configuration", Status = FindingStatus.Fail, Message = problem.Message, Evidence = string.Create(CultureInfo.InvariantCulture, $"{file}:{problem.Line}") }).ToList();
                if (findings.Count == 0)
                    findings.Add(new Finding { Check = "Configuration", Status = FindingStatus.Pass, Message = "The file can be used: every setting is known and has a value that it may have.", Evidence = file });
                Write(file, result.Options is { } options ? findings.Concat(new ConfigurationReview(options).Findings().Select(Shown)) : findings);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                WriteError(ErrorRecords.From(e, file));
            }
        }
    }

    private static Finding Shown(ConfigurationFinding finding) => new()
    {
        Check = finding.Check,
        Status = finding.Risk switch
        {
            ConfigurationRisk.None => FindingStatus.Pass,
            ConfigurationRisk.Warning => FindingStatus.Warning,
            _ => FindingStatus.Fail,
        },
        Message = finding.Message,
        Evidence = finding.Evidence,
        Source = finding.Source,
    };

    private void Write(string target, IEnumerable<Finding> looked)
    {
        var findings = looked.ToArray();
        var verdict = Verdict.Over(findings);
        WriteObject(new ServerConfigurationReport { Target = target, Verdict = verdict.Status.ToString(), Reasons = [.. verdict.Reasons], Findings = findings });
    }
}
