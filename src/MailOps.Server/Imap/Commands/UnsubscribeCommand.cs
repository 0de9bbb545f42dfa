namespace MailOps.Server.Imap.Commands;

/// <summary>UNSUBSCRIBE (RFC 3501 section 6.3.7).</summary>
internal sealed class UnsubscribeCommand : MailboxCommand
{
    public override string Name => "UNSUBSCRIBE";

    protected override async ValueTask<Completion> ExecuteAsync(ImapSession session, string arguments, CancellationToken cancel)
    {
        await session.Account.SetSubscribedAsync(arguments, subscribed: false, cancel);
        return Completion.Ok("Unsubscribed");
    }
}
