namespace MailOps.Server.Accounts.Schemes;

/// <summary>One way to store a password, named as Dovecot names it: the file holds <c>{NAME}hash</c>.</summary>
internal abstract class PasswordScheme
{
    /// <summary>The name between the braces, in upper case.</summary>
    public abstract string Name { get; }

    /// <summary>Why no new hash of this scheme is made, or null if it is.</summary>
    public virtual string? NotMadeBecause => null;

    /// <summary>True if the hash can be checked: its form is right, and its cost is within reason.</summary>
    /// <param name="hash">What stands after the braces.</param>
    public abstract bool IsWellFormed(string hash);

    /// <summary>True if the hash is that of the password. Takes as long as the hash asks for; compares in constant time.</summary>
    /// <param name="password">The password, without NUL.</param>
    /// <param name="hash">A hash that <see cref="IsWellFormed"/>.</param>
    public abstract bool Verify(string password, string hash);

    /// <summary>A new hash with a random salt.</summary>
    public abstract string Make(string password);
}
