namespace MailOps.Server.Accounts;

/// <summary>An alias as administration sees it.</summary>
/// <param name="Name">The address, or <c>@domain</c> for all of a domain that nobody else gets.</param>
/// <param name="Targets">Where its mail goes, as the file has it.</param>
/// <param name="Accounts">The accounts that get its mail in the end.</param>
/// <param name="Outside">Addresses of other servers that it leads to.</param>
public sealed record AliasRecord(string Name, IReadOnlyList<string> Targets, IReadOnlyList<string> Accounts, IReadOnlyList<string> Outside);
