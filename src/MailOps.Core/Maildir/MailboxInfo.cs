namespace MailOps.Maildir;

/// <summary>A mailbox in a listing.</summary>
/// <param name="Name">The full name.</param>
/// <param name="Exists">False for a parent that is only a name (\Noselect).</param>
/// <param name="HasChildren">True if mailboxes lie below it.</param>
public sealed record MailboxInfo(string Name, bool Exists, bool HasChildren)
{
    /// <summary>Mailboxes with the names that stand above them, INBOX first, then in the order of their names.</summary>
    internal static IReadOnlyList<MailboxInfo> WithParents(IEnumerable<string> mailboxes)
    {
        var existing = mailboxes.ToHashSet(StringComparer.Ordinal);
        var all = new SortedSet<string>(existing, StringComparer.Ordinal);
        var parents = new HashSet<string>(StringComparer.Ordinal);
        foreach (var mailbox in existing)
        {
            foreach (var parent in MailboxName.Above(mailbox))
            {
                all.Add(parent);
                parents.Add(parent);
            }
        }

        return [.. all.OrderBy(mailbox => mailbox != MailboxName.Inbox).Select(mailbox => new MailboxInfo(mailbox, existing.Contains(mailbox), parents.Contains(mailbox)))];
    }
}
