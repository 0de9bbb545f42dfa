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
        var messages = mailbox.Messages;
        replies.FlagsOf(mailbox);
        replies.Exists(messages.Count);
        replies.Recent(ImapSession.CountRecent(mailbox));
        for (var i = 0; i < messages.Count; i++)
        {
            if (!messages[i].Flags.System.HasFlag(Maildir.SystemFlags.Seen))
            {
                replies.Ok(string.Create(CultureInfo.InvariantCulture, $"UNSEEN {i + 1}"), "First unseen");
                break;
            }
        }

        replies.Ok(string.Create(CultureInfo.InvariantCulture, $"UIDVALIDITY {mailbox.UidValidity}"), "UIDs valid");
        replies.Ok(string.Create(CultureInfo.InvariantCulture, $"UIDNEXT {mailbox.UidNext}"), "Predicted next UID");
        return mailbox.ReadOnly
            ? Completion.Ok(ResponseCode.ReadOnly, "Selected, read-only")
            : Completion.Ok(ResponseCode.ReadWrite, "Selected");
    }
}
