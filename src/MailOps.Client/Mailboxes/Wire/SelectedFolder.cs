namespace MailOps.Client.Mailboxes.Wire;

/// <summary>What a server tells of a folder that is opened (RFC 9051 section 6.3.2).</summary>
/// <param name="Name">The folder's name.</param>
/// <param name="UidValidity">UIDs hold as long as this is the same.</param>
/// <param name="UidNext">Above every UID that was given; 0 if the server does not say.</param>
/// <param name="Exists">Its messages.</param>
/// <param name="HighestModSeq">The highest mod-sequence (RFC 7162); 0 if it keeps none.</param>
/// <param name="Flags">The flags and keywords that it has; null if the server does not say.</param>
internal sealed record SelectedFolder(string Name, uint UidValidity, uint UidNext, int Exists, ulong HighestModSeq, IReadOnlyCollection<string>? Flags);
