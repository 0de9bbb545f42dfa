using MailOps.Maildir;

namespace MailOps.Server.Imap.Notify;

/// <summary>Which mailboxes are meant (RFC 5465 section 6, filter-mailboxes).</summary>
/// <param name="Kind">How they are named.</param>
/// <param name="Names">The names, where they are named one by one.</param>
internal sealed record MailboxFilter(MailboxFilterKind Kind, IReadOnlySet<string> Names)
{
    // As many as a search may have parts of a set.
    private const int MostNames = 10_000;

    /// <summary>True if the selected mailbox is meant.</summary>
    public bool IsSelected => Kind is MailboxFilterKind.Selected or MailboxFilterKind.SelectedDelayed;

    /// <summary>Reads a filter.</summary>
    public static bool TryParse(ref ImapReader reader, out MailboxFilter filter)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        filter = null!;
        if (!reader.Word(out var word) || KindOf(word) is not { } kind)
            return false;
        filter = new MailboxFilter(kind, names);
        return kind is not (MailboxFilterKind.Subtree or MailboxFilterKind.SubtreeOne or MailboxFilterKind.Mailboxes)
            || (reader.Space() && TryParseNames(ref reader, names));
    }

    /// <summary>True if a mailbox is meant that is not the selected one.</summary>
    /// <param name="mailbox">Its name.</param>
    /// <param name="account">The account that sees it.</param>
    /// <param name="subscribed">The names that are subscribed.</param>
    public bool Matches(string mailbox, IMailAccount account, IReadOnlySet<string> subscribed) => Kind switch
    {
        MailboxFilterKind.Inboxes => mailbox == MailboxName.Inbox,
        MailboxFilterKind.Personal => !account.IsOthers(mailbox),
        MailboxFilterKind.Subscribed => subscribed.Contains(mailbox),
        MailboxFilterKind.Mailboxes => Names.Contains(mailbox),
        MailboxFilterKind.SubtreeOne => Names.Contains(mailbox) || (ParentOf(mailbox) is { } parent && Names.Contains(parent)),
        MailboxFilterKind.Subtree => IsBelow(mailbox),
        _ => false,
    };

    /// <summary>The name one level above another; null if there is none.</summary>
    public static string? ParentOf(string mailbox) => mailbox.LastIndexOf(MailboxName.Separator) is > 0 and var end ? mailbox[..end] : null;

    private static bool TryParseNames(ref ImapReader reader, HashSet<string> names)
    {
        var isList = reader.Is('(');
        do
        {
            if (names.Count == MostNames || !reader.Mailbox(out var name))
                return false;
            names.Add(Normal(name));
        }
        while (isList && reader.Space());
        return !isList || reader.Is(')');
    }

    // INBOX is INBOX in names below it as well, and in others' accounts, and a separator at the end says nothing.
    private static string Normal(string name)
    {
        if (name.Length > 1 && name.EndsWith(MailboxName.Separator))
            name = name[..^1];
        var start = name.StartsWith(MailNamespaces.OthersPrefix, StringComparison.Ordinal) ? name.IndexOf(MailboxName.Separator, MailNamespaces.OthersPrefix.Length) + 1 : 0;
        var rest = name.AsSpan(start);
        return rest.StartsWith(MailboxName.Inbox, StringComparison.OrdinalIgnoreCase) && (rest.Length == MailboxName.Inbox.Length || rest[MailboxName.Inbox.Length] == MailboxName.Separator)
            ? string.Concat(name.AsSpan(0, start), MailboxName.Inbox, rest[MailboxName.Inbox.Length..])
            : name;
    }

    private static MailboxFilterKind? KindOf(string word) => word switch
    {
        "SELECTED" => MailboxFilterKind.Selected,
        "SELECTED-DELAYED" => MailboxFilterKind.SelectedDelayed,
        "INBOXES" => MailboxFilterKind.Inboxes,
        "PERSONAL" => MailboxFilterKind.Personal,
        "SUBSCRIBED" => MailboxFilterKind.Subscribed,
        "SUBTREE" => MailboxFilterKind.Subtree,
        "SUBTREE-ONE" => MailboxFilterKind.SubtreeOne,
        "MAILBOXES" => MailboxFilterKind.Mailboxes,
        _ => null,
    };

    private bool IsBelow(string mailbox)
    {
        for (var name = mailbox; name is not null; name = ParentOf(name))
        {
            if (Names.Contains(name))
                return true;
        }

        return false;
    }
}
