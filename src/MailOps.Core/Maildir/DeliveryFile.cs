namespace MailOps.Maildir;

/// <summary>A file in the store, but in no mailbox, that a delivery goes to: its owner writes something of its own behind the message.</summary>
/// <param name="Path">Where; the name must be free, and the directory is there.</param>
/// <param name="Trailer">What stands behind the message.</param>
/// <param name="LeftOut">Octets at the message's beginning that this file does not get: they are for mailboxes alone.</param>
internal sealed record DeliveryFile(string Path, ReadOnlyMemory<byte> Trailer, int LeftOut = 0);
