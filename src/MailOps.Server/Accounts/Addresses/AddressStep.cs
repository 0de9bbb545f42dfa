namespace MailOps.Server.Accounts.Addresses;

/// <summary>A step of mail for an address on its way to accounts.</summary>
/// <param name="Kind">What was met.</param>
/// <param name="Address">The address.</param>
/// <param name="Found">The account, or the name of the alias; empty where there is none.</param>
/// <param name="Targets">Where it leads on to; empty at the end.</param>
internal sealed record AddressStep(AddressStepKind Kind, string Address, string Found, IReadOnlyList<string> Targets);
