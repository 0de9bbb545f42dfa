using MailOps.Maildir;

namespace MailOps.Server.Imap.Commands;

/// <summary>GETQUOTA (RFC 9208 section 4.1.1). Another's root is told to who may read a mailbox under it.</summary>
internal sealed class GetQuotaCommand : ImapCommand<string>
{
    public override string Name => "GETQUOTA";

    public override ImapStates States => ImapStates.LoggedIn;

    public override Capability? Requires => Capability.Quota;

    protected override bool TryParse(ref ImapReader reader, out string arguments)
    {
        arguments = "";
        return reader.Space() && reader.AString(out arguments);
    }

    protected override async ValueTask<Completion> ExecuteAsync(ImapSession session, string arguments, CancellationToken cancel)
    {
        if (QuotaReply.OwnerOf(arguments, session.Account.Name) is not { } owner || await FindAsync(session.Account, owner, cancel) is not { } usage)
            return Completion.No(ResponseCode.NonExistent, "No such quota root");
        QuotaReply.Write(session.Replies, arguments, usage);
        return Completion.Ok("Told");
    }

    private static async ValueTask<MailQuotaUsage?> FindAsync(IMailAccount account, string owner, CancellationToken cancel)
    {
        if (owner == account.Name)
            return await account.GetQuotaAsync(cancel);
        foreach (var mailbox in await account.ListAsync(cancel))
        {
            if (mailbox.Exists && account.IsOthers(mailbox.Name) && await account.GetQuotaOfAsync(mailbox.Name, cancel) is (var found, var usage) && found == owner)
                return usage;
        }

        return null;
    }
}
