namespace MailOps.Server.Imap.Search;

/// <summary>One step by which a result changes (RFC 5267 section 4.3.2).</summary>
/// <param name="Position">The context position, counted from 1; 0 where each message has its place by its number.</param>
/// <param name="Uids">Messages that follow one another in the result.</param>
internal readonly record struct ResultStep(int Position, IReadOnlyList<uint> Uids);
