namespace MailOps.Sasl;

/// <summary>Who may act as whom: everybody as themselves, nobody as another.</summary>
internal static class SaslIdentity
{
    /// <summary>True if the authorization identity is empty, the name that logged in, or the account behind it.</summary>
    public static bool MayActAs(string authorization, string user, string account) =>
        authorization.Length == 0
        || string.Equals(authorization, user, StringComparison.Ordinal)
        || string.Equals(authorization, account, StringComparison.OrdinalIgnoreCase);
}
