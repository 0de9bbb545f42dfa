using MailOps.Maildir;

namespace MailOps.Server.Imap.Commands;

/// <summary>LIST (RFC 3501 section 6.3.8) with the attributes of CHILDREN (RFC 3348).</summary>
internal sealed class ListCommand : ImapCommand<ListArguments>
{
    public override string Name => "LIST";

    public override ImapStates States => ImapStates.LoggedIn;

    protected override bool TryParse(ref ImapReader reader, out ListArguments arguments) => ListArguments.TryParse(ref reader, out arguments);

    protected override async ValueTask<Completion> ExecuteAsync(ImapSession session, ListArguments arguments, CancellationToken cancel)
    {
        // An empty pattern asks for the separator and the root of the names.
        if (arguments.Pattern.Length == 0)
        {
            session.Replies.Raw("* LIST (\\Noselect) \"/\" \"\"\r\n"u8);
            return Completion.Ok("Listed");
        }

        var pattern = new MailboxPattern(arguments.Reference + arguments.Pattern);
        foreach (var mailbox in await session.Account.ListAsync(cancel))
        {
            if (pattern.Matches(mailbox.Name))
                Write(session.Replies, mailbox);
            await session.Replies.FlushIfLargeAsync();
        }

        return Completion.Ok("Listed");
    }

    private static void Write(ImapReplyWriter replies, MailboxInfo mailbox)
    {
        replies.Raw("* LIST ("u8);
        if (!mailbox.Exists)
            replies.Raw("\\Noselect "u8);
        replies.Raw(mailbox.HasChildren ? "\\HasChildren"u8 : "\\HasNoChildren"u8);
        replies.Raw(") \"/\" "u8);
        replies.Mailbox(mailbox.Name);
        replies.EndLine();
    }
}

/// <summary>A reference and a pattern.</summary>
internal readonly record struct ListArguments(string Reference, string Pattern)
{
    public static bool TryParse(ref ImapReader reader, out ListArguments arguments)
    {
        arguments = default;
        if (!(reader.Space() && reader.Mailbox(out var reference) && reader.Space() && reader.ListMailbox(out var pattern)))
            return false;
        arguments = new ListArguments(reference, pattern);
        return true;
    }
}
