using MailOps.Maildir.Access;
using MailOps.Server.Imap.Acl;

namespace MailOps.Server.Imap.Commands;

/// <summary>GETACL (RFC 4314 section 3.3).</summary>
internal sealed class GetAclCommand : MailboxCommand
{
    public override string Name => "GETACL";

    public override Capability? Requires => Capability.Acl;

    protected override async ValueTask<Completion> ExecuteAsync(ImapSession session, string arguments, CancellationToken cancel)
    {
        if (await session.RefusalAsync(arguments, MailboxRights.Administer, cancel) is { } refusal)
            return refusal;
        if (await session.Account.GetAccessAsync(arguments, cancel) is not { } access)
            return ImapSession.NoMailbox;
        AclReply.Access(session.Replies, arguments, access);
        return Completion.Ok("Rights told");
    }
}
