namespace MailOps.Maildir.Access;

/// <summary>Rights as letters (RFC 4314 section 2).</summary>
internal static class RightsText
{
    /// <summary>The letters in the order of the bits.</summary>
    internal const string Letters = "lrswipkxtea";

    // What dovecot-acl calls them, in the same order.
    private static readonly string[] Names =
        ["lookup", "read", "write-seen", "write", "insert", "post", "create", "delete", "write-deleted", "expunge", "admin"];

    /// <summary>Reads letters: those of the rights, and the obsolete <c>c</c> and <c>d</c>, which stand for <c>kx</c> and <c>te</c> (section 2.1.1).</summary>
    /// <returns>The letter that is none; null if all are.</returns>
    internal static char? Parse(ReadOnlySpan<char> text, out MailboxRights rights)
    {
        rights = MailboxRights.None;
        foreach (var letter in text)
        {
            var found = letter switch
            {
                'c' => MailboxRights.CreateBelow | MailboxRights.DeleteMailbox,
                'd' => MailboxRights.DeleteMessages | MailboxRights.Expunge,
                _ => OfLetter(letter),
            };
            if (found == MailboxRights.None)
                return letter;
            rights |= found;
        }

        return null;
    }

    /// <summary>The right with a letter of its own; none for another letter.</summary>
    internal static MailboxRights OfLetter(char letter) =>
        Letters.IndexOf(letter, StringComparison.Ordinal) is >= 0 and var bit ? (MailboxRights)(1 << bit) : MailboxRights.None;

    /// <summary>The right that a <c>dovecot-acl</c> names in words; none for another word.</summary>
    internal static MailboxRights OfName(string name) =>
        Array.IndexOf(Names, name) is >= 0 and var bit ? (MailboxRights)(1 << bit) : MailboxRights.None;

    /// <summary>The letters of rights.</summary>
    internal static string Format(MailboxRights rights) => string.Concat(Letters.Where((_, bit) => ((int)rights & (1 << bit)) != 0));

    /// <summary>The letters of rights as clients are told them: with <c>c</c> and <c>d</c> where one of theirs is there (RFC 4314 section 2.1.1).</summary>
    internal static string Tell(MailboxRights rights) =>
        Format(rights)
        + ((rights & (MailboxRights.CreateBelow | MailboxRights.DeleteMailbox)) != MailboxRights.None ? "c" : "")
        + ((rights & (MailboxRights.DeleteMessages | MailboxRights.Expunge)) != MailboxRights.None ? "d" : "");
}
