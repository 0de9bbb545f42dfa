using System.Management.Automation;
using MailOps.Client.Mailboxes;

namespace MailOps.Cmdlets.Imap;

/// <summary>Copies messages into another folder of an IMAP account, with flags and dates.</summary>
/// <para>Messages that come one after the other from one folder are copied together: all of them or none, as the protocol has it (RFC 9051 section 6.4.7), in groups of up to 1,000.</para>
/// <example><code>$session | Get-ImapMessage -Header @{ Subject = 'invoice' } | Copy-ImapMessage -Session $session -Destination Invoices -CreateFolder</code><para>Copies what has a word in its subject.</para></example>
/// <example><code>Copy-ImapMessage imap.example.com -Credential $john -Folder Archive -Uid 7 -Destination INBOX -PassThru</code><para>Copies a message, and shows its new UID.</para></example>
[Cmdlet(VerbsCommon.Copy, "ImapMessage", DefaultParameterSetName = CredentialSet, SupportsShouldProcess = true)]
[OutputType(typeof(ImapCopiedMessage))]
public sealed class CopyImapMessageCommand : ImapChangeCommand
{
    /// <summary>The folder to copy to, by its full name, levels separated as the server does.</summary>
    [Parameter(Mandatory = true)]
    [ValidateNotNullOrEmpty]
    public string Destination { get; set; } = "";

    /// <summary>Makes the folder if it is missing.</summary>
    [Parameter]
    public SwitchParameter CreateFolder { get; set; }

    /// <summary>Writes where each message is then, with its new UID if the server tells it.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    private protected override string Action => $"Copy to {Destination}";

    private protected override async Task<IEnumerable<uint>> ChangeAsync(ImapAccount account, string folder, IReadOnlyList<uint> uids, CancellationToken cancel)
    {
        var copied = await account.CopyAsync(folder, uids, Destination, CreateFolder, cancel).ConfigureAwait(false);
        if (PassThru)
            await OutputAsync(copied).ConfigureAwait(false);
        return copied.Select(message => message.Uid);
    }
}
