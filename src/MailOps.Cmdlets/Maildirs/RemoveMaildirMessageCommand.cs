using System.Management.Automation;
using MailOps.Client.Maildirs;

namespace MailOps.Cmdlets.Maildirs;

/// <summary>Removes messages from Maildirs for good.</summary>
/// <para>Durable, and under the locks that Dovecot and this module's server use: sessions that have the folder open are told. A quota in
/// maildirsize is kept current. Errors: MessageNotFound for a message that another program took away first, MaildirNotFound,
/// FolderNotFound, StoreNotWritable.</para>
/// <example><code>Get-MaildirMessage ~/Maildir -Folder Trash -Before (Get-Date).AddDays(-30) | Remove-MaildirMessage</code><para>Removes what has been in the trash for a month.</para></example>
/// <example><code>Get-MailAccount -StorePath ./store | Get-MaildirMessage -Folder * -Flag Deleted | Remove-MaildirMessage -WhatIf</code><para>Shows which messages of all accounts are marked as deleted and would be removed.</para></example>
/// <example><code>Remove-MaildirMessage ~/Maildir -Uid 12 -Confirm</code><para>Asks, and removes one message of INBOX.</para></example>
[Cmdlet(VerbsCommon.Remove, "MaildirMessage", SupportsShouldProcess = true)]
[OutputType(typeof(void))]
public sealed class RemoveMaildirMessageCommand : MaildirChangeCommand
{
    private protected override string Action => "Remove for good";

    private protected override async Task<IEnumerable<string>> ChangeAsync(MaildirEditor editor, IReadOnlyList<MaildirMessage> messages, CancellationToken cancel) =>
        await editor.RemoveAsync(messages, cancel).ConfigureAwait(false);
}
