using MailOps.Maildir;

namespace MailOps.Server.Imap.Commands;

/// <summary>What the store says of a change to mailboxes, in the codes of RFC 5530.</summary>
internal static class Outcomes
{
    public static Completion Complete(MailboxOutcome outcome, string done) => outcome switch
    {
        MailboxOutcome.Done => Completion.Ok(done),
        MailboxOutcome.AlreadyExists => Completion.No(ResponseCode.AlreadyExists, "A mailbox of this name exists already"),
        MailboxOutcome.NonExistent => Completion.No(ResponseCode.NonExistent, "No such mailbox"),
        _ => Completion.No(ResponseCode.Cannot, "A mailbox cannot have this name, or INBOX cannot be treated so"),
    };
}
