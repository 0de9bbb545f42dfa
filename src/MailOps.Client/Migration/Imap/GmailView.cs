using System.Text;
using MailOps.Maildir.Names;

namespace MailOps.Client.Migration.Imap;

/// <summary>
/// The folders of a Gmail account as folders of other servers are: one that only shows again what is elsewhere is left out, and All Mail has
/// no more than what has no label. Labels are those that the server tells of each message (X-GM-LABELS), but for that of the folder itself.
/// </summary>
internal sealed class GmailView
{
    private const string All = "\\All";
    private const string Important = "$Important";

    // What a folder is called where there is none of its use and its own name is one of Gmail's, in the account's language.
    private static readonly Dictionary<string, string> Names = new(StringComparer.Ordinal)
    {
        ["\\Sent"] = "Sent", ["\\Drafts"] = "Drafts", ["\\Trash"] = "Trash", ["\\Junk"] = "Junk", [All] = "Archive",
    };

    private readonly GmailLabels _choice;

    // The order in which folders have a claim to a message, by label and by name. A folder that is not here has a message whatever others have it.
    private readonly Dictionary<string, int> _byLabel = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _byFolder = new(StringComparer.Ordinal);

    /// <summary>Looks at an account.</summary>
    /// <param name="all">Its folders.</param>
    /// <param name="choice">What becomes of labels.</param>
    public GmailView(IReadOnlyList<MailFolder> all, GmailLabels choice)
    {
        _choice = choice;
        // [Gmail], or [Google Mail], which holds nothing itself.
        var roots = all.Where(folder => folder.SpecialUse is not null && folder.Levels.Count > 1).Select(folder => folder.Levels[0]).ToHashSet(StringComparer.Ordinal);
        roots.RemoveWhere(root => all.Any(folder => folder.Levels.Count == 1 && folder.Levels[0] == root && folder.HoldsMessages));
        var kept = all.Where(folder => folder.SpecialUse is not ("\\Flagged" or "\\Important") && !(folder.Levels.Count == 1 && roots.Contains(folder.Levels[0]))).ToList();
        bool IsOwn(MailFolder folder) => folder.IsInbox || folder.SpecialUse is not null || roots.Contains(folder.Levels[0]);
        if (choice == GmailLabels.Keywords)
            kept.RemoveAll(folder => !IsOwn(folder));
        foreach (var folder in kept.OrderBy(Order).ThenBy(folder => folder.Path, StringComparer.Ordinal))
        {
            if (LabelOf(folder) is { } label)
                _byLabel.TryAdd(label, _byLabel.Count);
            if (folder.SpecialUse is All || (choice != GmailLabels.Folders && LabelOf(folder) is not null))
                _byFolder[folder.Name] = folder.SpecialUse is All ? int.MaxValue : _byLabel.Count - 1;
        }

        Folders = [.. kept.Select(folder => folder with
        {
            Place = roots.Contains(folder.Levels[0]) ? [folder.SpecialUse is { } use ? Names.GetValueOrDefault(use, folder.Levels[^1]) : folder.Levels[^1]] : null,
            IsAllMail = folder.SpecialUse is All,
            SpecialUse = folder.SpecialUse is All ? "\\Archive" : folder.SpecialUse,
            // What has which labels may change without a message's coming or going.
            State = IsPartial(folder.Name) ? null : folder.State,
        })];

        string? LabelOf(MailFolder folder) => folder.SpecialUse switch
        {
            "\\Sent" => "\\Sent",
            "\\Drafts" => "\\Draft",
            null when folder.IsInbox => "\\Inbox",
            null when !roots.Contains(folder.Levels[0]) => folder.Name,
            _ => null,
        };
    }

    /// <summary>The folders.</summary>
    public IReadOnlyList<MailFolder> Folders { get; }

    /// <summary>True for a folder of which some messages are left out.</summary>
    public bool IsPartial(string folder) => _byFolder.ContainsKey(folder);

    /// <summary>True for a message of a folder that does not belong elsewhere.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="labels">The message's labels.</param>
    public bool IsMeant(string folder, IEnumerable<string> labels) =>
        !_byFolder.TryGetValue(folder, out var claim) || !labels.Any(label => _byLabel.TryGetValue(Decoded(label), out var other) && other < claim);

    /// <summary>Messages with keywords for what only labels tell.</summary>
    public IReadOnlyList<MailEntry> Shown(IReadOnlyList<MailEntry> entries) => [.. entries.Select(Shown)];

    private MailEntry Shown(MailEntry entry)
    {
        var more = new SortedSet<string>(entry.Flags.Split(' ', StringSplitOptions.RemoveEmptyEntries), StringComparer.Ordinal);
        foreach (var label in entry.Labels)
        {
            // RFC 8457: the keyword for what Gmail has a label for.
            if (label.Equals("\\Important", StringComparison.OrdinalIgnoreCase))
                more.Add(Important);
            else if (_choice == GmailLabels.Keywords && label.Length > 0 && label[0] != '\\')
                more.Add(Keyword(Decoded(label)));
        }

        return entry with { Flags = string.Join(' ', more) };
    }

    // As Thunderbird names tags: modified UTF-7, and _ for what no keyword can have.
    private static string Keyword(string label) =>
        string.Concat(ModifiedUtf7.Encode(label).Select(c => c is <= ' ' or > '~' or '(' or ')' or '{' or '%' or '*' or '"' or ']' or '\\' ? '_' : c));

    // \Draft in what Google documents, \Drafts in what some accounts answer.
    private static string Decoded(string label) => label switch
    {
        "\\Drafts" => "\\Draft",
        ['\\', ..] => label,
        _ when label.Any(c => c > '~') => Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(label)),
        _ => ModifiedUtf7.TryDecode(label, out var name) ? name : label,
    };

    private static int Order(MailFolder folder) => folder.IsInbox ? 0 : folder.SpecialUse switch { "\\Sent" => 1, "\\Drafts" => 2, All => 4, _ => 3 };
}
