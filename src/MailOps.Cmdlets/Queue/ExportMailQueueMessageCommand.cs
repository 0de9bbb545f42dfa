using System.Management.Automation;
using MailOps.Cmdlets.Runtime;
using MailOps.Server.Queue.Administration;

namespace MailOps.Cmdlets.Queue;

/// <summary>Saves messages that wait for other servers: each as a file with its octets, exactly as they would be sent, and beside it its envelope as JSON.</summary>
/// <remarks>
/// <para>In a folder a message has the name of its id: 01KBGTV3Z8QWE.eml and 01KBGTV3Z8QWE.json. The envelope has the sender, and of each recipient what the sender wants to hear, the last answer and the route; Bcc recipients are there and nowhere else. Files are readable by this user alone, appear as a whole or not at all, and replace none without -Force. The messages stay in the queue.</para>
/// </remarks>
/// <example>
/// <code>Get-MailQueueMessage -Sender eve@example.com | Export-MailQueueMessage -Path ./evidence</code>
/// <para>Saves all mail of an account that waits into a folder.</para>
/// </example>
/// <example>
/// <code>Export-MailQueueMessage 01KBGTV3Z8QWE -StorePath /srv/mail -Path ./message.eml</code>
/// <para>Saves one message of the server that runs on a store, or of a store at rest, into message.eml, and its envelope into message.json.</para>
/// </example>
[Cmdlet(VerbsData.Export, "MailQueueMessage", SupportsShouldProcess = true)]
[OutputType(typeof(FileInfo))]
public sealed class ExportMailQueueMessageCommand : MailQueueMessageCommand
{
    private MessageExport? _export;

    /// <summary>The folder to save into, which is made if the path ends with a slash; or the file of one message.</summary>
    [Parameter(Mandatory = true, Position = 1)]
    [ValidateNotNullOrEmpty]
    public string Path { get; set; } = "";

    /// <summary>Replaces files that are there.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    private protected override string Action => $"Save it to {Path}";

    /// <inheritdoc/>
    protected override void BeginProcessing() => _export = new MessageExport(GetUnresolvedProviderPathFromPSPath(Path), Force);

    private protected override async Task<string> DoAsync(IQueueAccess queue, string id, CancellationToken cancel)
    {
        try
        {
            await using var message = await queue.OpenMessageAsync(id, cancel).ConfigureAwait(false);
            if (message is null)
                return "NotFound";
            await OutputAsync(await _export!.SaveAsync(id.ToUpperInvariant(), message, cancel).ConfigureAwait(false)).ConfigureAwait(false);
        }
        catch (ExportRefusedException e)
        {
            await ErrorAsync("ExportFileExists", ErrorCategory.ResourceExists, e.Message, id).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException && e is not MailOps.Maildir.MailStoreException)
        {
            await ErrorAsync(e, id).ConfigureAwait(false);
        }

        return "Done";
    }
}
