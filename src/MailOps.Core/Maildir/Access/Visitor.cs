namespace MailOps.Maildir.Access;

/// <summary>Who works in an account, where rights count.</summary>
/// <param name="User">The canonical name of his account.</param>
/// <param name="IsOwner">True if it is this account.</param>
/// <param name="Prefix">What stands before the names of the account's mailboxes as he sees them: empty in his own.</param>
internal sealed record Visitor(string User, bool IsOwner, string Prefix)
{
    /// <summary>What stands for his session: what it does itself it is not told of. Null where nobody listens.</summary>
    public object? Session { get; init; }
}
