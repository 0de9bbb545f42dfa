using System.Text;
using MailOps.Maildir;

namespace MailOps.Server.Imap.Metadata;

/// <summary>
/// What mailboxes are for (RFC 6154): what a client said, and where none said of which mailbox is for drafts, junk, sent mail, trash or the
/// archive, the one with the usual name.
/// </summary>
internal sealed class SpecialUses
{
    /// <summary>The annotation that keeps it.</summary>
    public const string Entry = "/private/specialuse";

    // Those that a mailbox like others can have. \All and \Flagged would be views of other mailboxes.
    private static readonly string[] Known = ["\\Archive", "\\Drafts", "\\Junk", "\\Sent", "\\Trash"];

    private static readonly (string Mailbox, string Use)[] Usual =
    [
        ("Archive", "\\Archive"), ("Archives", "\\Archive"), ("Drafts", "\\Drafts"), ("Junk", "\\Junk"), ("Spam", "\\Junk"),
        ("Sent", "\\Sent"), ("Sent Messages", "\\Sent"), ("Sent Items", "\\Sent"), ("Trash", "\\Trash"), ("Deleted Messages", "\\Trash"), ("Deleted Items", "\\Trash"),
    ];

    private readonly Dictionary<string, List<string>> _uses = new(StringComparer.Ordinal);

    private SpecialUses()
    {
    }

    /// <summary>The uses of a mailbox, as LIST tells them.</summary>
    public IReadOnlyList<string> Of(string mailbox) => _uses.TryGetValue(mailbox, out var uses) ? uses : [];

    /// <summary>Reads those of all mailboxes of an account.</summary>
    public static async ValueTask<SpecialUses> ReadAsync(IMailAccount account, IReadOnlyList<MailboxInfo> mailboxes, CancellationToken cancel)
    {
        var read = new SpecialUses();
        var unsaid = new List<string>();
        foreach (var mailbox in mailboxes)
        {
            // What others' mailboxes are for, they are for their owners.
            if (!mailbox.Exists || account.IsOthers(mailbox.Name))
                continue;
            if (await account.GetAnnotationsAsync(mailbox.Name, cancel) is { } kept && kept.TryGetValue(Entry, out var value))
                read._uses[mailbox.Name] = [.. Words(value).Where(use => Canonical(use) is not null)];
            else
                unsaid.Add(mailbox.Name);
        }

        var taken = read._uses.Values.SelectMany(uses => uses).ToHashSet(StringComparer.Ordinal);
        foreach (var (mailbox, use) in Usual)
        {
            if (unsaid.Contains(mailbox) && taken.Add(use))
                read._uses.Add(mailbox, [use]);
        }

        return read;
    }

    /// <summary>Reads those of one mailbox: others matter only where its name is a usual one.</summary>
    public static async ValueTask<IReadOnlyList<string>> ReadOneAsync(IMailAccount account, string mailbox, IReadOnlyList<MailboxInfo> mailboxes, CancellationToken cancel)
    {
        var asked = Usual.Any(usual => usual.Mailbox == mailbox) ? mailboxes : [new MailboxInfo(mailbox, Exists: true, HasChildren: false)];
        return (await ReadAsync(account, asked, cancel)).Of(mailbox);
    }

    /// <summary>What is wrong with uses that a mailbox is to have; null if nothing is.</summary>
    public static string? ProblemOf(string mailbox, IReadOnlyList<string> uses)
    {
        if (uses.FirstOrDefault(use => Canonical(use) is null) is { } unknown)
            return $"{(Ascii.IsValid(unknown) && !unknown.Any(char.IsControl) ? unknown : "That")} is no use that a mailbox can have here: {string.Join(' ', Known)}";
        return uses.Count > 0 && mailbox == MailboxName.Inbox ? "INBOX is for incoming mail" : null;
    }

    /// <summary>The value that keeps uses.</summary>
    public static ReadOnlyMemory<byte>? Written(IReadOnlyList<string> uses) =>
        Encoding.ASCII.GetBytes(string.Join(' ', uses.Select(Canonical).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)));

    /// <summary>Of two mailboxes one is for a thing: takes what one was given from the others that were given it before.</summary>
    public static async ValueTask TakeFromOthersAsync(IMailAccount account, string mailbox, IReadOnlyList<string> uses, CancellationToken cancel)
    {
        var given = uses.Select(Canonical).ToHashSet(StringComparer.Ordinal);
        foreach (var other in await account.ListAsync(cancel))
        {
            if (!other.Exists || other.Name == mailbox || account.IsOthers(other.Name) || await account.GetAnnotationsAsync(other.Name, cancel) is not { } kept || !kept.TryGetValue(Entry, out var value))
                continue;
            var left = Words(value).Where(use => !given.Contains(use)).ToList();
            if (left.Count < Words(value).Length)
                await account.SetAnnotationsAsync(other.Name, new Dictionary<string, ReadOnlyMemory<byte>?>(StringComparer.Ordinal) { [Entry] = Written(left) }, cancel);
        }
    }

    private static string? Canonical(string use) => Array.Find(Known, known => known.Equals(use, StringComparison.OrdinalIgnoreCase));

    private static string[] Words(ReadOnlyMemory<byte> value) => Encoding.ASCII.GetString(value.Span).Split(' ', StringSplitOptions.RemoveEmptyEntries);
}
