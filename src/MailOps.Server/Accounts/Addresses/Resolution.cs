namespace MailOps.Server.Accounts.Addresses;

/// <summary>Where the mail for an address goes.</summary>
/// <param name="Addressees">The accounts, each once.</param>
/// <param name="Outside">Addresses of other servers, each once.</param>
/// <param name="IsRoleWithoutAccount">True if it is postmaster or abuse, nobody was named for it, and the first account gets it.</param>
internal sealed record Resolution(IReadOnlyList<Addressee> Addressees, IReadOnlyList<OutsideTarget> Outside, bool IsRoleWithoutAccount);
