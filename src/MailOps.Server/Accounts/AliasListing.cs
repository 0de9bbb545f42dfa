using MailOps.Server.Accounts.Files;

namespace MailOps.Server.Accounts;

/// <summary>What a file of aliases holds.</summary>
/// <param name="Path">The file.</param>
/// <param name="Aliases">The aliases in the order of the file.</param>
/// <param name="Problems">What is wrong, by line.</param>
public sealed record AliasListing(string Path, IReadOnlyList<AliasRecord> Aliases, IReadOnlyList<LineProblem> Problems);
