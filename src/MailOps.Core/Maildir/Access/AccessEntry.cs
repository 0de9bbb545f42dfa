namespace MailOps.Maildir.Access;

/// <summary>What an access list says of one identifier.</summary>
/// <param name="Identifier">Whom it is about.</param>
/// <param name="Granted">The rights that it has; null if nothing is said of that. None is something.</param>
/// <param name="Denied">The rights that it has not, whatever grants them (negative rights, RFC 4314 section 2); null if nothing is said of that.</param>
public sealed record AccessEntry(AccessIdentifier Identifier, MailboxRights? Granted, MailboxRights? Denied)
{
    /// <summary>Words among what is granted that only Dovecot knows.</summary>
    internal IReadOnlyList<string> GrantedWords { get; init; } = [];

    /// <summary>Words among what is denied that only Dovecot knows.</summary>
    internal IReadOnlyList<string> DeniedWords { get; init; } = [];

    /// <summary>What two lines about the same identifier say together.</summary>
    internal AccessEntry With(AccessEntry other) => new(
        Identifier,
        Granted is null ? other.Granted : Granted | (other.Granted ?? MailboxRights.None),
        Denied is null ? other.Denied : Denied | (other.Denied ?? MailboxRights.None))
    {
        GrantedWords = [.. GrantedWords.Union(other.GrantedWords, StringComparer.Ordinal)],
        DeniedWords = [.. DeniedWords.Union(other.DeniedWords, StringComparer.Ordinal)],
    };
}
