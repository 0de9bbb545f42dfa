using MailOps.Maildir;
using MailOps.Maildir.Access;

namespace MailOps.Server.Imap.Commands;

/// <summary>STORE and UID STORE (RFC 3501 section 6.4.6), with UNCHANGEDSINCE (RFC 7162 section 3.1.3).</summary>
internal sealed class StoreCommand(MessageNumbers numbers) : ImapCommand<StoreArguments>
{
    public override string Name => numbers == MessageNumbers.Uid ? "UID STORE" : "STORE";

    public override ImapStates States => ImapStates.Selected;

    public override bool UsesSequenceNumbers => numbers == MessageNumbers.Sequence;

    public override bool MayExpunge => numbers == MessageNumbers.Uid;

    protected override bool TryParse(ref ImapReader reader, out StoreArguments arguments)
    {
        arguments = default;
        if (!(reader.Space() && reader.SequenceSet(out var messages) && reader.Space()))
            return false;

        ulong? unchangedSince = null;
        if (reader.Is('('))
        {
            if (!(reader.IsWord("UNCHANGEDSINCE") && reader.Space() && reader.ModSeqOrZero(out var modSeq) && reader.Is(')') && reader.Space()))
                return false;
            unchangedSince = modSeq;
        }

        var change = reader.Is('+') ? FlagChange.Add : reader.Is('-') ? FlagChange.Remove : FlagChange.Replace;
        if (!reader.Word(out var item) || item is not ("FLAGS" or "FLAGS.SILENT") || !reader.Space())
            return false;

        MessageFlagSet flags;
        if (!(reader.Sees('(') ? reader.FlagList(out flags) : reader.Flags(out flags)))
            return false;
        arguments = new StoreArguments(messages, change, flags, Silent: item == "FLAGS.SILENT", unchangedSince);
        return true;
    }

    protected override async ValueTask<Completion> ExecuteAsync(ImapSession session, StoreArguments arguments, CancellationToken cancel)
    {
        var mailbox = session.Selected;
        if (session.Resolve(arguments.Messages, numbers) is not { } named)
            return Completion.Bad("A sequence number is beyond the mailbox");
        var limited = LimitedMessages.Of(session, named);
        var messages = limited.Messages;
        if (arguments.UnchangedSince is not null && !session.TryUseModSeqs())
            return Completion.Bad("This mailbox has no mod-sequences");
        if (RightsRefusal(mailbox, arguments) is { } refusal)
            return refusal;
        if (mailbox.ReadOnly)
            return Completion.No(ResponseCode.Cannot, "The mailbox is open read-only");

        var asked = messages.ToList();
        var result = await session.Progress.WatchAsync(asked.Count, () => mailbox.StoreFlagsAsync(asked, arguments.Change, arguments.Flags, arguments.UnchangedSince ?? ulong.MaxValue, cancel));
        session.Updates.Note(result.Stored);
        session.Updates.Note(result.Modified);
        session.TellKeywords();
        var modified = await TellAsync(session, messages, result, arguments.Silent);
        var areAllThere = result.Stored.Count + result.Modified.Count == asked.Count;
        const string expunged = "Some of the messages were expunged by another session";
        if (modified.Count == 0)
            return areAllThere ? limited.Ok("Stored") : Completion.No(ResponseCode.ExpungeIssued, expunged);

        // Example 11: what no longer exists is not among what was modified.
        return areAllThere ? Completion.Ok(ResponseCode.Modified(modified), "Some were changed since") : Completion.No(ResponseCode.Modified(modified), expunged);
    }

    // RFC 4314 section 4: it does not fail where one of the flags may be changed. The others stay as they are, and the client is told.
    private static Completion? RightsRefusal(IMailbox mailbox, StoreArguments arguments)
    {
        var mask = FlagMask.Of(mailbox.Rights);
        var changesAny = arguments.Change == FlagChange.Replace ? !mask.IsEmpty : arguments.Flags.Equals(MessageFlagSet.None) || mask.Allows(arguments.Flags);
        return changesAny ? null : ImapSession.NotPermitted((MailboxRights.KeepSeen | MailboxRights.WriteFlags | MailboxRights.DeleteMessages) & ~mailbox.Rights);
    }

    // All go up by UID: one pass gives each message its sequence number. Returns the numbers of those that were left alone.
    private async ValueTask<List<uint>> TellAsync(ImapSession session, MessageSelection messages, FlagStoreResult result, bool silent)
    {
        var view = session.Selected.Messages;
        var left = new List<uint>(result.Modified.Count);
        var stored = 0;
        foreach (var index in messages.Indexes())
        {
            var uid = view[index].Uid;
            if (left.Count < result.Modified.Count && uid == result.Modified[left.Count].Uid)
            {
                // Recommended after example 8: so the client need not ask.
                session.TellFlags(index + 1, result.Modified[left.Count]);
                left.Add(numbers == MessageNumbers.Uid ? uid : (uint)index + 1);
            }
            else if (stored < result.Stored.Count && uid == result.Stored[stored].Uid)
            {
                // Silence is about what the client knows already: not about what others changed (RFC 3501 section 6.4.6).
                if (!silent || result.Overtaken.Contains(uid))
                    session.TellFlags(index + 1, result.Stored[stored]);
                else
                    session.TellModSeq(index + 1, result.Stored[stored]);
                stored++;
            }

            await session.Replies.FlushIfLargeAsync();
        }

        return left;
    }
}

/// <summary>Messages and what becomes of their flags, unless they changed since a mod-sequence.</summary>
internal readonly record struct StoreArguments(SequenceSet Messages, FlagChange Change, MessageFlagSet Flags, bool Silent, ulong? UnchangedSince);
