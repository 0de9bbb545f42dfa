using MailOps.Maildir.Access;

namespace MailOps.Server.Imap.Commands;

/// <summary>GETQUOTAROOT (RFC 9208 section 4.1.2). Of one's own the mailbox need not be there; others' need <c>r</c> (section 6).</summary>
internal sealed class GetQuotaRootCommand : MailboxCommand
{
    public override string Name => "GETQUOTAROOT";

    public override Capability? Requires => Capability.Quota;

    protected override async ValueTask<Completion> ExecuteAsync(ImapSession session, string arguments, CancellationToken cancel)
    {
        if (session.Account.IsOthers(arguments) && await session.RefusalAsync(arguments, MailboxRights.Read, cancel) is { } refusal)
            return refusal;
        var quota = await session.Account.GetQuotaOfAsync(arguments, cancel);
        var replies = session.Replies;
        replies.Raw("* QUOTAROOT "u8);
        replies.Mailbox(arguments);
        if (quota is not (var owner, var usage))
        {
            replies.EndLine();
            return Completion.Ok("Told");
        }

        var root = QuotaReply.RootOf(owner, session.Account.Name);
        replies.Raw(" "u8);
        replies.String(root);
        replies.EndLine();
        QuotaReply.Write(replies, root, usage);
        return Completion.Ok("Told");
    }
}
