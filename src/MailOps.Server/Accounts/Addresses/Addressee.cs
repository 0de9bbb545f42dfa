namespace MailOps.Server.Accounts.Addresses;

/// <summary>An account that gets a message.</summary>
/// <param name="Account">Its canonical name.</param>
/// <param name="Address">The address by which it was reached in the end, its detail included: what Delivered-To says.</param>
internal readonly record struct Addressee(string Account, string Address);
