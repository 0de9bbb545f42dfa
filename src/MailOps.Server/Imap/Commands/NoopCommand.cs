namespace MailOps.Server.Imap.Commands;

/// <summary>NOOP (RFC 3501 section 6.1.2): what changed is told after every command, and so after this one.</summary>
internal sealed class NoopCommand : PlainCommand
{
    public override string Name => "NOOP";

    public override ImapStates States => ImapStates.Any;

    protected override ValueTask<Completion> ExecuteAsync(ImapSession session, CancellationToken cancel) =>
        new(Completion.Ok("Nothing done"));
}
