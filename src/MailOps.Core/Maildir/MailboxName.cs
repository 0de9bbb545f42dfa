namespace MailOps.Maildir;

/// <summary>Names of mailboxes as sessions use them: Unicode, levels separated by <see cref="Separator"/>, INBOX in capitals.</summary>
public static class MailboxName
{
    /// <summary>The mailbox that every account has (RFC 3501 section 5.1). In names from clients its case does not matter.</summary>
    public const string Inbox = "INBOX";

    /// <summary>The hierarchy separator that sessions see. On disk it is Maildir++'s dot.</summary>
    public const char Separator = '/';

    /// <summary>The names that stand above one, the nearest first.</summary>
    internal static IEnumerable<string> Above(string name)
    {
        for (var end = name.LastIndexOf(Separator); end > 0; end = name.LastIndexOf(Separator, end - 1))
            yield return name[..end];
    }
}
