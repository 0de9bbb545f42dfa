namespace MailOps.Maildir.Access;

/// <summary>The access list of a mailbox, as those who administer it see it.</summary>
/// <param name="Owner">The account that the mailbox lies in; null for a public one.</param>
/// <param name="Entries">What it says, the least particular first. Of the owner there is always an entry.</param>
/// <param name="DamagedLine">The line of the file that cannot be read, for which nobody but the owner has any right; 0 if all can.</param>
public sealed record MailboxAccess(string? Owner, IReadOnlyList<AccessEntry> Entries, int DamagedLine)
{
    internal static MailboxAccess Of(AccessList list, string? owner)
    {
        var entries = list.Entries.ToList();
        if (owner is null)
            return new MailboxAccess(null, entries, list.DamagedLine);
        var name = AccessIdentifier.User(owner);

        // Without a line of his own he has all rights.
        if (!entries.Exists(entry => (entry.Identifier.Kind == AccessKind.Owner || entry.Identifier == name) && entry.Granted is not null))
        {
            var known = entries.FindIndex(entry => entry.Identifier.Kind == AccessKind.Owner || entry.Identifier == name);
            if (known < 0)
                entries.Insert(0, new AccessEntry(name, MailboxRights.All, null));
            else
                entries[known] = entries[known] with { Granted = MailboxRights.All };
        }

        // By name, as everybody else, where that is one entry.
        if (!entries.Exists(entry => entry.Identifier == name))
        {
            var own = entries.FindIndex(entry => entry.Identifier.Kind == AccessKind.Owner);
            entries[own] = entries[own] with { Identifier = name };
        }

        return new MailboxAccess(owner, entries.ConvertAll(entry => entry.Identifier == name && entry.Granted is { } granted ? entry with { Granted = granted | MailboxRights.OfEveryOwner } : entry), list.DamagedLine);
    }
}
