using System.Text;

namespace MailOps.Maildir.Access;

/// <summary>
/// Who has which rights on a mailbox: the file <c>dovecot-acl</c> in its directory, which Dovecot's plugin <c>acl</c> reads and writes as well.
/// A line is an identifier, a space, and letters; one that begins with a dash denies. Without a file the owner has all rights and nobody
/// else has any.
/// </summary>
internal sealed class AccessList
{
    internal const string FileName = "dovecot-acl";

    /// <summary>The identifiers of one list.</summary>
    internal const int MostEntries = 1000;

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly List<AccessEntry> _entries;
    private readonly IReadOnlyList<string> _comments;

    private AccessList(List<AccessEntry> entries, IReadOnlyList<string> comments, int damagedLine)
    {
        _entries = [.. entries.OrderBy(entry => entry.Identifier.Kind).ThenBy(entry => entry.Identifier.Name, StringComparer.Ordinal)];
        _comments = comments;
        DamagedLine = damagedLine;
    }

    /// <summary>That of a mailbox without a file.</summary>
    internal static AccessList None { get; } = new([], [], 0);

    /// <summary>What it says, the least particular first.</summary>
    internal IReadOnlyList<AccessEntry> Entries => _entries;

    /// <summary>The line that cannot be read; 0 if all can. It may deny what others grant: nobody but the owner has any right then, as in Dovecot.</summary>
    internal int DamagedLine { get; }

    internal bool IsEmpty => _entries.Count == 0 && _comments.Count == 0 && DamagedLine == 0;

    /// <summary>Reads a file.</summary>
    internal static AccessList Parse(ReadOnlySpan<byte> octets)
    {
        string[] lines;
        try
        {
            lines = Strict.GetString(octets).Split('\n');
        }
        catch (DecoderFallbackException)
        {
            return new AccessList([], [], damagedLine: 1);
        }

        var entries = new Dictionary<AccessIdentifier, AccessEntry>();
        var comments = new List<string>();
        var damaged = 0;
        for (var i = 0; i < lines.Length; i++)
        {
            var line = lines[i];
            if (line.Length == 0)
                continue;
            if (line[0] == '#')
                comments.Add(line);
            else if (AccessLine.Parse(line) is not { } entry)
                damaged = damaged == 0 ? i + 1 : damaged;
            else
                entries[entry.Identifier] = entries.TryGetValue(entry.Identifier, out var known) ? known.With(entry) : entry;
        }

        return new AccessList([.. entries.Values], comments, damaged);
    }

    /// <summary>The file.</summary>
    internal byte[] Format()
    {
        var text = new StringBuilder();
        foreach (var comment in _comments)
            text.Append(comment).Append('\n');
        foreach (var entry in _entries)
            text.Append(AccessLine.Format(entry));
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    /// <summary>The rights of a user: of what is granted, and of what is denied, the most particular line counts (RFC 4314 section 2 leaves that open; this is Dovecot's way).</summary>
    /// <param name="user">The account's canonical name.</param>
    /// <param name="isOwner">True if the mailbox lies in the user's own account.</param>
    internal MailboxRights RightsOf(string user, bool isOwner)
    {
        if (DamagedLine > 0 && !isOwner)
            return MailboxRights.None;
        var (granted, denied) = (isOwner ? MailboxRights.All : MailboxRights.None, MailboxRights.None);
        foreach (var entry in _entries)
        {
            var isMeant = entry.Identifier.Kind switch
            {
                AccessKind.Anyone or AccessKind.Authenticated => !isOwner,
                AccessKind.Owner => isOwner,
                AccessKind.User => entry.Identifier.Name == user,
                _ => false,
            };
            if (isMeant)
                (granted, denied) = (entry.Granted ?? granted, entry.Denied ?? denied);
        }

        var rights = granted & ~denied;
        return isOwner ? rights | MailboxRights.OfEveryOwner : rights;
    }

    /// <summary>What it says of an identifier; null if nothing.</summary>
    internal AccessEntry? Find(AccessIdentifier identifier) => _entries.Find(entry => entry.Identifier == identifier);

    /// <summary>The list with another entry for an identifier; one that says nothing is no entry.</summary>
    internal AccessList With(AccessEntry entry)
    {
        var others = _entries.FindAll(other => other.Identifier != entry.Identifier);
        if (entry.Granted is not null || entry.Denied is not null)
            others.Add(entry);
        return new AccessList(others, _comments, DamagedLine);
    }

    /// <summary>Those who are not the owner and may see the mailbox, as keys of <see cref="SharingIndex"/>.</summary>
    internal IEnumerable<string> SharedWith(string? owner) => _entries
        .Where(entry => entry.Granted?.HasFlag(MailboxRights.Lookup) == true && entry.Identifier.Kind != AccessKind.Owner && entry.Identifier != AccessIdentifier.User(owner ?? ""))
        .Select(entry => entry.Identifier.Kind switch
        {
            AccessKind.User => "user/" + entry.Identifier.Name,
            AccessKind.Group or AccessKind.GroupOverride => "group/" + entry.Identifier.Name,
            _ => "anyone",
        });
}
