namespace MailOps.Server.Imap.Commands;

/// <summary>CLOSE (RFC 3501 section 6.4.2): expunges without telling, and leaves the mailbox. No HIGHESTMODSEQ: the client did not hear what was expunged (RFC 7162 section 3.2.8).</summary>
internal sealed class CloseCommand : PlainCommand
{
    public override string Name => "CLOSE";

    public override ImapStates States => ImapStates.Selected;

    protected override async ValueTask<Completion> ExecuteAsync(ImapSession session, CancellationToken cancel)
    {
        if (!session.Selected.ReadOnly)
            await session.Selected.ExpungeAsync(null, cancel);
        await session.DeselectAsync();
        return Completion.Ok("Closed");
    }
}
