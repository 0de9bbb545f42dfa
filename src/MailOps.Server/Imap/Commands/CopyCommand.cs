namespace MailOps.Server.Imap.Commands;

/// <summary>COPY and UID COPY (RFC 3501 section 6.4.7) with COPYUID (RFC 4315). It needs <c>i</c> there, and sets the flags that may be set there (RFC 4314 section 4).</summary>
internal sealed class CopyCommand(MessageNumbers numbers) : ImapCommand<CopyArguments>
{
    public override string Name => numbers == MessageNumbers.Uid ? "UID COPY" : "COPY";

    public override ImapStates States => ImapStates.Selected;

    public override bool UsesSequenceNumbers => numbers == MessageNumbers.Sequence;

    protected override bool TryParse(ref ImapReader reader, out CopyArguments arguments) => CopyArguments.TryParse(ref reader, out arguments);

    protected override async ValueTask<Completion> ExecuteAsync(ImapSession session, CopyArguments arguments, CancellationToken cancel)
    {
        if (session.Resolve(arguments.Messages, numbers) is not { } messages)
            return Completion.Bad("A sequence number is beyond the mailbox");
        // All or none, so not some (RFC 9738 section 3).
        if (LimitedMessages.Refusal(session, messages.Count) is { } tooMany)
            return tooMany;
        var (barred, tellsUids) = await session.MayPutAsync(arguments.Mailbox, cancel);
        if (barred is { } refusal)
            return refusal;
        if (await session.Progress.WatchAsync(messages.Count, () => session.Selected.CopyAsync(messages.ToList(), arguments.Mailbox, cancel)) is not { } copied)
            return AppendCommand.NoMailbox(session, arguments.Mailbox);

        // RFC 9051 section 6.4.7: not some of them.
        if (copied.SourceUids.Count < messages.Count)
            return Completion.No(ResponseCode.ExpungeIssued, "Some of the messages were expunged by another session, and none was copied");
        session.NoteOwn(arguments.Mailbox, copied.TargetUids);
        return messages.Count == 0
            ? Completion.Ok("There was nothing to copy")
            : Completion.Ok("Copied") with { Code = tellsUids ? ResponseCode.CopyUid(copied, session.Connection) : null };
    }
}
