using System.Management.Automation;
using MailOps.Client.Mailboxes;
using MailOps.Cmdlets.Maildirs;
using MailOps.Cmdlets.Runtime;

namespace MailOps.Cmdlets.Imap;

/// <summary>Sets and takes off flags and keywords of messages over IMAP.</summary>
/// <para>Messages that come one after the other from one folder are changed together. A server that takes no new keywords in a folder refuses them here, instead of dropping them.</para>
/// <example><code>$session | Get-ImapMessage -NotFlag Seen -Since (Get-Date).Date | Set-ImapMessage -Session $session -AddFlag Seen</code><para>Marks what came today as read.</para></example>
/// <example><code>Set-ImapMessage imap.example.com -Credential $john -Uid 17, 18 -AddFlag Flagged, '$Work' -RemoveFlag '$Later'</code><para>Changes two messages of the INBOX.</para></example>
/// <example><code>$session | Get-ImapMessage -Folder Drafts | Set-ImapMessage -Session $session -Flag Draft, Seen -WhatIf</code><para>Shows which messages would have these flags and no others.</para></example>
[Cmdlet(VerbsCommon.Set, "ImapMessage", DefaultParameterSetName = CredentialSet, SupportsShouldProcess = true)]
[OutputType(typeof(void))]
public sealed class SetImapMessageCommand : ImapChangeCommand
{
    /// <summary>Flags (Seen, Answered, Flagged, Deleted, Draft) and keywords to set, beside those that a message has.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(MessageFlagCompleter))]
    public string[] AddFlag { get; set; } = [];

    /// <summary>Flags and keywords to take off.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(MessageFlagCompleter))]
    public string[] RemoveFlag { get; set; } = [];

    /// <summary>All flags and keywords that a message then has; an empty array for none.</summary>
    [Parameter]
    [AllowEmptyCollection]
    [ArgumentCompleter(typeof(MessageFlagCompleter))]
    public string[]? Flag { get; set; }

    private protected override string Action => string.Join("; ", FlagChanges.Describe(Flag, AddFlag, RemoveFlag));

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        var problem = FlagChanges.ProblemOf(Flag, AddFlag, RemoveFlag)
            ?? (Flag is null && AddFlag.Length == 0 && RemoveFlag.Length == 0 ? "Nothing is to be changed. Give -AddFlag, -RemoveFlag or -Flag." : null);
        if (problem is not null)
            ThrowTerminatingError(ErrorRecords.Finding("InvalidArgument", ErrorCategory.InvalidArgument, problem, targetObject: null));
    }

    private protected override async Task<IEnumerable<uint>> ChangeAsync(ImapAccount account, ListedFolder folder, IReadOnlyList<uint> uids, CancellationToken cancel) =>
        await account.SetFlagsAsync(folder, uids, AddFlag.Length > 0 ? AddFlag : null, RemoveFlag.Length > 0 ? RemoveFlag : null, Flag, cancel).ConfigureAwait(false);
}
