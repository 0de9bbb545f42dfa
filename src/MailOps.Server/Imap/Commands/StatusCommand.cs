using MailOps.Maildir.Access;
using MailOps.Server.Imap.Lists;

namespace MailOps.Server.Imap.Commands;

/// <summary>STATUS (RFC 3501 section 6.3.10), with SIZE (RFC 8438), DELETED (RFC 9051 section 6.3.11), HIGHESTMODSEQ (RFC 7162 section 3.1.7) and APPENDLIMIT (RFC 7889 section 3.1).</summary>
internal sealed class StatusCommand : ImapCommand<StatusArguments>
{
    public override string Name => "STATUS";

    public override ImapStates States => ImapStates.LoggedIn;

    protected override bool TryParse(ref ImapReader reader, out StatusArguments arguments)
    {
        arguments = default;
        if (!(reader.Space() && reader.Mailbox(out var mailbox) && reader.Space() && StatusItems.TryParse(ref reader, out var items)))
            return false;
        arguments = new StatusArguments(mailbox, items);
        return true;
    }

    protected override async ValueTask<Completion> ExecuteAsync(ImapSession session, StatusArguments arguments, CancellationToken cancel)
    {
        arguments.Items.Enable(session);
        if (await session.RefusalAsync(arguments.Mailbox, MailboxRights.Read, cancel) is { } refusal)
            return refusal;
        if (await session.Account.StatusAsync(arguments.Mailbox, cancel) is not { } status)
            return Completion.No(ResponseCode.NonExistent, "No such mailbox");
        arguments.Items.Write(session, arguments.Mailbox, status);
        return Completion.Ok("Status told");
    }
}

/// <summary>A mailbox and what to tell of it.</summary>
internal readonly record struct StatusArguments(string Mailbox, StatusItems Items);
