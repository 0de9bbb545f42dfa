using System.Management.Automation;
using MailOps.Client.Migration;
using MailOps.Cmdlets.Runtime;

namespace MailOps.TestCmdlets;

/// <summary>Takes addresses of mailboxes as every cmdlet does, and says what they mean.</summary>
[Cmdlet(VerbsDiagnostic.Resolve, "TestMailbox")]
public sealed class ResolveTestMailboxCommand : MailCmdlet
{
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true)]
    [ValidateMailboxLocation]
    [ArgumentCompleter(typeof(MailboxLocationCompleter))]
    public string[] Mailbox { get; set; } = [];

    protected override void ProcessRecord()
    {
        foreach (var text in Mailbox)
        {
            try
            {
                WriteObject(MailboxArgument.Resolve(this, text).ToString());
            }
            catch (Exception e) when (e is MigrationException or SessionStateException)
            {
                WriteError(ErrorRecords.From(e, text));
            }
        }
    }
}
