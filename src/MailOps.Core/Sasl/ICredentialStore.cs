namespace MailOps.Sasl;

/// <summary>Where the server's mechanisms look credentials up. Names are given as the client sent them; the store decides what they mean.</summary>
public interface ICredentialStore
{
    /// <summary>Checks a password.</summary>
    /// <returns>The account's canonical name, or null if there is no such account or the password is wrong. Both take the same time.</returns>
    ValueTask<string?> VerifyPasswordAsync(string user, string password, CancellationToken cancel);

    /// <summary>The keys of an account for a SCRAM mechanism, or null if there is no such account or it has none.</summary>
    /// <param name="user">The name as the client sent it, after SASLprep.</param>
    /// <param name="mechanism"><c>SCRAM-SHA-256</c> or <c>SCRAM-SHA-1</c>.</param>
    /// <param name="cancel">Ends the wait.</param>
    ValueTask<ScramKeys?> FindScramKeysAsync(string user, string mechanism, CancellationToken cancel);

    /// <summary>The key of an account for CRAM-MD5, or null if there is no such account or its password is not stored in a form that gives one.</summary>
    /// <param name="user">The name as the client sent it.</param>
    /// <param name="cancel">Ends the wait.</param>
    ValueTask<CramMd5Keys?> FindCramMd5KeysAsync(string user, CancellationToken cancel);

    /// <summary>The canonical name of an account that may log in with something else than a password, or null if there is none or it is locked.</summary>
    /// <param name="user">The name that a certificate or a token gives.</param>
    /// <param name="cancel">Ends the wait.</param>
    ValueTask<string?> FindAccountAsync(string user, CancellationToken cancel);
}
