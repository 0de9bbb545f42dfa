namespace MailOps.Server.Imap.Commands;

/// <summary>CHECK (RFC 3501 section 6.4.1). Every change is durable before its own reply, so nothing is left to write.</summary>
internal sealed class CheckCommand : PlainCommand
{
    public override string Name => "CHECK";

    public override ImapStates States => ImapStates.Selected;

    protected override ValueTask<Completion> ExecuteAsync(ImapSession session, CancellationToken cancel) =>
        new(Completion.Ok("Checked"));
}
