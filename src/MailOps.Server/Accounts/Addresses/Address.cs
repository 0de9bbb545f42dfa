namespace MailOps.Server.Accounts.Addresses;

/// <summary>An address of this server: what a recipient, an alias or its target is.</summary>
/// <param name="Local">The local part as it is written; empty for all of a domain (<c>@example.com</c>).</param>
/// <param name="Domain">The domain in lower case and ASCII.</param>
internal readonly record struct Address(string Local, string Domain)
{
    /// <summary>True for <c>@example.com</c>.</summary>
    public bool IsWholeDomain => Local.Length == 0;

    /// <summary>Reads <c>local@domain</c>, a bare name, or <c>@domain</c>.</summary>
    /// <param name="text">The address.</param>
    /// <param name="defaultDomain">The domain of a bare name; without one a bare name is refused.</param>
    /// <param name="address">The address.</param>
    public static bool TryParse(string text, string? defaultDomain, out Address address)
    {
        address = default;
        if (text.StartsWith('@'))
        {
            if (!AccountName.TryDomain(text[1..], out var whole))
                return false;
            address = new Address("", whole);
            return true;
        }

        if (!AccountName.TrySplit(text, defaultDomain, out var local, out var domain))
            return false;
        address = new Address(local, domain);
        return true;
    }

    public override string ToString() => $"{Local}@{Domain}";
}
