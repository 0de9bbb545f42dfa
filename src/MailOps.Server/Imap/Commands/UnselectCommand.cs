namespace MailOps.Server.Imap.Commands;

/// <summary>UNSELECT (RFC 3691): leaves the mailbox as it is.</summary>
internal sealed class UnselectCommand : PlainCommand
{
    public override string Name => "UNSELECT";

    public override ImapStates States => ImapStates.Selected;

    public override Capability? Requires => Capability.Unselect;

    protected override async ValueTask<Completion> ExecuteAsync(ImapSession session, CancellationToken cancel)
    {
        await session.DeselectAsync();
        return Completion.Ok("Unselected");
    }
}
