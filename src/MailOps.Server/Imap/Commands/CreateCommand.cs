using MailOps.Maildir;
using MailOps.Maildir.Access;
using MailOps.Server.Imap.Metadata;

namespace MailOps.Server.Imap.Commands;

/// <summary>CREATE (RFC 3501 section 6.3.3), with USE (RFC 6154 section 3) and MAILBOXID (RFC 8474 section 4.1).</summary>
internal sealed class CreateCommand : ImapCommand<CreateArguments>
{
    public override string Name => "CREATE";

    public override ImapStates States => ImapStates.LoggedIn;

    protected override bool TryParse(ref ImapReader reader, out CreateArguments arguments) => CreateArguments.TryParse(ref reader, out arguments);

    protected override async ValueTask<Completion> ExecuteAsync(ImapSession session, CreateArguments arguments, CancellationToken cancel)
    {
        // A separator at the end says that names below will follow; the mailbox itself is made without it.
        var name = arguments.Mailbox.EndsWith(MailboxName.Separator) ? arguments.Mailbox[..^1] : arguments.Mailbox;
        if (Outcomes.RefusalOfSpelling(session, name) is { } spelling)
            return spelling;
        if (SpecialUses.ProblemOf(name, arguments.Uses) is { } problem)
            return Completion.No(ResponseCode.UseAttr, problem);
        if (arguments.Uses.Count > 0 && session.Account.IsOthers(name))
            return Completion.No(ResponseCode.UseAttr, "Only one's own mailboxes are for something");
        var outcome = await session.Account.CreateAsync(name, cancel);
        if (outcome == MailboxOutcome.Done && arguments.Uses.Count > 0 && await UseAsync(session.Account, name, arguments.Uses, cancel) is { } refusal)
            return refusal;
        // RFC 8474 section 4.1.
        if (outcome == MailboxOutcome.Done && await session.RefusalAsync(name, MailboxRights.Read, cancel) is null && await session.Account.StatusAsync(name, cancel) is { } status)
            return Completion.Ok(ResponseCode.MailboxId(status.Guid), "Created");
        return Outcomes.Complete(outcome, "Created", session.Account.RuleAgainst(name));
    }

    // What cannot be for what it is to be for is not there either.
    private static async ValueTask<Completion?> UseAsync(IMailAccount account, string name, IReadOnlyList<string> uses, CancellationToken cancel)
    {
        try
        {
            var changes = new Dictionary<string, ReadOnlyMemory<byte>?>(StringComparer.Ordinal) { [SpecialUses.Entry] = SpecialUses.Written(uses) };
            var set = await MailboxMetadata.SetAsync(account, name, changes, cancel);
            if (set.Status == CompletionStatus.Ok)
                return null;
            await account.DeleteAsync(name, cancel);
            return set;
        }
        catch (MailStoreException)
        {
            await account.DeleteAsync(name, cancel);
            throw;
        }
    }
}

/// <summary>The mailbox to make, and what it is for.</summary>
internal readonly record struct CreateArguments(string Mailbox, IReadOnlyList<string> Uses)
{
    private const int MostUses = 20;

    public static bool TryParse(ref ImapReader reader, out CreateArguments arguments)
    {
        arguments = default;
        if (!(reader.Space() && reader.Mailbox(out var mailbox)))
            return false;
        var uses = new List<string>();
        arguments = new CreateArguments(mailbox, uses);
        if (!reader.Space())
            return true;
        if (!(reader.Is('(') && reader.IsWord("USE") && reader.Space() && reader.Is('(')))
            return false;
        if (!reader.Is(')'))
        {
            do
            {
                if (uses.Count == MostUses || !reader.Is('\\') || !reader.Atom(out var use))
                    return false;
                uses.Add("\\" + use);
            }
            while (reader.Space());
            if (!reader.Is(')'))
                return false;
        }

        return reader.Is(')');
    }
}
