using MailOps.Maildir;
using MailOps.Maildir.Access;
using MailOps.Messages;
using MailOps.Server.Imap.Fetch;

namespace MailOps.Server.Imap.Commands;

/// <summary>FETCH and UID FETCH (RFC 3501 section 6.4.5), with MODSEQ, CHANGEDSINCE and VANISHED (RFC 7162 sections 3.1.4 and 3.2.6).</summary>
internal sealed class FetchCommand(MessageNumbers numbers) : ImapCommand<FetchArguments>
{
    // From so many on replies are collected in large buffers.
    private const int FewMessages = 16;

    public override string Name => numbers == MessageNumbers.Uid ? "UID FETCH" : "FETCH";

    public override ImapStates States => ImapStates.Selected;

    public override bool UsesSequenceNumbers => numbers == MessageNumbers.Sequence;

    public override bool MayExpunge => numbers == MessageNumbers.Uid;

    protected override bool TryParse(ref ImapReader reader, out FetchArguments arguments) =>
        FetchArguments.TryParse(ref reader, out arguments) && (numbers == MessageNumbers.Uid || arguments is { Vanished: false, Partial: null });

    protected override async ValueTask<Completion> ExecuteAsync(ImapSession session, FetchArguments arguments, CancellationToken cancel)
    {
        if (session.Resolve(arguments.Messages, numbers) is not { } messages)
            return Completion.Bad("A sequence number is beyond the mailbox");

        if (arguments.Vanished && !session.IsEnabled(ImapExtensions.QResync))
            return Completion.Bad("VANISHED needs ENABLE QRESYNC");
        if (arguments.Items.HasFlag(FetchItems.ModSeq) && !session.TryUseModSeqs())
            return Completion.Bad("This mailbox has no mod-sequences");
        if (arguments.ChangedSince is { } since)
            messages = messages.Where(message => message.ModSeq > since);
        // Last, of what is left (RFC 9394 section 3.4).
        if (arguments.Partial?.Of(messages.Count) is { } part)
            messages = messages.Part(part.Start, part.Count);
        var limited = LimitedMessages.Of(session, messages);
        messages = limited.Messages;

        // Ahead of every FETCH: after one, a client could take the numbers for others (RFC 7162 section 3.2.6).
        if (arguments.Vanished)
            await session.Replies.VanishedAsync(await VanishedUids.FindAsync(session.Selected, session.UidsOf(arguments.Messages), above: 0, arguments.ChangedSince!.Value, cancel), earlier: true);

        // A UIDFETCH begins with the UID (RFC 9586 section 3.2).
        var items = numbers == MessageNumbers.Uid && !session.IsUidOnly ? arguments.Items | FetchItems.Uid : arguments.Items;
        var newlySeen = await MarkSeenAsync(session, arguments, messages, cancel);
        var responder = new FetchResponder(session, items, arguments.Sections);
        await using var records = new FetchRecords(session.Selected, responder, messages);
        if (responder.IsShort)
        {
            await RespondShortlyAsync(session, responder, messages);
            return limited.Ok("Fetched");
        }

        var allThere = true;
        var isBulk = messages.Count >= FewMessages;
        foreach (var index in messages.Indexes())
        {
            if (isBulk)
                session.Replies.MakeRoom();
            var tellFlags = newlySeen.Count > 0 && newlySeen.Contains(session.Selected.Messages[index].Uid);
            allThere &= await responder.RespondAsync(index, await records.NextAsync(cancel), tellFlags, cancel);
            await session.Replies.FlushIfLargeAsync();
        }

        if (responder.MetUnknownEncoding)
            return Completion.No(ResponseCode.UnknownCte, "Some parts have an encoding that is not known here");
        return allThere
            ? limited.Ok("Fetched")
            : Completion.No(ResponseCode.ExpungeIssued, "Some of the messages were expunged by another session");
    }

    private static async ValueTask RespondShortlyAsync(ImapSession session, FetchResponder responder, MessageSelection messages)
    {
        foreach (var range in messages.Ranges)
        {
            for (var next = range.First; next <= range.Last;)
            {
                next = responder.RespondShortly(next, range.Last);
                await session.Replies.FlushIfLargeAsync();
            }
        }
    }

    // All of them at once: one sync of the disk instead of one for each message.
    private static async ValueTask<HashSet<uint>> MarkSeenAsync(ImapSession session, FetchArguments arguments, MessageSelection messages, CancellationToken cancel)
    {
        // Without s nothing is marked (RFC 4314 section 4).
        if (session.Selected.ReadOnly || !session.Selected.Rights.HasFlag(MailboxRights.KeepSeen) || !arguments.Sections.Any(s => s.SetsSeen))
            return [];

        var unseen = messages.ToList();
        unseen.RemoveAll(m => m.Flags.System.HasFlag(SystemFlags.Seen));
        if (unseen.Count == 0)
            return [];

        var (stored, _) = await session.Selected.StoreFlagsAsync(unseen, FlagChange.Add, new MessageFlagSet(SystemFlags.Seen), cancel);
        session.Updates.Note(stored);
        session.TellKeywords();
        return [.. stored.Select(m => m.Uid)];
    }
}
