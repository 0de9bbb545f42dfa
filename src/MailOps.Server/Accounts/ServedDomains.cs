namespace MailOps.Server.Accounts;

/// <summary>The domains that a server takes mail for.</summary>
internal static class ServedDomains
{
    /// <summary>The domains in canonical form. The first is the default one.</summary>
    /// <exception cref="ArgumentException">There is none, or one is no domain.</exception>
    public static HashSet<string> Parse(IReadOnlyList<string> domains, out string defaultDomain)
    {
        if (domains.Count == 0)
            throw new ArgumentException("At least one domain is needed.");

        var parsed = domains
            .Select(text => AccountName.TryDomain(text, out var domain) ? domain : throw new ArgumentException(NoDomain(text)))
            .ToList();
        defaultDomain = parsed[0];
        return parsed.ToHashSet(StringComparer.Ordinal);
    }

    /// <summary>What is said of a text that is no domain.</summary>
    public static string NoDomain(string text) => $"'{text}' is not the name of a domain. Write it as in example.com.";

    /// <summary>True if an address is bare or its domain is among them.</summary>
    public static bool Serves(HashSet<string> domains, string address)
    {
        var at = address.LastIndexOf('@');
        return at < 0 || (AccountName.TryDomain(address[(at + 1)..], out var domain) && domains.Contains(domain));
    }
}
