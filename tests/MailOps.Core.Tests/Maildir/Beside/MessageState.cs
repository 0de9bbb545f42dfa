namespace MailOps.Core.Tests.Maildir.Beside;

/// <summary>All that a program tells of a message.</summary>
/// <param name="Uid">Its UID.</param>
/// <param name="Flags">Flags and keywords in order, without \Recent.</param>
/// <param name="Date">INTERNALDATE, in seconds since 1970.</param>
/// <param name="Size">RFC822.SIZE.</param>
/// <param name="Guid">Its GUID, as 128 bits in hex.</param>
/// <param name="Hash">Of its content.</param>
internal sealed record MessageState(uint Uid, string Flags, long Date, long Size, string Guid, string Hash);
