using MailOps.Server.Connections;

namespace MailOps.Server.Accounts;

/// <summary>Mail for postmaster or abuse goes to the first account, because nobody was named for it: make an alias or an account of that name, or start the server with a postmaster.</summary>
public sealed record RoleAddressUnassigned : ServerEvent
{
    /// <summary>The address that the mail is for.</summary>
    public required string Address { get; init; }

    /// <summary>The account that gets it.</summary>
    public required string Account { get; init; }
}
