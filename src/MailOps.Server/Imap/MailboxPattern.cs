using MailOps.Maildir;

namespace MailOps.Server.Imap;

/// <summary>A pattern of LIST: <c>*</c> stands for anything, <c>%</c> for anything within one level (RFC 3501 section 6.3.8).</summary>
internal readonly struct MailboxPattern(string pattern)
{
    /// <summary>True if the last thing it names is any name of one level.</summary>
    public bool EndsInPercent => pattern.EndsWith('%');

    /// <summary>True if the name fits. INBOX fits in any case.</summary>
    public bool Matches(string name)
    {
        var ignoreCase = name == MailboxName.Inbox;
        // Two places to come back to: the last '*', and the last '%' after it. No pattern takes longer than its length
        // times that of the name.
        var (p, n) = (0, 0);
        var (starP, starN, percentP, percentN) = (-1, 0, -1, 0);
        while (true)
        {
            if (p < pattern.Length && pattern[p] == '*')
            {
                (starP, starN, percentP) = (++p, n, -1);
                continue;
            }

            if (p < pattern.Length && pattern[p] == '%')
            {
                (percentP, percentN) = (++p, n);
                continue;
            }

            if (n == name.Length && p == pattern.Length)
                return true;
            if (n < name.Length && p < pattern.Length && Same(pattern[p], name[n], ignoreCase))
            {
                p++;
                n++;
                continue;
            }

            // A '%' swallows one more, unless that is the separator; then a '*' does.
            if (percentP >= 0 && percentN < name.Length && name[percentN] != MailboxName.Separator)
            {
                (p, n) = (percentP, ++percentN);
                continue;
            }

            if (starP < 0 || starN >= name.Length)
                return false;
            (p, n, percentP) = (starP, ++starN, -1);
        }
    }

    private static bool Same(char a, char b, bool ignoreCase) =>
        a == b || (ignoreCase && char.ToUpperInvariant(a) == b);
}
