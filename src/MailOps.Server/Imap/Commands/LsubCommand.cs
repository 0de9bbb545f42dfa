using MailOps.Maildir;
using MailOps.Maildir.Access;
using MailOps.Server.Imap.Lists;

namespace MailOps.Server.Imap.Commands;

/// <summary>LSUB (RFC 3501 section 6.3.9).</summary>
internal sealed class LsubCommand : ImapCommand<ListArguments>
{
    public override string Name => "LSUB";

    public override ImapStates States => ImapStates.LoggedIn;

    protected override bool TryParse(ref ImapReader reader, out ListArguments arguments) => ListArguments.TryParsePlain(ref reader, out arguments);

    protected override async ValueTask<Completion> ExecuteAsync(ImapSession session, ListArguments arguments, CancellationToken cancel)
    {
        var pattern = new MailboxPattern(arguments.Reference + arguments.Patterns[0]);
        var subscribed = await SubscribedAsync(session.Account, cancel);
        var parents = new HashSet<string>(StringComparer.Ordinal);
        foreach (var name in subscribed)
        {
            if (pattern.Matches(name))
            {
                Write(session.Replies, name, isParent: false);
                continue;
            }

            // With %, a parent that is not subscribed stands for what is subscribed below it.
            foreach (var parent in pattern.EndsInPercent ? MailboxName.Above(name) : [])
            {
                if (pattern.Matches(parent) && !subscribed.Contains(parent) && parents.Add(parent))
                    Write(session.Replies, parent, isParent: true);
            }
        }

        return Completion.Ok("Listed");
    }

    // RFC 4314 section 4: others' mailboxes need l, as they do for SUBSCRIBE.
    private static async ValueTask<HashSet<string>> SubscribedAsync(IMailAccount account, CancellationToken cancel)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var name in await account.ListSubscribedAsync(cancel))
        {
            if (!account.IsOthers(name) || (await account.GetRightsAsync(name, cancel))?.HasFlag(MailboxRights.Lookup) == true)
                names.Add(name);
        }

        return names;
    }

    private static void Write(ImapReplyWriter replies, string name, bool isParent)
    {
        replies.Raw(isParent ? "* LSUB (\\Noselect) \"/\" "u8 : "* LSUB () \"/\" "u8);
        replies.Mailbox(name);
        replies.EndLine();
    }
}
