using MailOps.Maildir;

namespace MailOps.Server.Imap.Commands;

/// <summary>CREATE (RFC 3501 section 6.3.3).</summary>
internal sealed class CreateCommand : MailboxCommand
{
    public override string Name => "CREATE";

    protected override async ValueTask<Completion> ExecuteAsync(ImapSession session, string arguments, CancellationToken cancel)
    {
        // A separator at the end says that names below will follow; the mailbox itself is made without it.
        var name = arguments.EndsWith(MailboxName.Separator) ? arguments[..^1] : arguments;
        return Outcomes.Complete(await session.Account.CreateAsync(name, cancel), "Created", session.Account.RuleAgainst(name));
    }
}
