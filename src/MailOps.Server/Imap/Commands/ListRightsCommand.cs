using MailOps.Maildir.Access;
using MailOps.Server.Imap.Acl;

namespace MailOps.Server.Imap.Commands;

/// <summary>LISTRIGHTS (RFC 4314 section 3.4): each right can be given by itself. The owner always has <c>l</c> and <c>a</c>.</summary>
internal sealed class ListRightsCommand : MailboxIdentifierCommand
{
    public override string Name => "LISTRIGHTS";

    protected override async ValueTask<Completion> ExecuteAsync(ImapSession session, MailboxIdentifier arguments, CancellationToken cancel)
    {
        if (!AclIdentifier.TryParse(arguments.Identifier, session.Account.Name, out var whose, out var wrong))
            return wrong;
        if (await session.RefusalAsync(arguments.Mailbox, MailboxRights.Administer, cancel) is { } refusal)
            return refusal;
        if (await session.Account.GetAccessAsync(arguments.Mailbox, cancel) is not { } access)
            return ImapSession.NoMailbox;
        var isOwner = access.Owner is { } owner && (whose.Identifier.Kind == AccessKind.Owner || whose.Identifier == AccessIdentifier.User(owner));
        var kept = isOwner ? MailboxRights.OfEveryOwner : MailboxRights.None;
        AclReply.ListRights(session.Replies, arguments.Mailbox, arguments.Identifier, whose.IsNegative ? MailboxRights.None : kept, whose.IsNegative ? kept : MailboxRights.None);
        return Completion.Ok("Rights listed");
    }
}
