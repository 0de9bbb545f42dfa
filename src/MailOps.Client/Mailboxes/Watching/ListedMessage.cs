namespace MailOps.Client.Mailboxes.Watching;

/// <summary>A message as a watch knows it before it is read.</summary>
/// <param name="Uid">Its UID.</param>
/// <param name="Arrived">INTERNALDATE.</param>
/// <param name="Size">Octets.</param>
internal readonly record struct ListedMessage(uint Uid, DateTimeOffset? Arrived, uint? Size);
