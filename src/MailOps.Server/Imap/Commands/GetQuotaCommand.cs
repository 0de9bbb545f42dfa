namespace MailOps.Server.Imap.Commands;

/// <summary>GETQUOTA (RFC 9208 section 4.1.1).</summary>
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
        if (arguments != QuotaReply.Root || await session.Account.GetQuotaAsync(cancel) is not { } usage)
            return Completion.No(ResponseCode.NonExistent, "No such quota root");
        QuotaReply.Write(session.Replies, usage);
        return Completion.Ok("Told");
    }
}
