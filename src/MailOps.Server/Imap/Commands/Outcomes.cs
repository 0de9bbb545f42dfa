using System.Text;
using MailOps.Maildir;

namespace MailOps.Server.Imap.Commands;

/// <summary>What the store says of a change to mailboxes, in the codes of RFC 5530.</summary>
internal static class Outcomes
{
    /// <summary>Why a new name cannot be spelt so: one in UTF-8 has one spelling (RFC 9051 sections 5.1 and 6.3.4). Null if it can.</summary>
    public static Completion? RefusalOfSpelling(ImapSession session, string name) => session.SpeaksUtf8 && !name.IsNormalized(NormalizationForm.FormC)
        ? Completion.No(ResponseCode.Cannot, "This name is not in Unicode's Normalization Form C")
        : null;

    /// <param name="outcome">What came of it.</param>
    /// <param name="done">What to say if it was done.</param>
    /// <param name="rule">The rule that the name breaks, if it breaks one.</param>
    public static Completion Complete(MailboxOutcome outcome, string done, string? rule = null) => outcome switch
    {
        MailboxOutcome.Done => Completion.Ok(done),
        MailboxOutcome.AlreadyExists => Completion.No(ResponseCode.AlreadyExists, "A mailbox of this name exists already"),
        MailboxOutcome.NonExistent => Completion.No(ResponseCode.NonExistent, "No such mailbox"),
        MailboxOutcome.NotPermitted => Completion.No(ResponseCode.NoPermission, "The rights on the mailbox, or on the one above it, do not allow this"),
        MailboxOutcome.OtherOwner => Completion.No(ResponseCode.Cannot, "A mailbox cannot be renamed from one owner to another: make a new one, and move the messages"),
        _ when rule is not null => Completion.No(ResponseCode.Cannot, $"This name {rule}"),
        _ => Completion.No(ResponseCode.Cannot, "A mailbox cannot have this name, or INBOX cannot be treated so"),
    };
}
