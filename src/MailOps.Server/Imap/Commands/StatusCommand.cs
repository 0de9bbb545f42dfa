using MailOps.Maildir;

namespace MailOps.Server.Imap.Commands;

/// <summary>STATUS (RFC 3501 section 6.3.10), with SIZE (RFC 8438) and HIGHESTMODSEQ (RFC 7162 section 3.1.7).</summary>
internal sealed class StatusCommand : ImapCommand<StatusArguments>
{
    // An item twice is answered twice; more than all of them a few times over is nobody's wish.
    private const int MaxItems = 32;

    public override string Name => "STATUS";

    public override ImapStates States => ImapStates.LoggedIn;

    protected override bool TryParse(ref ImapReader reader, out StatusArguments arguments)
    {
        arguments = default;
        if (!(reader.Space() && reader.Mailbox(out var mailbox) && reader.Space() && reader.Is('(')))
            return false;

        var items = new List<string>();
        do
        {
            if (items.Count == MaxItems || !reader.Word(out var item) || item is not ("MESSAGES" or "RECENT" or "UIDNEXT" or "UIDVALIDITY" or "UNSEEN" or "SIZE" or "HIGHESTMODSEQ"))
                return false;
            items.Add(item);
        }
        while (reader.Space());
        arguments = new StatusArguments(mailbox, items);
        return reader.Is(')');
    }

    protected override async ValueTask<Completion> ExecuteAsync(ImapSession session, StatusArguments arguments, CancellationToken cancel)
    {
        if (arguments.Items.Contains("HIGHESTMODSEQ", StringComparer.Ordinal))
            session.Enable(ImapExtensions.CondStore);
        if (await session.Account.StatusAsync(arguments.Mailbox, cancel) is not { } status)
            return Completion.No(ResponseCode.NonExistent, "No such mailbox");

        var replies = session.Replies;
        replies.Raw("* STATUS "u8);
        replies.Mailbox(arguments.Mailbox);
        var separator = " ("u8;
        foreach (var item in arguments.Items)
        {
            replies.Raw(separator);
            replies.Ascii(item);
            replies.Raw(" "u8);
            replies.Number(item == "UIDVALIDITY" ? session.Connection.ShownUidValidity(status.UidValidity) : Value(status, item));
            separator = " "u8;
        }

        replies.Raw(")\r\n"u8);
        return Completion.Ok("Status told");
    }

    private static long Value(MailboxStatus status, string item) => item switch
    {
        "MESSAGES" => status.Messages,
        "RECENT" => status.Recent,
        "UIDNEXT" => status.UidNext,
        "UNSEEN" => status.Unseen,
        "HIGHESTMODSEQ" => (long)status.HighestModSeq,
        _ => status.Size,
    };
}

/// <summary>A mailbox and what to tell of it.</summary>
internal readonly record struct StatusArguments(string Mailbox, IReadOnlyList<string> Items);
