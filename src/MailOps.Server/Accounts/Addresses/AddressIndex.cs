namespace MailOps.Server.Accounts.Addresses;

/// <summary>Finds what belongs to an address, by the rules of its domain. Where dots are ignored, a name that is written exactly so goes first.</summary>
internal sealed class AddressIndex<TValue>(DomainRules rules)
    where TValue : class
{
    private readonly Dictionary<Address, TValue> _exact = [];
    private readonly Dictionary<Address, TValue> _withoutDots = [];

    /// <summary>Adds an address; false if it is there already.</summary>
    public bool TryAdd(Address address, TValue value)
    {
        var rule = rules.For(address.Domain);
        var folded = address with { Local = rule.Fold(address.Local) };
        if (!_exact.TryAdd(folded, value))
            return false;
        if (rule.AreDotsIgnored)
            _withoutDots.TryAdd(WithoutDots(folded), value);
        return true;
    }

    /// <summary>What belongs to an address without its detail.</summary>
    public TValue? Find(Address address)
    {
        var rule = rules.For(address.Domain);
        var folded = address with { Local = rule.Fold(address.Local) };
        return _exact.TryGetValue(folded, out var value) || (rule.AreDotsIgnored && _withoutDots.TryGetValue(WithoutDots(folded), out value)) ? value : null;
    }

    private static Address WithoutDots(Address address) => address with { Local = address.Local.Replace(".", "", StringComparison.Ordinal) };
}
