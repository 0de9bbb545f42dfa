namespace MailOps.Client.Mailboxes;

/// <summary>What a POP3 server's listing tells of a message.</summary>
/// <param name="Number">Its number, from 1, valid for the session.</param>
/// <param name="Size">Octets, as the server says.</param>
/// <param name="Uidl">Its unique id (RFC 1939 section 7, UIDL), or null if the server has none.</param>
public sealed record Pop3Entry(int Number, long Size, string? Uidl);
