namespace MailOps.Server.Accounts;

/// <summary>An account as administration sees it: no secret is in it.</summary>
/// <param name="Name">The name: <c>local@domain</c> in lower case, or as it stands in the file where it has no domain.</param>
/// <param name="Scheme">The scheme of its password; null if the field is empty.</param>
/// <param name="CanUsePassword">True if a password can be checked: the scheme is known and the hash is of its form.</param>
/// <param name="ScramMechanisms">The SCRAM mechanisms that it has keys for.</param>
/// <param name="MailPath">Where its mail is or will be; null for a name without a domain.</param>
/// <param name="IsLocked">True if it was locked: nobody logs in to it.</param>
public sealed record AccountRecord(string Name, string? Scheme, bool CanUsePassword, IReadOnlyList<string> ScramMechanisms, string? MailPath, bool IsLocked);
