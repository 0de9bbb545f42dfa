using System.Management.Automation;
using MailOps.Client.Mailboxes;

namespace MailOps.Cmdlets.Imap;

/// <summary>Copies messages into another folder of an IMAP account, with flags and dates.</summary>
/// <para>Messages that come one after the other from one folder are copied together: all of them or none, as the protocol has it (RFC 9051 section 6.4.7), in groups of up to 1,000.</para>
/// <example><code>$session | Get-ImapMessage -Header @{ Subject = 'invoice' } | Copy-ImapMessage -Session $session -Destination Invoices -CreateFolder</code><para>Copies what has a word in its subject.</para></example>
/// <example><code>Copy-ImapMessage imap.example.com -Credential $john -Folder Archive -Uid 7 -Destination INBOX -PassThru</code><para>Copies a message, and shows its new UID.</para></example>
[Cmdlet(VerbsCommon.Copy, "ImapMessage", DefaultParameterSetName = CredentialSet, SupportsShouldProcess = true)]
[OutputType(typeof(ImapCopiedMessage))]
public sealed class CopyImapMessageCommand : ImapTransferCommand
{
    private protected override string Action => $"Copy to {Destination}";

    private protected override Task<IReadOnlyList<ImapCopiedMessage>> TransferAsync(ImapAccount account, ListedFolder folder, IReadOnlyList<uint> uids, CancellationToken cancel) =>
        account.CopyAsync(folder, uids, Destination, CreateFolder, cancel);
}
