using System.Globalization;

namespace MailOps.Server.Imap.Commands;

/// <summary>SELECT (RFC 3501 section 6.3.1).</summary>
internal class SelectCommand : MailboxCommand
{
    public override string Name => "SELECT";

    protected virtual bool ReadOnly => false;

    protected override async ValueTask<Completion> ExecuteAsync(ImapSession session, string arguments, CancellationToken cancel)
    {
        // Even a SELECT that fails leaves the mailbox that was selected.
        await session.DeselectAsync();
        if (await session.Account.OpenAsync(arguments, ReadOnly, cancel) is not { } mailbox)
            return Completion.No(ResponseCode.NonExistent, "No such mailbox");

        session.Select(mailbox);
        var replies = session.Replies;
        var (recent, unseen) = mailbox.CountNews();
        replies.FlagsOf(mailbox);
        replies.Exists(mailbox.Messages.Count);
        replies.Recent(recent);
        if (unseen >= 0)
            replies.Ok(string.Create(CultureInfo.InvariantCulture, $"UNSEEN {unseen + 1}"), "First unseen");
        replies.Ok(string.Create(CultureInfo.InvariantCulture, $"UIDVALIDITY {session.Connection.ShownUidValidity(mailbox.UidValidity)}"), "UIDs valid");
        replies.Ok(string.Create(CultureInfo.InvariantCulture, $"UIDNEXT {mailbox.UidNext}"), "Predicted next UID");
        return mailbox.ReadOnly
            ? Completion.Ok(ResponseCode.ReadOnly, "Selected, read-only")
            : Completion.Ok(ResponseCode.ReadWrite, "Selected");
    }
}
