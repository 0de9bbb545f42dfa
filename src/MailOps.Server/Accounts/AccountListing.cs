using MailOps.Server.Accounts.Files;

namespace MailOps.Server.Accounts;

/// <summary>What a file of accounts holds.</summary>
/// <param name="Path">The file.</param>
/// <param name="Accounts">The accounts in the order of the file.</param>
/// <param name="Problems">Lines that count for nothing, and why.</param>
public sealed record AccountListing(string Path, IReadOnlyList<AccountRecord> Accounts, IReadOnlyList<LineProblem> Problems);
