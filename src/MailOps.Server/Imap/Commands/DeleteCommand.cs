using MailOps.Maildir;
using MailOps.Maildir.Access;

namespace MailOps.Server.Imap.Commands;

/// <summary>DELETE (RFC 3501 section 6.3.4).</summary>
internal sealed class DeleteCommand : MailboxCommand
{
    public override string Name => "DELETE";

    protected override async ValueTask<Completion> ExecuteAsync(ImapSession session, string arguments, CancellationToken cancel)
    {
        if (await session.RefusalAsync(arguments, MailboxRights.DeleteMailbox, cancel) is { } refusal)
            return refusal;
        var outcome = await session.Account.DeleteAsync(arguments, cancel);

        // The session's own view of a mailbox that it deleted would show what is no longer there. What is not deleted stays selected.
        if (outcome == MailboxOutcome.Done && session.State == ImapStates.Selected && session.Selected.Name == arguments)
            await session.DeselectAsync();
        return Outcomes.Complete(outcome, "Deleted");
    }
}
