using MailOps.Maildir.Access;
using MailOps.Server.Imap.Acl;
using MailOps.Server.Imap.Lists;
using MailOps.Server.Imap.Metadata;

namespace MailOps.Server.Imap.Commands;

/// <summary>LIST (RFC 3501 section 6.3.8) with CHILDREN (RFC 3348), all of LIST-EXTENDED (RFC 5258), SPECIAL-USE (RFC 6154), STATUS (RFC 5819), METADATA (RFC 9590), and MYRIGHTS (RFC 8440).</summary>
internal sealed class ListCommand : ImapCommand<ListArguments>
{
    public override string Name => "LIST";

    public override ImapStates States => ImapStates.LoggedIn;

    protected override bool TryParse(ref ImapReader reader, out ListArguments arguments) => ListArguments.TryParse(ref reader, out arguments);

    protected override async ValueTask<Completion> ExecuteAsync(ImapSession session, ListArguments arguments, CancellationToken cancel)
    {
        // An empty pattern asks for the separator and the root of the names.
        if (!arguments.IsExtended && arguments.Patterns[0].Length == 0)
        {
            session.Replies.Raw("* LIST (\\Noselect) \"/\" \"\"\r\n"u8);
            return Completion.Ok("Listed");
        }

        arguments.Return.Status?.Enable(session);
        var listed = await MailboxListing.ChooseAsync(session.Account, arguments, cancel);
        var statuses = new StatusSequence(session, listed.Where(mailbox => mailbox.Exists).Select(mailbox => mailbox.Name));
        foreach (var mailbox in listed)
        {
            ListReply.Write(session.Replies, mailbox, arguments.IsExtended || session.IsRev2, arguments.Selection.ChildInfo);
            if (mailbox.Exists && arguments.Return.Status is { } items && await statuses.NextAsync(cancel) is { } status)
                items.Write(session, mailbox.Name, status);
            if (mailbox.Exists && arguments.Return.Metadata is { } entries)
                await TellMetadataAsync(session, mailbox, entries, cancel);
            if (mailbox is { Exists: true, IsChosen: true } && arguments.Return.MyRights && await session.Account.GetRightsAsync(mailbox.Name, cancel) is { } rights)
                AclReply.MyRights(session.Replies, mailbox.Name, rights);
            await session.Replies.FlushIfLargeAsync();
        }

        return Completion.Ok("Listed");
    }

    // RFC 9590 section 3.
    private static async ValueTask TellMetadataAsync(ImapSession session, ListedMailbox mailbox, IReadOnlyList<string> entries, CancellationToken cancel)
    {
        if (await session.AnnotationRefusalAsync(mailbox.Name, cancel) is not null || await session.Account.GetAnnotationsAsync(mailbox.Name, cancel) is not { } kept)
            return;
        var all = MailboxMetadata.With(mailbox.Uses, kept);
        await MetadataReply.WriteAsync(session.Replies, mailbox.Name, [.. entries.Select(name => (name, all.TryGetValue(name, out var value) ? value : (ReadOnlyMemory<byte>?)null))]);
    }
}
