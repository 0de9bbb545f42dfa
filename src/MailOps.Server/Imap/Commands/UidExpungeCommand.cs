using MailOps.Maildir.Access;

namespace MailOps.Server.Imap.Commands;

/// <summary>UID EXPUNGE (RFC 4315 section 2.1): only among the named messages. With HIGHESTMODSEQ (RFC 7162 section 3.2.9).</summary>
internal sealed class UidExpungeCommand : ImapCommand<SequenceSet>
{
    public override string Name => "UID EXPUNGE";

    public override ImapStates States => ImapStates.Selected;

    public override Capability? Requires => Capability.UidPlus;

    protected override bool TryParse(ref ImapReader reader, out SequenceSet arguments)
    {
        arguments = default;
        return reader.Space() && reader.SequenceSet(out arguments);
    }

    protected override async ValueTask<Completion> ExecuteAsync(ImapSession session, SequenceSet arguments, CancellationToken cancel)
    {
        if (session.RefusalToChange(MailboxRights.Expunge) is { } refusal)
            return refusal;
        // A UID that is not there is passed over, so nothing is beyond the mailbox.
        var limited = LimitedMessages.Of(session, session.Resolve(arguments, MessageNumbers.Uid)!);
        if (limited.Messages.Count > 0)
            await session.Selected.ExpungeAsync(limited.Messages.ToList(), cancel);
        return limited.Ok("Expunged") with { Expunges = true };
    }
}
