namespace MailOps.Server.Accounts.Addresses;

/// <summary>
/// Who gets the mail for an address: accounts, aliases and the rules of domains in one state of their files. Of an
/// address an alias goes first, then an account, then the same without its detail, then what takes all of the domain.
/// </summary>
internal sealed partial class AddressBook
{
    private readonly DomainRules _rules;
    private readonly HashSet<string> _domains;
    private readonly Address? _postmaster;
    private readonly List<string> _names = [];
    private readonly AddressIndex<string> _accounts;
    private readonly AddressIndex<Alias> _aliases;

    /// <summary>Puts a book together.</summary>
    /// <param name="accounts">The canonical names of the accounts, in the order of the file.</param>
    /// <param name="aliases">The aliases; of two with one name the first counts.</param>
    /// <param name="rules">The rules of domains.</param>
    /// <param name="domains">The domains whose mail is taken, canonical.</param>
    /// <param name="postmaster">Who gets the mail for postmaster and abuse where neither an account nor an alias does.</param>
    public AddressBook(IEnumerable<string> accounts, IEnumerable<Alias> aliases, DomainRules rules, HashSet<string> domains, Address? postmaster)
    {
        _rules = rules;
        _domains = domains;
        _postmaster = postmaster;
        _accounts = new AddressIndex<string>(rules);
        _aliases = new AddressIndex<Alias>(rules);
        foreach (var name in accounts)
        {
            if (Address.TryParse(name, null, out var address) && _accounts.TryAdd(address, name))
                _names.Add(name);
        }

        foreach (var alias in aliases)
        {
            if (_aliases.TryAdd(alias.Name, alias))
                Aliases.Add(alias);
        }

        // One that reaches nobody is as good as none.
        _postmaster = postmaster is { } named && IsKnown(named) ? named : null;
    }

    /// <summary>The aliases that count, in the order of the file.</summary>
    public List<Alias> Aliases { get; } = [];

    public bool IsOurs(string domain) => _domains.Contains(domain);

    /// <summary>An address in the form in which it is compared.</summary>
    public Address Fold(Address address) => address with { Local = _rules.For(address.Domain).Fold(address.Local) };

    /// <summary>The alias of exactly this name, or null.</summary>
    public Alias? FindAlias(Address name) => _aliases.Find(name);

    /// <summary>The account that an address is a form of, its detail left out; aliases are not looked at.</summary>
    public string? FindAccount(Address address) =>
        _rules.For(address.Domain).Split(address.Local).Select(part => _accounts.Find(address with { Local = part.Name })).FirstOrDefault(found => found is not null);

    /// <summary>True if an account's mail includes that for an address: its own, an alias that leads to it, or a form of either with a detail.</summary>
    public bool Owns(string account, Address address) =>
        FindAccount(address) == account
        || Resolve(address) is { IsRoleWithoutAccount: false } resolution && resolution.Addressees.Any(one => one.Account == account);

    /// <summary>Everybody whom the mail for an address reaches. An alias is followed once, whatever leads back to it.</summary>
    public Resolution Resolve(Address asked)
    {
        var followed = new HashSet<Alias>(ReferenceEqualityComparer.Instance);
        var addressees = new List<Addressee>();
        var outside = new List<OutsideTarget>();
        var open = new Stack<(Address Address, Address Via)>([(asked, asked)]);
        var withoutAccount = false;
        while (open.TryPop(out var next))
        {
            var (address, via) = next;
            switch (Find(address, followed))
            {
                case null when !IsOurs(address.Domain):
                    if (outside.TrueForAll(one => one.Address != address))
                        outside.Add(new OutsideTarget(address, via));
                    break;
                case null when DomainRule.IsRole(address.Local) && (_postmaster ?? FirstAccount(address.Domain)) is { } responsible && responsible != address:
                    withoutAccount |= _postmaster is null;
                    open.Push((responsible, via));
                    break;
                case { Account: { } account } found when addressees.TrueForAll(one => one.Account != account):
                    addressees.Add(new Addressee(account, AddressOf(account, found.Detail)));
                    break;
                case { Alias: { } alias } found when followed.Add(alias):
                    // One that is kept for a domain of others is none that mail could come back to.
                    var last = IsOurs(address.Domain) ? address : via;
                    for (var at = alias.Targets.Count - 1; at >= 0; at--)
                        open.Push((TargetOf(alias.Targets[at], address, found.Detail), last));
                    break;
            }
        }

        return new Resolution(addressees, outside, withoutAccount);
    }

    /// <summary>True if an address is one of an account or an alias here, or all of a domain takes it.</summary>
    public bool IsKnown(Address address) => Find(address, followed: null) is not null;

    /// <summary>The alias that mail for an address meets next, or null where it meets an account or nobody.</summary>
    public Alias? NextAlias(Address address) => Find(address, followed: null)?.Alias;

    /// <summary>The target of an alias for one address: with its local part where a whole domain is named, and with its detail where there is room for one.</summary>
    public Address TargetOf(Address target, Address address, string detail)
    {
        if (target.IsWholeDomain)
            return target with { Local = address.Local };

        var rule = _rules.For(target.Domain);
        return detail.Length == 0 || !IsOurs(target.Domain) || rule.Separators.Length == 0 || rule.HasDetail(target.Local)
            ? target
            : target with { Local = $"{target.Local}{rule.Separators[0]}{detail[1..]}" };
    }

    // Without a set of those that were followed, aliases alone; with it, an alias that was followed leaves the way to the account of its name.
    private Found? Find(Address address, HashSet<Alias>? followed)
    {
        foreach (var (name, detail) in _rules.For(address.Domain).Split(address.Local))
        {
            var part = address with { Local = name };
            var alias = _aliases.Find(part);
            if (alias is not null && followed?.Contains(alias) is not true)
                return new Found(alias, null, detail);
            if (_accounts.Find(part) is { } account)
                return new Found(null, account, detail);
            if (alias is not null)
                return null;
        }

        // Who is named for postmaster goes before who takes everything else.
        var isNamedRole = _postmaster is not null && DomainRule.IsRole(address.Local) && IsOurs(address.Domain);
        return !isNamedRole && _aliases.Find(address with { Local = "" }) is { } whole && followed?.Contains(whole) is not true ? new Found(whole, null, "") : null;
    }

    // RFC 5321 section 4.5.1: postmaster reaches somebody in every domain that mail is taken for.
    private Address? FirstAccount(string domain)
    {
        var first = _names.Find(name => name.EndsWith('@' + domain, StringComparison.Ordinal)) ?? _names.FirstOrDefault();
        return first is not null && Address.TryParse(first, null, out var address) ? address : null;
    }

    private static string AddressOf(string account, string detail) =>
        detail.Length == 0 ? account : account.Insert(account.LastIndexOf('@'), detail);

    private sealed record Found(Alias? Alias, string? Account, string Detail);
}
