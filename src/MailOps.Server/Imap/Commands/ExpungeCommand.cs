using MailOps.Maildir.Access;

namespace MailOps.Server.Imap.Commands;

/// <summary>EXPUNGE (RFC 3501 section 6.4.3), with HIGHESTMODSEQ (RFC 7162 section 3.2.7). The removed messages are told as every change is, before the completion.</summary>
internal sealed class ExpungeCommand : PlainCommand
{
    public override string Name => "EXPUNGE";

    public override ImapStates States => ImapStates.Selected;

    protected override async ValueTask<Completion> ExecuteAsync(ImapSession session, CancellationToken cancel)
    {
        if (session.RefusalToChange(MailboxRights.Expunge) is { } refusal)
            return refusal;
        await session.Selected.ExpungeAsync(null, cancel);
        return Completion.Ok("Expunged") with { Expunges = true };
    }
}
