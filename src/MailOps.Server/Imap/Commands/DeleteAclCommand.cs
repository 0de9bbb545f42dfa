using MailOps.Maildir.Access;
using MailOps.Server.Imap.Acl;

namespace MailOps.Server.Imap.Commands;

/// <summary>DELETEACL (RFC 4314 section 3.2). It needs <c>a</c>, which the store checks where it writes.</summary>
internal sealed class DeleteAclCommand : MailboxIdentifierCommand
{
    public override string Name => "DELETEACL";

    protected override async ValueTask<Completion> ExecuteAsync(ImapSession session, MailboxIdentifier arguments, CancellationToken cancel)
    {
        if (!AclIdentifier.TryParse(arguments.Identifier, session.Account.Name, out var whose, out var refusal))
            return refusal;
        var change = new AccessChange(whose.Identifier, whose.IsNegative, AccessChangeKind.Delete, MailboxRights.None);
        return AccessOutcomes.Complete(await session.Account.SetAccessAsync(arguments.Mailbox, change, cancel), "Rights deleted");
    }
}
