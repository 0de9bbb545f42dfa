using System.Management.Automation;
using MailOps.Cmdlets.Runtime;
using MailOps.Server.Hosting;

namespace MailOps.Cmdlets.Servers;

/// <summary>Gives a mail server that runs the settings of its configuration file as they are now.</summary>
/// <remarks>
/// <para>The file is read as a whole. If anything in it cannot be used, every problem is an error and the server goes on as before. Otherwise all of it holds for clients who come from now on; sessions that are open go on under the settings that they began with, and none is dropped. A certificate that was renewed in its place is taken too. The store and its layout cannot change while the server runs.</para>
/// <para>A server that was started with -Wait also does this when it gets the signal SIGHUP.</para>
/// </remarks>
/// <example>
/// <code>Get-MailServer | Update-MailServer</code>
/// <para>Has every server of this process read its file again.</para>
/// </example>
/// <example>
/// <code>Update-MailServer -Id 1 -ConfigurationPath ./mail.psd1</code>
/// <para>Gives a server a file, whatever it was started with. It is its file from then on.</para>
/// </example>
[Cmdlet(VerbsData.Update, "MailServer", SupportsShouldProcess = true)]
[OutputType(typeof(MailServerInfo))]
public sealed class UpdateMailServerCommand : MailCmdlet
{
    /// <summary>The servers, or their numbers.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true)]
    [ServersByNumber]
    [ArgumentCompleter(typeof(MailServerIdCompleter))]
    public int[] Id { get; set; } = [];

    /// <summary>A configuration file. Without it, the one that the server was started with.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? ConfigurationPath { get; set; }

    /// <summary>Allows capture mode on an address other than loopback.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (var id in Id)
        {
            if (RunningServers.Find(id) is not { } server)
            {
                WriteError(ErrorRecords.Finding("MailServerNotFound", ErrorCategory.ObjectNotFound, $"No mail server with the number {id} runs in this process. Get-MailServer lists those that do.", id));
                continue;
            }

            var path = ConfigurationPath is { } given ? GetUnresolvedProviderPathFromPSPath(given) : server.ConfigurationPath;
            if (path is null)
                WriteError(ErrorRecords.Finding("NoConfiguration", ErrorCategory.InvalidOperation, $"The mail server {id} was started without a configuration file. Name one with -ConfigurationPath.", id));
            else if (ShouldProcess($"Mail server {id}", $"Take the settings of '{path}'"))
                Update(id, path);
        }
    }

    private void Update(int id, string path)
    {
        try
        {
            if (ServerConfiguration.TryRead(path, Force, out var options, out var problems))
                WriteObject(Await(_ => RunningServers.UpdateAsync(id, options, path)));
            else
                problems.ForEach(WriteError);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or MailServerException)
        {
            WriteError(ErrorRecords.From(e, path));
        }
    }
}
