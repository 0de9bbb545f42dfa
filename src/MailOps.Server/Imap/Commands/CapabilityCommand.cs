namespace MailOps.Server.Imap.Commands;

/// <summary>CAPABILITY (RFC 3501 section 6.1.1).</summary>
internal sealed class CapabilityCommand : PlainCommand
{
    public override string Name => "CAPABILITY";

    public override ImapStates States => ImapStates.Any;

    protected override ValueTask<Completion> ExecuteAsync(ImapSession session, CancellationToken cancel)
    {
        session.Replies.Raw("* CAPABILITY "u8);
        session.Replies.Ascii(session.Capabilities.List(session));
        session.Replies.EndLine();
        return new(Completion.Ok("Capabilities listed"));
    }
}
