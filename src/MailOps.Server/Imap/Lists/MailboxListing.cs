using MailOps.Maildir;
using MailOps.Server.Imap.Metadata;

namespace MailOps.Server.Imap.Lists;

/// <summary>Chooses the mailboxes that LIST tells of (RFC 5258 section 3.3).</summary>
internal static class MailboxListing
{
    /// <summary>The mailboxes, INBOX first, then by name.</summary>
    public static async ValueTask<IReadOnlyList<ListedMailbox>> ChooseAsync(IMailAccount account, ListArguments arguments, CancellationToken cancel)
    {
        var selection = arguments.Selection;
        var patterns = arguments.ToPatterns();
        var mailboxes = await account.ListAsync(cancel);
        var subscribed = selection.Subscribed || arguments.Return.Subscribed ? (await account.ListSubscribedAsync(cancel)).ToHashSet(StringComparer.Ordinal) : [];
        var known = WithNames(mailboxes, selection.Subscribed ? subscribed : [], selection.RecursiveMatch);
        var uses = await SpecialUses.ReadAsync(account, mailboxes, cancel);
        bool IsChosen(string name) => (!selection.Subscribed || subscribed.Contains(name)) && (!selection.SpecialUse || uses.Of(name).Count > 0);
        var above = selection.RecursiveMatch ? Above(known, IsChosen, name => Fits(name, patterns)) : [];
        var listed = new List<ListedMailbox>();
        foreach (var mailbox in known)
        {
            if (!Fits(mailbox.Name, patterns))
                continue;
            var isParent = above.TryGetValue(mailbox.Name, out var hasHidden);
            if (IsChosen(mailbox.Name) || hasHidden)
                listed.Add(new ListedMailbox(mailbox.Name, mailbox.Exists, mailbox.HasChildren, subscribed.Contains(mailbox.Name), isParent, uses.Of(mailbox.Name)) { IsChosen = IsChosen(mailbox.Name) });
        }

        return listed;
    }

    /// <summary>One mailbox, which exists, as a plain LIST tells of it.</summary>
    public static async ValueTask<ListedMailbox> FindAsync(IMailAccount account, string name, CancellationToken cancel)
    {
        var mailboxes = await account.ListAsync(cancel);
        var uses = await SpecialUses.ReadOneAsync(account, name, mailboxes, cancel);
        return new ListedMailbox(name, Exists: true, mailboxes.Any(mailbox => mailbox.Name == name && mailbox.HasChildren), IsSubscribed: false, HasChosenChildren: false, uses);
    }

    /// <summary>Names as an extended LIST tells of them, whether there are mailboxes of these names or not.</summary>
    public static async ValueTask<IReadOnlyDictionary<string, ListedMailbox>> DescribeAsync(IMailAccount account, IEnumerable<string> names, CancellationToken cancel)
    {
        var mailboxes = await account.ListAsync(cancel);
        var known = mailboxes.ToDictionary(mailbox => mailbox.Name, StringComparer.Ordinal);
        var subscribed = (await account.ListSubscribedAsync(cancel)).ToHashSet(StringComparer.Ordinal);
        var uses = await SpecialUses.ReadAsync(account, mailboxes, cancel);
        return names.ToDictionary(
            name => name,
            name => new ListedMailbox(
                name,
                known.TryGetValue(name, out var mailbox) && mailbox.Exists,
                mailbox?.HasChildren == true,
                subscribed.Contains(name),
                HasChosenChildren: false,
                uses.Of(name)),
            StringComparer.Ordinal);
    }

    private static bool Fits(string name, IReadOnlyList<MailboxPattern> patterns)
    {
        foreach (var pattern in patterns)
        {
            if (pattern.Matches(name))
                return true;
        }

        return false;
    }

    // What is subscribed and does not exist is listed as well, and with RECURSIVEMATCH the names above it.
    private static IReadOnlyList<MailboxInfo> WithNames(IReadOnlyList<MailboxInfo> mailboxes, HashSet<string> subscribed, bool withParents)
    {
        var existing = mailboxes.Select(mailbox => mailbox.Name).ToHashSet(StringComparer.Ordinal);
        var names = new Dictionary<string, MailboxInfo>(StringComparer.Ordinal);
        foreach (var name in subscribed.Where(name => !existing.Contains(name)))
        {
            names[name] = new MailboxInfo(name, Exists: false, HasChildren: false);
            foreach (var parent in withParents ? MailboxName.Above(name).Where(parent => !existing.Contains(parent)) : [])
                names.TryAdd(parent, new MailboxInfo(parent, Exists: false, HasChildren: false));
        }

        return names.Count == 0 ? mailboxes : [.. mailboxes.Concat(names.Values).OrderBy(mailbox => mailbox.Name != MailboxName.Inbox).ThenBy(mailbox => mailbox.Name, StringComparer.Ordinal)];
    }

    // The names above what is chosen. The value is true if something of it fits no pattern, so that nothing but this name tells of it.
    private static Dictionary<string, bool> Above(IReadOnlyList<MailboxInfo> mailboxes, Func<string, bool> isChosen, Func<string, bool> fits)
    {
        var above = new Dictionary<string, bool>(StringComparer.Ordinal);
        foreach (var mailbox in mailboxes.Where(mailbox => isChosen(mailbox.Name)))
        {
            var isHidden = !fits(mailbox.Name);
            foreach (var parent in MailboxName.Above(mailbox.Name))
                above[parent] = above.GetValueOrDefault(parent) || isHidden;
        }

        return above;
    }
}
