namespace MailOps.Server.Accounts.Addresses;

/// <summary>An alias as the file has it.</summary>
/// <param name="Name">The address, or the whole domain.</param>
/// <param name="Targets">Where its mail goes: addresses, or a whole domain, which stands for the same name there.</param>
/// <param name="Line">The line that it starts in, from 1.</param>
internal sealed record Alias(Address Name, IReadOnlyList<Address> Targets, int Line);
