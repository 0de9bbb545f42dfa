namespace MailOps.Server.Accounts.Addresses;

/// <summary>An address of another server that an alias leads to.</summary>
/// <param name="Address">The address.</param>
/// <param name="Via">The address here that leads there at last, its detail included: what Delivered-To of the copy says, so that one which comes back is known.</param>
internal readonly record struct OutsideTarget(Address Address, Address Via);
