namespace MailOps.Server.Imap.Commands;

/// <summary>GETQUOTAROOT (RFC 9208 section 4.1.2). The mailbox need not be there.</summary>
internal sealed class GetQuotaRootCommand : MailboxCommand
{
    public override string Name => "GETQUOTAROOT";

    public override Capability? Requires => Capability.Quota;

    protected override async ValueTask<Completion> ExecuteAsync(ImapSession session, string arguments, CancellationToken cancel)
    {
        var usage = await session.Account.GetQuotaAsync(cancel);
        var replies = session.Replies;
        replies.Raw("* QUOTAROOT "u8);
        replies.Mailbox(arguments);
        if (usage is not null)
        {
            replies.Raw(" "u8);
            replies.String(QuotaReply.Root);
        }

        replies.EndLine();
        if (usage is not null)
            QuotaReply.Write(replies, usage);
        return Completion.Ok("Told");
    }
}
