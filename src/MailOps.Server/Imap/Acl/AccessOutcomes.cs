using MailOps.Maildir.Access;

namespace MailOps.Server.Imap.Acl;

/// <summary>What the store says of a change of rights.</summary>
internal static class AccessOutcomes
{
    public static Completion Complete(AccessOutcome outcome, string done) => outcome switch
    {
        AccessOutcome.Done => Completion.Ok(done),
        AccessOutcome.NotPermitted => ImapSession.NotPermitted(MailboxRights.Administer),
        AccessOutcome.NoOwner => Completion.No(ResponseCode.Cannot, "Public mailboxes have no owner"),
        AccessOutcome.TooMany => Completion.No(ResponseCode.Limit, FormattableString.Invariant($"A mailbox can have rights for {AccessList.MostEntries} identifiers, and an account can share its mailboxes with {SharingIndex.MostOfOwner}: use anyone for more")),
        AccessOutcome.Damaged => Completion.No(ResponseCode.Cannot, "The mailbox's list of rights has a line that cannot be read: the administrator has to mend it first"),
        _ => ImapSession.NoMailbox,
    };
}
