using MailOps.Server.Accounts.Addresses;
using MailOps.Server.Accounts.Files;

namespace MailOps.Server.Accounts;

/// <summary>
/// The aliases of a store for those who administer them. Every change is durable when the call returns and is seen by a
/// running server with its next question; several processes may change the same file.
/// </summary>
public sealed class AliasRegister
{
    private readonly AliasFile _file;
    private readonly StoreAddresses _store;

    /// <summary>The aliases of a store.</summary>
    /// <param name="storePath">The store's folder, as an absolute path.</param>
    /// <param name="domains">The domains of the server. Empty: those that the store's accounts, aliases and domain rules name.</param>
    /// <exception cref="AccountException">What should be a domain is none.</exception>
    public AliasRegister(string storePath, IReadOnlyList<string> domains)
    {
        _file = AliasFile.InStore(Path.GetFullPath(storePath), TimeProvider.System);
        _store = new StoreAddresses(Path.GetFullPath(storePath), domains);
    }

    /// <summary>The file of aliases.</summary>
    public string FilePath => _file.Path;

    /// <summary>All aliases and all problems of the file.</summary>
    /// <exception cref="AccountException">There is no such store, or a file cannot be read.</exception>
    public AliasListing List()
    {
        var content = Read();
        var read = content.Aliases(_store.DefaultDomain);
        var book = _store.BookWith(read);
        return new AliasListing(
            _file.Path,
            [.. book.Aliases.Select(alias => Record(book, alias))],
            [.. content.Problems.Concat(AliasCheck.Problems(book, read, sendsOn: true)).OrderBy(problem => problem.Line)]);
    }

    /// <summary>The alias of that name, or null.</summary>
    /// <exception cref="AccountException">There is no such store, a file cannot be read, or the name can be none.</exception>
    public AliasRecord? Find(string name)
    {
        var book = _store.BookWith(Read().Aliases(_store.DefaultDomain));
        return book.FindAlias(ParseExisting(name)) is { } alias ? Record(book, alias) : null;
    }

    /// <summary>The aliases that name an account, or a form of it with a detail, among their targets.</summary>
    /// <exception cref="AccountException">There is no such store, or a file cannot be read.</exception>
    public IReadOnlyList<AliasRecord> FindNaming(string account)
    {
        var book = _store.BookWith(Read().Aliases(_store.DefaultDomain));
        return Address.TryParse(account, _store.DefaultDomain, out var address) && book.FindAccount(address) is { } name
            ? [.. book.Aliases.Where(alias => alias.Targets.Any(target => book.FindAccount(target) == name)).Select(alias => Record(book, alias))]
            : [];
    }

    /// <summary>The other aliases that name an alias among their targets.</summary>
    /// <exception cref="AccountException">There is no such store, a file cannot be read, or the name can be none.</exception>
    public IReadOnlyList<AliasRecord> FindLeadingTo(string name)
    {
        var book = _store.BookWith(Read().Aliases(_store.DefaultDomain));
        return book.FindAlias(ParseExisting(name)) is { } named
            ? [.. book.Aliases.Where(alias => alias.Line != named.Line && alias.Targets.Any(target => book.NextAlias(target)?.Line == named.Line)).Select(alias => Record(book, alias))]
            : [];
    }

    /// <summary>Makes an alias. Nothing is written with <paramref name="isTrial"/>.</summary>
    /// <param name="name">An address, or <c>@domain</c> for all of a domain that nobody else gets.</param>
    /// <param name="targets">Accounts, aliases and, if they are allowed, addresses of other servers.</param>
    /// <param name="allowOutside">Takes targets of other servers.</param>
    /// <param name="isTrial">Only finds out whether it can be done.</param>
    /// <param name="cancel">Ends the wait.</param>
    /// <exception cref="AccountException">The alias cannot be made, and the file is as it was.</exception>
    public Task<AliasRecord> AddAsync(string name, IReadOnlyList<string> targets, bool allowOutside, bool isTrial, CancellationToken cancel)
    {
        var (address, named) = (_store.Fold(Parse(name)), ParseAll(targets));
        return ChangeAsync(isTrial, allowOutside, cancel, book => book.FindAlias(address) is null
            ? new Alias(address, Canonical(book, address, named), NewLine)
            : throw new AccountException(AccountFault.AliasExists, $"There is an alias '{address}' in '{_file.Path}' already. Change it with Set-MailAlias."));
    }

    /// <summary>Gives an alias other targets.</summary>
    /// <param name="name">The alias.</param>
    /// <param name="targets">All targets from now on; null keeps those there are.</param>
    /// <param name="added">Targets that come to them.</param>
    /// <param name="removed">Targets that go.</param>
    /// <param name="allowOutside">Takes targets of other servers among the new ones.</param>
    /// <param name="isTrial">Only finds out whether it can be done.</param>
    /// <param name="cancel">Ends the wait.</param>
    /// <exception cref="AccountException">It cannot be done, and the file is as it was.</exception>
    public Task<AliasRecord> ChangeTargetsAsync(string name, IReadOnlyList<string>? targets, IReadOnlyList<string> added, IReadOnlyList<string> removed, bool allowOutside, bool isTrial, CancellationToken cancel)
    {
        var (address, all, more, less) = (ParseExisting(name), targets is null ? null : ParseAll(targets), ParseAll(added), removed.Select(ParseExisting).ToList());
        return ChangeAsync(isTrial, allowOutside, cancel, book =>
        {
            var before = book.FindAlias(address) ?? throw NotFound(name);
            before = before with { Targets = Canonical(book, before.Name, before.Targets) };
            less = Canonical(book, before.Name, less);
            if (less.FirstOrDefault(target => !before.Targets.Contains(target)) is { Domain: not null } stranger)
                throw new AccountException(AccountFault.AliasTargetNotFound, $"The alias '{before.Name}' in '{_file.Path}' has no target '{_store.TextOf(stranger)}'. It has {string.Join(", ", before.Targets.Select(_store.TextOf))}.");

            List<Address> after = [.. (all is null ? before.Targets : Canonical(book, before.Name, all)).Except(less).Union(Canonical(book, before.Name, more))];
            return after.Count > 0
                ? before with { Targets = after }
                : throw new AccountException(AccountFault.InvalidAlias, $"The alias '{before.Name}' would have no target left. Remove it with Remove-MailAlias.");
        });
    }

    /// <summary>Removes an alias: every line of its name, or a second one would come to life.</summary>
    /// <exception cref="AccountException">There is no such alias, or the file cannot be written.</exception>
    public async Task<AliasRecord> RemoveAsync(string name, CancellationToken cancel)
    {
        var address = ParseExisting(name);
        AliasRecord? removed = null;
        await UpdateAsync(
            content =>
            {
                var read = content.Aliases(_store.DefaultDomain);
                var book = _store.BookWith(read);
                var alias = book.FindAlias(address) ?? throw NotFound(name);
                removed = Record(book, alias);
                return content.Without(read.Where(one => book.FindAlias(one.Name)?.Line == alias.Line).Select(one => one.Line).ToHashSet());
            },
            cancel);
        return removed!;
    }

    private const int NewLine = int.MaxValue;

    private async Task<AliasRecord> ChangeAsync(bool isTrial, bool allowOutside, CancellationToken cancel, Func<AddressBook, Alias> change)
    {
        AliasRecord? record = null;
        AliasContent? Apply(AliasContent content)
        {
            var read = content.Aliases(_store.DefaultDomain);
            var before = _store.BookWith(read);
            var alias = change(before);
            var old = read.FirstOrDefault(one => one.Line == alias.Line);
            var book = _store.BookWith([.. read.Where(one => one.Line != alias.Line), alias]);
            Require(book, alias, old, allowOutside);
            record = Record(book, alias);
            return (content.IsEmpty ? content.WithComment(Heading) : content)
                .With(old?.Line, _store.TextOf(alias.Name), [.. alias.Targets.Select(_store.TextOf)]);
        }

        if (isTrial)
            Apply(Read());
        else
            await UpdateAsync(Apply, cancel);
        return record!;
    }

    private const string Heading = "Aliases of this mail store, in the format of Postfix's virtual(5): address, space, targets. A running server sees changes at once.";

    private void Require(AddressBook book, Alias alias, Alias? old, bool allowOutside)
    {
        if (new AliasLoop(book).Find(alias) is { } loop)
            throw new AccountException(AccountFault.AliasLoop, $"The alias '{alias.Name}' would lead in a circle: {AliasCheck.Chain(loop)}. Leave out one of the steps.");

        foreach (var target in alias.Targets.Where(target => !AliasCheck.IsThere(book, target) && old?.Targets.Contains(target) is not true))
        {
            if (book.IsOurs(target.Domain))
                throw new AccountException(AccountFault.AliasTargetNotFound, $"There is no account and no alias '{target}' in the store of '{_file.Path}'. Make the account with New-MailAccount first, or name another target.");
            if (!allowOutside)
                throw new AccountException(AccountFault.AliasTargetOutside, $"'{target}' is an address of another server: no account or alias here is in {target.Domain}. Add -AllowExternal to have mail for '{alias.Name}' sent on there; a server that sends nothing to others (-Outbound) refuses it.");
        }
    }

    private async Task UpdateAsync(Func<AliasContent, AliasContent?> change, CancellationToken cancel)
    {
        _store.Require();
        try
        {
            await _file.UpdateAsync(change, cancel);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new AccountException(AccountFault.AddressFileUnavailable, $"The file of aliases '{_file.Path}' cannot be changed: {e.Message}", e);
        }
    }

    private AliasContent Read()
    {
        _store.Require();
        try
        {
            return _file.Read();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new AccountException(AccountFault.AddressFileUnavailable, $"The file of aliases '{_file.Path}' cannot be read: {e.Message}", e);
        }
    }

    private AliasRecord Record(AddressBook book, Alias alias)
    {
        var found = alias.Name.IsWholeDomain ? [.. alias.Targets.Where(target => !target.IsWholeDomain).Select(book.Resolve)] : new List<Resolution> { book.Resolve(alias.Name) };
        return new AliasRecord(
            _store.TextOf(alias.Name),
            [.. alias.Targets.Select(_store.TextOf)],
            [.. found.SelectMany(one => one.Addressees).Select(one => _store.TextOf(one.Account)).Distinct(StringComparer.Ordinal)],
            [.. found.SelectMany(one => one.Outside).Select(one => one.Address.ToString()).Distinct(StringComparer.Ordinal)]);
    }

    // What is written from now on has its domain, or one that is known.
    private Address Parse(string text) => Parse(text, _store.NamedDefaultDomain);

    private Address ParseExisting(string text) => Parse(text, _store.DefaultDomain);

    private static Address Parse(string text, string? defaultDomain) =>
        AliasLine.IsTarget(text, defaultDomain, out var address)
            ? address
            : throw new AccountException(AccountFault.InvalidAlias,
                $"'{text}' cannot be the name of an alias or a target. Write local@domain, or @domain for all of a domain: letters, digits, dots and the signs of an unquoted address before the at sign, a host name after it.");

    // Another server may tell capital letters apart.
    private List<Address> Canonical(AddressBook book, Address alias, IReadOnlyList<Address> targets) =>
        [.. targets.Select(target => book.IsOurs(target.Domain) || target.Domain == alias.Domain ? _store.Fold(target) : target).Distinct()];

    private List<Address> ParseAll(IReadOnlyList<string> texts) => [.. texts.Select(Parse).Distinct()];

    private AccountException NotFound(string name) =>
        new(AccountFault.AliasNotFound, $"There is no alias '{name}' in '{_file.Path}'. Get-MailAlias lists those there are.");
}
