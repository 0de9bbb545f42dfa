using MailOps.Server.Accounts;

namespace MailOps.Cmdlets.Aliases;

/// <summary>An alias of a mail store.</summary>
public sealed class MailAlias
{
    /// <summary>The address, or @domain for all mail of a domain that nobody else gets.</summary>
    public string Name { get; init; } = "";

    /// <summary>Where its mail goes, as the file has it: accounts, other aliases, a whole domain for the same name there.</summary>
    public string[] Target { get; init; } = [];

    /// <summary>The accounts that get its mail in the end.</summary>
    public string[] DeliversTo { get; init; } = [];

    /// <summary>Addresses of other servers that it leads to. A server with -Outbound sends its mail on there; one without refuses it.</summary>
    public string[] External { get; init; } = [];

    /// <summary>The store's folder.</summary>
    public string StorePath { get; init; } = "";

    /// <summary>The alias's name.</summary>
    public override string ToString() => Name;

    internal static MailAlias From(AliasRecord record, string storePath) => new()
    {
        Name = record.Name,
        Target = [.. record.Targets],
        DeliversTo = [.. record.Accounts],
        External = [.. record.Outside],
        StorePath = storePath,
    };
}
