namespace MailOps.Client.Mailboxes;

/// <summary>A folder whose messages were listed: their UIDs hold as long as its UIDVALIDITY is the same (RFC 9051 section 2.3.1.1).</summary>
/// <param name="Name">The folder's full name.</param>
/// <param name="UidValidity">Its UIDVALIDITY when they were listed; null if that is not to be looked at.</param>
public sealed record ListedFolder(string Name, uint? UidValidity)
{
    /// <summary>A folder by its name, whatever its UIDVALIDITY.</summary>
    public static implicit operator ListedFolder(string name) => FromString(name);

    /// <summary>A folder by its name, whatever its UIDVALIDITY.</summary>
    public static ListedFolder FromString(string name) => new(name, UidValidity: null);
}
