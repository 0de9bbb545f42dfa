using MailOps.Maildir;

namespace MailOps.Server.Imap;

/// <summary>The object identifiers of RFC 8474. A letter in front keeps those of mailboxes and messages apart.</summary>
internal static class ObjectId
{
    private const int Longest = 255;

    /// <summary>A mailbox's, whatever its name.</summary>
    public static string OfMailbox(string guid) => "F" + guid;

    /// <summary>A message's: a copy has that of its source.</summary>
    public static string OfMessage(IMailbox mailbox, MailboxMessage message) => "M" + mailbox.GuidOf(message);

    /// <summary>Reads one; its case counts.</summary>
    public static bool TryParse(ref ImapReader reader, out string id) =>
        reader.Atom(out id) && id.Length <= Longest && id.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-');
}
