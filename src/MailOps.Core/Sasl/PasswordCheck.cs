namespace MailOps.Sasl;

/// <summary>What PLAIN and LOGIN do with a name and a password.</summary>
internal static class PasswordCheck
{
    /// <summary>Checks the password first, then whether the identities agree.</summary>
    /// <param name="store">Where the password is checked.</param>
    /// <param name="authorization">The identity to act as; empty means the same as <paramref name="user"/>.</param>
    /// <param name="user">The identity whose password it is.</param>
    /// <param name="password">The password.</param>
    /// <param name="cancel">Ends the wait.</param>
    public static async ValueTask<SaslStep> CheckAsync(ICredentialStore store, string authorization, string user, string password, CancellationToken cancel)
    {
        // The password comes first: who does not know it learns nothing about who may act as whom (RFC 4616 section 2).
        var account = await store.VerifyPasswordAsync(user, password, cancel).ConfigureAwait(false);
        if (account is null)
            return new SaslStep.Failure(SaslFailure.InvalidCredentials, user);

        return SaslIdentity.MayActAs(authorization, user, account)
            ? new SaslStep.Success(account)
            : new SaslStep.Failure(SaslFailure.NotAuthorized, user);
    }
}
