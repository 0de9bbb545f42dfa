using System.Management.Automation;
using MailOps.Client.Mailboxes;

namespace MailOps.Cmdlets.Imap;

/// <summary>Deletes messages of an IMAP account. They cannot be brought back.</summary>
/// <para>They are marked and expunged by their UIDs (UIDPLUS): others that are marked as deleted stay. On a server without UIDPLUS those are unmarked for a moment.</para>
/// <example><code>$session | Get-ImapMessage -Folder Trash -Before (Get-Date).AddDays(-30) | Remove-ImapMessage -Session $session -Confirm:$false</code><para>Empties the trash of what is older than a month, without asking.</para></example>
/// <example><code>Remove-ImapMessage imap.example.com -Credential $john -Folder Junk -Uid 4, 5 -WhatIf</code><para>Shows what would be deleted.</para></example>
[Cmdlet(VerbsCommon.Remove, "ImapMessage", DefaultParameterSetName = CredentialSet, SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High)]
[OutputType(typeof(void))]
public sealed class RemoveImapMessageCommand : ImapChangeCommand
{
    private protected override string Action => "Delete";

    private protected override async Task<IEnumerable<uint>> ChangeAsync(ImapAccount account, ListedFolder folder, IReadOnlyList<uint> uids, CancellationToken cancel) =>
        await account.DeleteAsync(folder, uids, cancel).ConfigureAwait(false);
}
