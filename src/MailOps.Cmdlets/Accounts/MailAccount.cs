using MailOps.Server.Accounts;

namespace MailOps.Cmdlets.Accounts;

/// <summary>An account of a mail store. Neither a password nor a hash is in it.</summary>
public sealed class MailAccount
{
    /// <summary>The account's name: an address in lower case. A name without a domain stands in the file like that and belongs to the server's first domain.</summary>
    public string Name { get; init; } = "";

    /// <summary>The scheme that its password is stored by, such as ARGON2ID. Empty if it has no password.</summary>
    public string Scheme { get; init; } = "";

    /// <summary>True if a password can be checked. False for an account that is locked, or whose scheme is not known.</summary>
    public bool CanLogin { get; init; }

    /// <summary>True if Lock-MailAccount locked it.</summary>
    public bool IsLocked { get; init; }

    /// <summary>True if it can log in by SCRAM-SHA-256, without sending its password.</summary>
    public bool HasScramKeys { get; init; }

    /// <summary>The SCRAM mechanisms that it has keys for.</summary>
    public string[] ScramMechanisms { get; init; } = [];

    /// <summary>The folder that its mail is in, or will be. Empty for a name without a domain.</summary>
    public string MailPath { get; init; } = "";

    /// <summary>The store's folder.</summary>
    public string StorePath { get; init; } = "";

    /// <summary>The account's name.</summary>
    public override string ToString() => Name;

    internal static MailAccount From(AccountRecord record, string storePath) => new()
    {
        Name = record.Name,
        Scheme = record.Scheme ?? "",
        CanLogin = record.CanUsePassword || record.ScramMechanisms.Count > 0,
        IsLocked = record.IsLocked,
        HasScramKeys = record.ScramMechanisms.Contains("SCRAM-SHA-256", StringComparer.Ordinal),
        ScramMechanisms = [.. record.ScramMechanisms],
        MailPath = record.MailPath ?? "",
        StorePath = storePath,
    };
}
