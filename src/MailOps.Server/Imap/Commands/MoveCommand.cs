namespace MailOps.Server.Imap.Commands;

/// <summary>MOVE and UID MOVE (RFC 6851), with HIGHESTMODSEQ (section 4.4).</summary>
internal sealed class MoveCommand(MessageNumbers numbers) : ImapCommand<CopyArguments>
{
    public override string Name => numbers == MessageNumbers.Uid ? "UID MOVE" : "MOVE";

    public override ImapStates States => ImapStates.Selected;

    public override bool UsesSequenceNumbers => numbers == MessageNumbers.Sequence;

    public override Capability? Requires => Capability.Move;

    protected override bool TryParse(ref ImapReader reader, out CopyArguments arguments) => CopyArguments.TryParse(ref reader, out arguments);

    protected override async ValueTask<Completion> ExecuteAsync(ImapSession session, CopyArguments arguments, CancellationToken cancel)
    {
        if (session.Selected.ReadOnly)
            return Completion.No(ResponseCode.Cannot, "The mailbox is open read-only");
        if (session.Resolve(arguments.Messages, numbers) is not { } messages)
            return Completion.Bad("A sequence number is beyond the mailbox");
        if (await session.Progress.WatchAsync(messages.Count, () => session.Selected.MoveAsync(messages.ToList(), arguments.Mailbox, cancel)) is not { } moved)
            return Completion.No(ResponseCode.TryCreate, "No such mailbox");

        // RFC 6851 section 4.3: COPYUID is sent untagged, before the first EXPUNGE. Those follow with all changes, ahead
        // of the completion.
        session.Replies.CopyUid(moved);
        return Completion.Ok("Moved") with { TellsHighestModSeq = true };
    }
}
