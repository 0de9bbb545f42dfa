using MailOps.Server.Accounts.Files;

namespace MailOps.Server.Accounts.Addresses;

/// <summary>What the aliases of a store are checked against while no server is asked: its accounts, its domains, and their rules.</summary>
internal sealed class StoreAddresses
{
    // A bare name belongs to the server's first domain; where that is not known, bare names belong together.
    private const string UnknownDomain = "bare.invalid";

    private readonly string _storePath;
    private readonly HashSet<string>? _named;
    private readonly Lazy<DomainRules> _rules;

    /// <summary>The addresses of a store.</summary>
    /// <exception cref="AccountException">What should be a domain is none.</exception>
    public StoreAddresses(string storePath, IReadOnlyList<string> domains)
    {
        _storePath = storePath;
        _rules = new Lazy<DomainRules>(() => new DomainRules(Read(DomainFile.InStore(storePath, TimeProvider.System)).Rules));
        if (domains.Count == 0)
            return;

        try
        {
            _named = ServedDomains.Parse(domains, out var first);
            NamedDefaultDomain = first;
        }
        catch (ArgumentException e)
        {
            throw new AccountException(AccountFault.InvalidDomain, e.Message, e);
        }
    }

    /// <summary>The domain of bare names, if the server's domains were named.</summary>
    public string? NamedDefaultDomain { get; }

    public string DefaultDomain => NamedDefaultDomain ?? UnknownDomain;

    public DomainRules Rules => _rules.Value;

    /// <summary>An address in the form in which its domain compares it.</summary>
    public Address Fold(Address address) => address with { Local = Rules.For(address.Domain).Fold(address.Local) };

    /// <summary>An address as it is written into the file: a bare name stays one.</summary>
    public string TextOf(Address address) => TextOf(address.ToString());

    /// <inheritdoc cref="TextOf(Address)"/>
    public string TextOf(string address) => NamedDefaultDomain is null && address.EndsWith("@" + UnknownDomain, StringComparison.Ordinal) ? address[..^(UnknownDomain.Length + 1)] : address;

    /// <summary>Throws if there is no store.</summary>
    public void Require()
    {
        if (!Directory.Exists(_storePath))
            throw new AccountException(AccountFault.StoreNotFound, $"There is no mail store at '{_storePath}'. New-MailAccount or Start-MailServer makes one.");
    }

    /// <summary>The book of the store as it is, with these aliases.</summary>
    public AddressBook BookWith(IReadOnlyList<Alias> aliases)
    {
        var accounts = Read(PasswdFile.InStore(_storePath, TimeProvider.System)).Entries
            .Select(entry => AccountName.TryParse(entry.Name, DefaultDomain, out var name) ? name : null)
            .OfType<string>()
            .ToList();
        return new AddressBook(accounts, aliases, Rules, _named ?? DomainsOf(accounts, aliases), postmaster: null);
    }

    private HashSet<string> DomainsOf(List<string> accounts, IReadOnlyList<Alias> aliases) =>
    [
        .. accounts.Select(name => name[(name.LastIndexOf('@') + 1)..]),
        .. aliases.Select(alias => alias.Name.Domain),
        .. Rules.Domains,
    ];

    private static TContent Read<TContent>(AtomicFile<TContent> file)
        where TContent : class, IFileContent<TContent>
    {
        try
        {
            return file.Read();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new AccountException(AccountFault.AddressFileUnavailable, $"The file '{file.Path}' cannot be read: {e.Message}", e);
        }
    }
}
