namespace MailOps.Client.Mailboxes;

/// <summary>An access token for one login.</summary>
/// <param name="Text">The token.</param>
/// <param name="IsFresh">True if it was asked for just now: a server that refuses it will refuse the next as well.</param>
internal sealed record AccessToken(string Text, bool IsFresh)
{
    /// <summary>Nothing of it.</summary>
    public override string ToString() => "an access token";
}
