using MailOps.Maildir.Access;

namespace MailOps.Server.Imap.Commands;

/// <summary>MOVE and UID MOVE (RFC 6851), with HIGHESTMODSEQ (section 4.4). It needs <c>t</c> and <c>e</c> here and <c>i</c> there (section 4.2).</summary>
internal sealed class MoveCommand(MessageNumbers numbers) : ImapCommand<CopyArguments>
{
    public override string Name => numbers == MessageNumbers.Uid ? "UID MOVE" : "MOVE";

    public override ImapStates States => ImapStates.Selected;

    public override bool UsesSequenceNumbers => numbers == MessageNumbers.Sequence;

    public override Capability? Requires => Capability.Move;

    protected override bool TryParse(ref ImapReader reader, out CopyArguments arguments) => CopyArguments.TryParse(ref reader, out arguments);

    protected override async ValueTask<Completion> ExecuteAsync(ImapSession session, CopyArguments arguments, CancellationToken cancel)
    {
        if (session.RefusalToChange(MailboxRights.DeleteMessages | MailboxRights.Expunge) is { } fixedHere)
            return fixedHere;
        if (session.Resolve(arguments.Messages, numbers) is not { } named)
            return Completion.Bad("A sequence number is beyond the mailbox");
        var limited = LimitedMessages.Of(session, named);
        var messages = limited.Messages;
        var (barred, tellsUids) = await session.MayPutAsync(arguments.Mailbox, cancel);
        if (barred is { } refusal)
            return refusal;
        if (await session.Progress.WatchAsync(messages.Count, () => session.Selected.MoveAsync(messages.ToList(), arguments.Mailbox, cancel)) is not { } moved)
            return AppendCommand.NoMailbox(session, arguments.Mailbox);

        // RFC 6851 section 4.3: COPYUID is sent untagged, before the first EXPUNGE. Those follow with all changes, ahead
        // of the completion.
        if (tellsUids)
            session.Replies.CopyUid(moved);
        session.NoteOwn(arguments.Mailbox, moved.TargetUids);
        var completion = moved.SourceUids.Count == messages.Count
            ? limited.Ok("Moved")
            : Completion.No(ResponseCode.ExpungeIssued, "Some of the messages were expunged by another session, and the others moved");
        return completion with { Expunges = true };
    }
}
