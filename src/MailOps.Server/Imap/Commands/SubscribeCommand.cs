using MailOps.Maildir.Access;

namespace MailOps.Server.Imap.Commands;

/// <summary>SUBSCRIBE (RFC 3501 section 6.3.6).</summary>
internal sealed class SubscribeCommand : MailboxCommand
{
    public override string Name => "SUBSCRIBE";

    protected override async ValueTask<Completion> ExecuteAsync(ImapSession session, string arguments, CancellationToken cancel)
    {
        if (arguments.Length == 0)
            return Completion.No(ResponseCode.Cannot, "A mailbox cannot have this name");
        // Others' mailboxes have to be there, and need l (RFC 4314 section 4); of one's own any name will do.
        if (session.Account.IsOthers(arguments) && await session.RefusalAsync(arguments, MailboxRights.Lookup, cancel) is { } refusal)
            return refusal;
        await session.Account.SetSubscribedAsync(arguments, subscribed: true, cancel);
        return Completion.Ok("Subscribed");
    }
}
