namespace MailOps.Maildir.Watching;

/// <summary>What happened in an account since it was asked last.</summary>
/// <param name="Touched">Mailboxes whose messages may have changed, each once.</param>
/// <param name="Changes">What happened to the mailboxes themselves, in its order.</param>
/// <param name="IsOverflow">True if more happened to the mailboxes than is kept for one who does not ask: it is not known any more.</param>
public sealed record AccountNews(IReadOnlyCollection<string> Touched, IReadOnlyList<AccountChange> Changes, bool IsOverflow);
