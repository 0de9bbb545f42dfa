using System.Management.Automation;
using MailOps.Client.Mailboxes;
using MailOps.Client.Migration;
using MailOps.Cmdlets.Runtime;

namespace MailOps.Cmdlets.Migration;

/// <summary>Who logs in to a mailbox on a server: a credential, or access tokens.</summary>
/// <param name="Credential">The login; null for none.</param>
/// <param name="Tokens">The tokens; null for none.</param>
/// <param name="AuthorizationId">Whose mailbox the credential opens; null for its own.</param>
/// <param name="Parameter">What the parameters are called, without Credential and AccessToken: From.</param>
internal sealed record MailboxLogin(PSCredential? Credential, AccessTokens? Tokens, string? AuthorizationId, string Parameter)
{
    /// <summary>Takes what was given for a mailbox. On the pipeline's thread, whose session a script belongs to.</summary>
    /// <exception cref="MigrationException">Both were given, neither, a token without an account, or an identity to act as without a login.</exception>
    /// <exception cref="ArgumentException">The token is none.</exception>
    public static MailboxLogin Of(MailboxLocation location, PSCredential? credential, object? token, string? authorizationId, string parameter)
    {
        if (credential is not null && token is not null)
            throw Missing($"Give -{parameter}Credential or -{parameter}AccessToken, and not both.");
        if (authorizationId is not null && token is not null)
            throw Missing($"An access token is for the account that it is asked for: leave -{parameter}AuthorizationId out, and name that account in the address.");
        if (authorizationId is not null && location.Server is null)
            throw Missing($"{location} is on no server, where nobody logs in: leave -{parameter}AuthorizationId out.");
        if (location.Server is not null && credential is null && token is null)
            throw Missing($"{location} is on a server, which wants a login: give -{parameter}Credential, or -{parameter}AccessToken.");
        if (location.Server is not null && token is not null && location.UserName is null)
            throw Missing($"{location} names no account, for which the access token is: write it as {location.Scheme.Prefix}user@{location.ToString()[location.Scheme.Prefix.Length..]}.");
        return new MailboxLogin(credential, token is null ? null : ScriptTokens.From(token, location.UserName ?? ""), authorizationId, parameter);
    }

    private static MigrationException Missing(string message) => new(MigrationFault.CredentialMissing, message);
}
