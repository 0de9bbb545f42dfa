using MailOps.Maildir.Access;

namespace MailOps.Server.Imap.Commands;

/// <summary>CLOSE (RFC 3501 section 6.4.2): expunges without telling, and leaves the mailbox. No HIGHESTMODSEQ: the client did not hear what was expunged (RFC 7162 section 3.2.8).</summary>
internal sealed class CloseCommand : PlainCommand
{
    public override string Name => "CLOSE";

    public override ImapStates States => ImapStates.Selected;

    protected override async ValueTask<Completion> ExecuteAsync(ImapSession session, CancellationToken cancel)
    {
        // Without e nothing is expunged, and the mailbox is left all the same (RFC 4314 section 4).
        if (!session.Selected.ReadOnly && session.Selected.Rights.HasFlag(MailboxRights.Expunge))
            await session.Selected.ExpungeAsync(null, cancel);
        await session.DeselectAsync();
        return Completion.Ok("Closed");
    }
}
