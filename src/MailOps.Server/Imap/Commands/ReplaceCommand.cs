using MailOps.Maildir;
using MailOps.Maildir.Access;

namespace MailOps.Server.Imap.Commands;

/// <summary>
/// REPLACE and UID REPLACE (RFC 8508): a message comes, and one of the selected mailbox goes once it is there, durably. What hinders the
/// second takes the first back, and no session sees both. It needs <c>t</c> and <c>e</c> here and <c>i</c> there (section 4.1).
/// </summary>
internal sealed class ReplaceCommand(MessageNumbers numbers) : ImapCommand<ReplaceArguments>
{
    public override string Name => numbers == MessageNumbers.Uid ? "UID REPLACE" : "REPLACE";

    public override ImapStates States => ImapStates.Selected;

    public override bool UsesSequenceNumbers => numbers == MessageNumbers.Sequence;

    public override Capability? Requires => Capability.Replace;

    public override bool Streams(ref ImapReader reader) => TryParse(ref reader, out var arguments) && arguments.Message.Literal is not null;

    protected override bool TryParse(ref ImapReader reader, out ReplaceArguments arguments)
    {
        arguments = default;
        if (!reader.Space())
            return false;
        var number = SequenceSet.Star;
        if (!reader.Is('*') && !(reader.Number(out number) && number > 0))
            return false;
        if (!(reader.Space() && reader.Mailbox(out var mailbox) && reader.Space() && AppendLine.TryParse(ref reader, isFirst: true, AppendBrackets.None, out var message)) || message.Messages > 1)
            return false;
        arguments = new ReplaceArguments(new SequenceSet([new SequenceRange(number, number)]), mailbox, message);
        return true;
    }

    protected override async ValueTask<Completion> ExecuteAsync(ImapSession session, ReplaceArguments arguments, CancellationToken cancel)
    {
        await using var reception = new AppendReception(session, Name, arguments.Mailbox, takesOne: true);
        var (barred, tellsUids) = await session.MayPutAsync(arguments.Mailbox, cancel);
        var replaced = session.Resolve(arguments.Replaced, numbers)?.ToList();
        if (replaced is null)
            reception.Refuse(Completion.Bad("A sequence number is beyond the mailbox"));
        else if (replaced.Count == 0)
            reception.Refuse(Completion.No(ResponseCode.NonExistent, "There is no such message to replace"));
        else if (session.RefusalToChange(MailboxRights.DeleteMessages | MailboxRights.Expunge) is { } fixedHere)
            reception.Refuse(fixedHere);
        else if (barred is { } refusal)
            reception.Refuse(refusal);
        if (await reception.ReceiveAsync(arguments.Message, cancel) is { } failed)
            return failed;

        // Of two sessions that replace it at once, or of one that replaces and one that moves it away, the first has it.
        if (await session.Account.ReplaceAsync(arguments.Mailbox, reception.Finish()[0], session.Selected, replaced![0], cancel) is not { } appended)
            return AppendCommand.NoMailbox(session, arguments.Mailbox);
        if (appended.Count == 0)
            return Completion.No(ResponseCode.ExpungeIssued, "The message to replace was expunged by another session");

        // RFC 8508 section 4.3: ahead of the EXPUNGE, which follows with all changes.
        session.Connection.CountMessage();
        session.NoteOwn(arguments.Mailbox, [appended[0].Uid]);
        if (tellsUids)
            session.Replies.Ok(ResponseCode.AppendUid(appended, session.Connection).Text, "The replacement is there");
        return Completion.Ok("Replaced") with { Expunges = true };
    }
}

/// <summary>Which message goes, and what comes where.</summary>
internal readonly record struct ReplaceArguments(SequenceSet Replaced, string Mailbox, AppendLine Message);
