namespace MailOps.Server.Accounts.Addresses;

/// <summary>The rules of all domains. One without a line in the file has the usual ones.</summary>
internal sealed class DomainRules(IEnumerable<DomainRule> rules)
{
    private readonly Dictionary<string, DomainRule> _rules = rules.ToDictionary(rule => rule.Domain, StringComparer.Ordinal);

    /// <summary>The domains that have a rule of their own.</summary>
    public IEnumerable<string> Domains => _rules.Keys;

    public DomainRule For(string domain) => _rules.TryGetValue(domain, out var rule) ? rule : new DomainRule(domain);
}
