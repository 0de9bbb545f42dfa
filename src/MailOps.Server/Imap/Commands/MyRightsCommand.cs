using MailOps.Maildir.Access;
using MailOps.Server.Imap.Acl;

namespace MailOps.Server.Imap.Commands;

/// <summary>MYRIGHTS (RFC 4314 section 3.5): to who has one of l, r, i, k, x and a.</summary>
internal sealed class MyRightsCommand : MailboxCommand
{
    public override string Name => "MYRIGHTS";

    public override Capability? Requires => Capability.Acl;

    protected override async ValueTask<Completion> ExecuteAsync(ImapSession session, string arguments, CancellationToken cancel)
    {
        if (await session.Account.GetRightsAsync(arguments, cancel) is not { } rights || (rights & MailboxRights.Telling) == MailboxRights.None)
            return ImapSession.NoMailbox;
        AclReply.MyRights(session.Replies, arguments, rights);
        return Completion.Ok("Rights told");
    }
}
