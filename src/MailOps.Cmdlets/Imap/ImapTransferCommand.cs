using System.Management.Automation;
using MailOps.Client.Mailboxes;

namespace MailOps.Cmdlets.Imap;

/// <summary>The base of cmdlets that bring messages of an IMAP account into another folder.</summary>
public abstract class ImapTransferCommand : ImapChangeCommand
{
    /// <summary>The folder that the messages come into, by its full name, levels separated as the server does.</summary>
    [Parameter(Mandatory = true)]
    [ValidateNotNullOrEmpty]
    public string Destination { get; set; } = "";

    /// <summary>Makes the folder if it is missing.</summary>
    [Parameter]
    public SwitchParameter CreateFolder { get; set; }

    /// <summary>Writes where each message is then, with its new UID if the server tells it.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <summary>Copies or moves.</summary>
    private protected abstract Task<IReadOnlyList<ImapCopiedMessage>> TransferAsync(ImapAccount account, ListedFolder folder, IReadOnlyList<uint> uids, CancellationToken cancel);

    private protected sealed override async Task<IEnumerable<uint>> ChangeAsync(ImapAccount account, ListedFolder folder, IReadOnlyList<uint> uids, CancellationToken cancel)
    {
        var transferred = await TransferAsync(account, folder, uids, cancel).ConfigureAwait(false);
        if (PassThru)
            await OutputAsync(transferred).ConfigureAwait(false);
        return transferred.Select(message => message.Uid);
    }
}
