using System.Globalization;
using MailOps.Maildir.Access;
using MailOps.Server.Imap.Lists;

namespace MailOps.Server.Imap.Commands;

/// <summary>SELECT (RFC 3501 section 6.3.1) with CONDSTORE and QRESYNC (RFC 7162 sections 3.1.8 and 3.2.5). A client of IMAP4rev2 is told the name in a LIST, with OLDNAME where it gave another case of INBOX, and nothing of what is recent or unseen (RFC 9051 section 6.3.2).</summary>
internal class SelectCommand : ImapCommand<SelectArguments>
{
    public override string Name => "SELECT";

    public override ImapStates States => ImapStates.LoggedIn;

    protected virtual bool ReadOnly => false;

    protected sealed override bool TryParse(ref ImapReader reader, out SelectArguments arguments) => SelectArguments.TryParse(ref reader, out arguments);

    protected sealed override async ValueTask<Completion> ExecuteAsync(ImapSession session, SelectArguments arguments, CancellationToken cancel)
    {
        if (arguments.QResync is not null && !session.IsEnabled(ImapExtensions.QResync))
            return Completion.Bad("QRESYNC needs ENABLE QRESYNC");
        if (arguments.QResync?.Match is not null && session.IsUidOnly)
            return Completion.Bad(ResponseCode.UidRequired, "After ENABLE UIDONLY no sequence numbers can be told with QRESYNC");

        // Even a SELECT that fails leaves the mailbox that was selected. What follows is of another one, if of any.
        if (session.State == ImapStates.Selected)
        {
            await session.DeselectAsync();
            session.Replies.Ok(ResponseCode.Closed.Text, "The mailbox that was selected is left");
        }

        // HIGHESTMODSEQ is told below in any case.
        if (arguments.CondStore)
            session.Enable(ImapExtensions.CondStore);
        if (await session.RefusalAsync(arguments.Mailbox, MailboxRights.Read, cancel) is { } refusal)
            return refusal;
        if (await session.Account.OpenAsync(arguments.Mailbox, ReadOnly, cancel) is not { } mailbox)
            return Completion.No(ResponseCode.NonExistent, "No such mailbox");

        session.Select(mailbox);
        var replies = session.Replies;
        var (recent, unseen) = mailbox.CountNews();
        replies.FlagsOf(mailbox);
        replies.Exists(mailbox.Messages.Count);
        if (session.IsRev2)
            ListReply.Write(replies, await MailboxListing.FindAsync(session.Account, mailbox.Name, cancel), oldName: arguments.Given == arguments.Mailbox ? null : arguments.Given);
        else
            replies.Recent(recent);
        if (unseen >= 0 && !session.IsRev2 && !session.IsUidOnly)
            replies.Ok(string.Create(CultureInfo.InvariantCulture, $"UNSEEN {unseen + 1}"), "First unseen");
        replies.Ok(string.Create(CultureInfo.InvariantCulture, $"UIDVALIDITY {session.Connection.ShownUidValidity(mailbox.UidValidity)}"), "UIDs valid");
        replies.Ok(string.Create(CultureInfo.InvariantCulture, $"UIDNEXT {mailbox.UidNext}"), "Predicted next UID");
        replies.Ok(ResponseCode.MailboxId(mailbox.Guid).Text, "The mailbox, whatever its name");
        if (session.HasModSeqs)
            replies.HighestModSeq(mailbox.HighestModSeq);
        else
            replies.Ok(ResponseCode.NoModSeq.Text, "The folder cannot be written, and has no mod-sequences");
        if (arguments.QResync is { } known)
            await ResynchronizeAsync(session, known, cancel);
        return mailbox.ReadOnly
            ? Completion.Ok(ResponseCode.ReadOnly, "Selected, read-only")
            : Completion.Ok(ResponseCode.ReadWrite, "Selected");
    }

    // RFC 7162 section 3.2.5.1. Of another UIDVALIDITY, or without mod-sequences, nothing is said, as if nothing had changed.
    private static async ValueTask ResynchronizeAsync(ImapSession session, QResyncArguments known, CancellationToken cancel)
    {
        var mailbox = session.Selected;
        if (!session.HasModSeqs || known.UidValidity != session.Connection.ShownUidValidity(mailbox.UidValidity))
            return;

        var all = new SequenceSet([new SequenceRange(1, SequenceSet.Star)]);
        var uids = known.Uids ?? all;
        var above = known.Match?.LastKnown(mailbox.Messages) ?? 0;
        await session.Replies.VanishedAsync(await VanishedUids.FindAsync(mailbox, session.UidsOf(uids), above, known.ModSeq, cancel), earlier: true);
        foreach (var index in session.Resolve(uids, MessageNumbers.Uid)!.Where(message => message.ModSeq > known.ModSeq).Indexes())
        {
            session.TellFlags(index + 1, mailbox.Messages[index]);
            await session.Replies.FlushIfLargeAsync();
        }
    }
}
