using System.Management.Automation;
using MailOps.Client.Maildirs;
using MailOps.Client.Maildirs.Inspection;

namespace MailOps.Cmdlets.Maildirs;

/// <summary>Looks for damage in Maildirs, with one verdict and its reasons.</summary>
/// <para>Gives one report for each Maildir and changes nothing in it. A report has findings, each Pass, Unknown, Warning, Blocked or Fail:
/// Permissions, Directories, FileKinds, HiddenFolders, StaleLocks, OrphanedTmp, MisplacedMessages, MessageNames, EmptyMessages, DuplicateNames,
/// WrongSizes, NamesWithoutSize, Keywords (those past the 26 that names have letters for among them), UidList, Uids, UidValidity, Quota and AccessLists. What
/// cannot be looked at is Blocked. A Maildir may be tested while servers use it; what they are doing may then show as a Warning.</para>
/// <para>Repair-Maildir takes the reports. Error: MaildirNotFound.</para>
/// <example><code>Test-Maildir ~/Maildir | Select-Object -ExpandProperty Findings</code><para>Shows all findings of one Maildir.</para></example>
/// <example><code>Get-MailAccount -StorePath ./store | Test-Maildir | Where-Object Verdict -ne Pass</code><para>Finds the accounts of a store whose mail needs a look.</para></example>
/// <example><code>Test-Maildir ~/Maildir -ReadContent | Repair-Maildir -WhatIf</code><para>Reads every message as well, and shows what a repair would do.</para></example>
[Cmdlet(VerbsDiagnostic.Test, "Maildir")]
[OutputType(typeof(MaildirReport))]
public sealed class TestMaildirCommand : MaildirCommand
{
    /// <summary>Reads every message as well, to see that the sizes in its name are right.</summary>
    [Parameter]
    public SwitchParameter ReadContent { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        var (readsContent, layout) = (ReadContent.IsPresent, Layout);
        Start(Places(), (path, cancel) => Task.FromResult(MaildirInspector.Inspect(path, layout, readsContent, TimeProvider.System, cancel)));
    }
}
