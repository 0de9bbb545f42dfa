using System.Management.Automation;
using MailOps.Client.Mailboxes;

namespace MailOps.Cmdlets.Imap;

/// <summary>Moves messages into another folder of an IMAP account, with flags and dates.</summary>
/// <para>By MOVE (RFC 6851) where the server has it; elsewhere a message is copied, then marked and expunged. Messages that come one after the other from one folder are moved together.</para>
/// <example><code>$session | Get-ImapMessage -Flag Seen -Before (Get-Date).AddMonths(-3) | Move-ImapMessage -Session $session -Destination Archive/2026 -CreateFolder</code><para>Archives what was read and is old.</para></example>
/// <example><code>$session | Get-ImapMessage -Folder Junk -LargerThan 1MB | Move-ImapMessage -Session $session -Destination Trash -WhatIf</code><para>Shows what would be moved.</para></example>
[Cmdlet(VerbsCommon.Move, "ImapMessage", DefaultParameterSetName = CredentialSet, SupportsShouldProcess = true)]
[OutputType(typeof(ImapCopiedMessage))]
public sealed class MoveImapMessageCommand : ImapTransferCommand
{
    private protected override string Action => $"Move to {Destination}";

    private protected override Task<IReadOnlyList<ImapCopiedMessage>> TransferAsync(ImapAccount account, ListedFolder folder, IReadOnlyList<uint> uids, CancellationToken cancel) =>
        account.MoveAsync(folder, uids, Destination, CreateFolder, cancel);
}
