using System.Management.Automation;
using MailOps.Client.Maildirs;

namespace MailOps.Cmdlets.Maildirs;

/// <summary>Moves messages to another folder of their Maildir.</summary>
/// <para>A message is renamed, so it is in one of the two folders at every moment; it keeps its flags, keywords and date and gets a new
/// UID. Durable, and under the locks that Dovecot and this module's server use. Errors: FolderNotFound, InvalidFolderName,
/// MessageNotFound for a message that another program took away, MaildirNotFound, StoreNotWritable.</para>
/// <example><code>Get-MaildirMessage ~/Maildir -Flag Seen | Move-MaildirMessage -Destination Archive/2026 -CreateFolder</code><para>Archives what is read.</para></example>
/// <example><code>Get-MaildirMessage ~/Maildir -Text 'lottery' | Move-MaildirMessage -Destination Junk -PassThru | Set-MaildirMessage -AddFlag '$Junk'</code><para>Moves messages and gives them a keyword where they are then.</para></example>
/// <example><code>Move-MaildirMessage ~/Maildir -Folder Junk -Uid 7, 9 -Destination INBOX -WhatIf</code><para>Shows what would be moved.</para></example>
[Cmdlet(VerbsCommon.Move, "MaildirMessage", SupportsShouldProcess = true)]
[OutputType(typeof(MaildirMessage))]
public sealed class MoveMaildirMessageCommand : MaildirChangeCommand
{
    /// <summary>The folder to move to, by its full name; levels are parted by slashes.</summary>
    [Parameter(Mandatory = true)]
    [ValidateNotNullOrEmpty]
    public string Destination { get; set; } = "";

    /// <summary>Makes the folder if it is missing.</summary>
    [Parameter]
    public SwitchParameter CreateFolder { get; set; }

    /// <summary>Writes the messages in their new place.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    private protected override string Action => $"Move to {Destination}";

    private protected override async Task<IEnumerable<string>> ChangeAsync(MaildirEditor editor, IReadOnlyList<MaildirMessage> messages, CancellationToken cancel)
    {
        var (moved, sources) = await editor.MoveAsync(messages, Destination, CreateFolder, PassThru, cancel).ConfigureAwait(false);
        await OutputAsync(moved).ConfigureAwait(false);
        return sources;
    }
}
