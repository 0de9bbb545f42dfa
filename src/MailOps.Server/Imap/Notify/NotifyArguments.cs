using MailOps.Maildir;

namespace MailOps.Server.Imap.Notify;

/// <summary>What NOTIFY says (RFC 5465 section 8).</summary>
/// <param name="Groups">The groups of events; none for NOTIFY NONE.</param>
/// <param name="TellsStatus">True if the client wants to hear where the mailboxes stand.</param>
/// <param name="Unknown">An event that is not known here; null if all are.</param>
internal sealed record NotifyArguments(IReadOnlyList<EventGroup> Groups, bool TellsStatus, string? Unknown)
{
    // Each is held against each mailbox where something happens.
    private const int MostGroups = 100;

    /// <summary>Reads them with the space before them.</summary>
    public static bool TryParse(ref ImapReader reader, out NotifyArguments arguments)
    {
        arguments = new NotifyArguments([], TellsStatus: false, Unknown: null);
        if (!(reader.Space() && reader.Word(out var word)))
            return false;
        if (word != "SET")
            return word == "NONE";
        if (!reader.Space())
            return false;
        var status = reader.IsWord("STATUS");
        if (status && !reader.Space())
            return false;

        var groups = new List<EventGroup>();
        string? unknown = null;
        do
        {
            if (groups.Count == MostGroups || !EventGroup.TryParse(ref reader, out var group, out var stranger))
                return false;
            unknown ??= stranger;
            groups.Add(group);
        }
        while (reader.Space());
        arguments = new NotifyArguments(groups, status, unknown);
        return true;
    }

    /// <summary>The rule that they break; null if they break none.</summary>
    public string? Problem() => Groups.Count(group => group.Filter.IsSelected) > 1
        ? "The selected mailbox can be named once"
        : Groups.Select(group => group.Problem()).FirstOrDefault(problem => problem is not null);

    /// <summary>What is told of the selected mailbox; null for nothing.</summary>
    public EventGroup? Selected => Groups.FirstOrDefault(group => group.Filter.IsSelected && group.Events != NotifyEvents.None);

    /// <summary>What is told of all but the selected mailbox.</summary>
    /// <param name="account">The account that sees them.</param>
    public NotifyRules OthersOf(IMailAccount account) => new(account, [.. Groups.Where(group => !group.Filter.IsSelected)]);
}
