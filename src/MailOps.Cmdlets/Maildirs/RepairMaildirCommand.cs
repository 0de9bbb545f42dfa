using System.Management.Automation;
using MailOps.Client.Maildirs;
using MailOps.Client.Maildirs.Inspection;

namespace MailOps.Cmdlets.Maildirs;

/// <summary>Puts right what Test-Maildir finds, and says what it did. It never deletes mail.</summary>
/// <para>Makes missing directories, gives files back to the owner, renames messages whose names are doubled or tell wrong sizes, moves messages
/// to new that lie beside it, numbers messages, writes damaged lists and tables anew, removes stale locks, finishes an interrupted
/// rename and counts a quota again. What it takes out (orphaned files of tmp, empty files, a copy of a damaged list) lies in
/// mailops-lostfound in the Maildir. What a person has to decide is written too, with IsDone false.</para>
/// <para>It works under the locks that Dovecot and this module's server use. A message that is renamed gets a new UID, and a damaged list of UIDs
/// a new UIDVALIDITY: clients read the message or the folder again. Error: MaildirNotFound.</para>
/// <example><code>Repair-Maildir ~/Maildir -WhatIf</code><para>Shows what would be done.</para></example>
/// <example><code>Test-Maildir ~/Maildir | Where-Object Verdict -eq Fail | Repair-Maildir | Format-List</code><para>Repairs a Maildir that is damaged, and shows what was done.</para></example>
/// <example><code>Get-MailAccount -StorePath ./store | Repair-Maildir | Where-Object -not IsDone</code><para>Repairs the mail of all accounts, and shows what is left to do.</para></example>
[Cmdlet(VerbsDiagnostic.Repair, "Maildir", SupportsShouldProcess = true)]
[OutputType(typeof(MaildirRepair))]
public sealed class RepairMaildirCommand : MaildirCommand
{
    /// <summary>Reads every message as well, to see that the sizes in its name are right.</summary>
    [Parameter]
    public SwitchParameter ReadContent { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        var (readsContent, layout) = (ReadContent.IsPresent, Layout);
        Start(Places(), (path, cancel) => MaildirInspector.RepairAsync(path, layout, readsContent, ShouldProcessAsync, TimeProvider.System, cancel));
    }
}
