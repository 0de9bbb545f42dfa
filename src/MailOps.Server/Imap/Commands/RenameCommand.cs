namespace MailOps.Server.Imap.Commands;

/// <summary>RENAME (RFC 3501 section 6.3.5).</summary>
internal sealed class RenameCommand : ImapCommand<RenameArguments>
{
    public override string Name => "RENAME";

    public override ImapStates States => ImapStates.LoggedIn;

    protected override bool TryParse(ref ImapReader reader, out RenameArguments arguments)
    {
        arguments = default;
        if (!(reader.Space() && reader.Mailbox(out var from) && reader.Space() && reader.Mailbox(out var to)))
            return false;
        arguments = new RenameArguments(from, to);
        return true;
    }

    protected override async ValueTask<Completion> ExecuteAsync(ImapSession session, RenameArguments arguments, CancellationToken cancel) =>
        Outcomes.RefusalOfSpelling(session, arguments.To) ?? Outcomes.Complete(await session.Account.RenameAsync(arguments.From, arguments.To, cancel), "Renamed", session.Account.RuleAgainst(arguments.To));
}

/// <summary>Two names.</summary>
internal readonly record struct RenameArguments(string From, string To);
