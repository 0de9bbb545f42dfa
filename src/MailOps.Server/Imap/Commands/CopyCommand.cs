namespace MailOps.Server.Imap.Commands;

/// <summary>COPY and UID COPY (RFC 3501 section 6.4.7) with COPYUID (RFC 4315).</summary>
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
        if (await session.Progress.WatchAsync(messages.Count, () => session.Selected.CopyAsync(messages.ToList(), arguments.Mailbox, cancel)) is not { } copied)
            return Completion.No(ResponseCode.TryCreate, "No such mailbox");

        return copied.SourceUids.Count == 0
            ? Completion.Ok("There was nothing to copy")
            : Completion.Ok(ResponseCode.CopyUid(copied, session.Connection), "Copied");
    }
}
