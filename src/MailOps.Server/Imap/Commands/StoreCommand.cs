using MailOps.Maildir;

namespace MailOps.Server.Imap.Commands;

/// <summary>STORE and UID STORE (RFC 3501 section 6.4.6).</summary>
internal sealed class StoreCommand(MessageNumbers numbers) : ImapCommand<StoreArguments>
{
    public override string Name => numbers == MessageNumbers.Uid ? "UID STORE" : "STORE";

    public override ImapStates States => ImapStates.Selected;

    public override bool MayExpunge => numbers == MessageNumbers.Uid;

    protected override bool TryParse(ref ImapReader reader, out StoreArguments arguments)
    {
        arguments = default;
        if (!(reader.Space() && reader.SequenceSet(out var messages) && reader.Space()))
            return false;

        var change = reader.Is('+') ? FlagChange.Add : reader.Is('-') ? FlagChange.Remove : FlagChange.Replace;
        if (!reader.Word(out var item) || item is not ("FLAGS" or "FLAGS.SILENT") || !reader.Space())
            return false;

        MessageFlagSet flags;
        if (!(reader.Sees('(') ? reader.FlagList(out flags) : reader.Flags(out flags)))
            return false;
        arguments = new StoreArguments(messages, change, flags, Silent: item == "FLAGS.SILENT");
        return true;
    }

    protected override async ValueTask<Completion> ExecuteAsync(ImapSession session, StoreArguments arguments, CancellationToken cancel)
    {
        var mailbox = session.Selected;
        if (mailbox.ReadOnly)
            return Completion.No(ResponseCode.Cannot, "The mailbox is open read-only");
        if (session.Resolve(arguments.Messages, numbers) is not { } messages)
            return Completion.Bad("A sequence number is beyond the mailbox");

        var asked = messages.ToList();
        var (stored, _) = await mailbox.StoreFlagsAsync(asked, arguments.Change, arguments.Flags, cancel);
        session.TellKeywords();
        // Who counts on mod-sequences needs the new ones, silent or not (RFC 7162 section 3.1.4.2, example 14).
        if (!arguments.Silent || session.TellsModSeqs)
            await TellAsync(session, messages, stored);
        return stored.Count == asked.Count
            ? Completion.Ok("Stored")
            : Completion.No(ResponseCode.ExpungeIssued, "Some of the messages were expunged by another session");
    }

    // Both go up by UID: one pass gives each stored message its sequence number.
    private static async ValueTask TellAsync(ImapSession session, MessageSelection messages, IReadOnlyList<MailboxMessage> stored)
    {
        var view = session.Selected.Messages;
        var next = 0;
        foreach (var index in messages.Indexes())
        {
            if (next == stored.Count)
                break;
            if (view[index].Uid != stored[next].Uid)
                continue;
            session.TellFlags(index + 1, stored[next]);
            next++;
            await session.Replies.FlushIfLargeAsync();
        }
    }
}

/// <summary>Messages and what becomes of their flags.</summary>
internal readonly record struct StoreArguments(SequenceSet Messages, FlagChange Change, MessageFlagSet Flags, bool Silent);
