using MailOps.Server.Accounts.Files;
using MailOps.Server.Connections;

namespace MailOps.Server.Accounts.Addresses;

/// <summary>The address book of a running server: put together anew when one of the files was changed, and what is wrong with them told once.</summary>
internal sealed class AddressSource(string storePath, HashSet<string> domains, string defaultDomain, Address? postmaster, bool sendsOn, ServerEvents events, TimeProvider clock)
{
    private readonly WatchedFile<AliasContent> _aliases = new(AliasFile.InStore(storePath, clock));
    private readonly WatchedFile<DomainContent> _rules = new(DomainFile.InStore(storePath, clock));
    private readonly Lock _making = new();
    private volatile Made? _current;

    /// <summary>The book for one state of the accounts.</summary>
    /// <exception cref="IOException">A file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">A file may not be read.</exception>
    public AddressBook Current(AccountSnapshot accounts)
    {
        var (aliases, rules) = (_aliases.Current(), _rules.Current());
        if (_current is { } current && current.IsOf(accounts, aliases, rules))
            return current.Book;

        lock (_making)
        {
            return _current is { } made && made.IsOf(accounts, aliases, rules) ? made.Book : Make(accounts, aliases, rules);
        }
    }

    private AddressBook Make(AccountSnapshot accounts, AliasContent aliases, DomainContent rules)
    {
        var read = aliases.Aliases(defaultDomain);
        var book = new AddressBook(accounts.Names, read, new DomainRules(rules.Rules), domains, postmaster);
        List<AddressLineProblem> problems =
        [
            .. rules.Problems.Select(problem => Told(_rules.Path, problem)),
            .. aliases.Problems.Concat(AliasCheck.Problems(book, read, sendsOn)).Select(problem => Told(_aliases.Path, problem)),
        ];
        foreach (var problem in problems.Except(_current?.Problems ?? []))
            events.Publish(problem with { Time = clock.GetUtcNow() });
        _current = new Made(accounts, aliases, rules, book, problems);
        return book;
    }

    private static AddressLineProblem Told(string path, LineProblem problem) => new() { Path = path, Line = problem.Line, Problem = problem.Text };

    private sealed record Made(AccountSnapshot Accounts, AliasContent Aliases, DomainContent Rules, AddressBook Book, List<AddressLineProblem> Problems)
    {
        public bool IsOf(AccountSnapshot accounts, AliasContent aliases, DomainContent rules) =>
            Accounts == accounts && Aliases == aliases && Rules == rules;
    }
}
