using MailOps.Server.Accounts.Files;

namespace MailOps.Server.Accounts.Addresses;

/// <summary>What is wrong with aliases although each line can be read.</summary>
internal static class AliasCheck
{
    /// <summary>The problems of all aliases of a file, by line.</summary>
    /// <param name="book">The book of the aliases.</param>
    /// <param name="read">The aliases.</param>
    /// <param name="sendsOn">True if mail for addresses of other servers is sent on, or nobody knows.</param>
    public static IReadOnlyList<LineProblem> Problems(AddressBook book, IReadOnlyList<Alias> read, bool sendsOn)
    {
        var problems = new List<LineProblem>();
        var loops = new AliasLoop(book);
        foreach (var alias in read)
        {
            if (book.FindAlias(alias.Name) is { } counts && counts.Line != alias.Line)
            {
                problems.Add(new LineProblem(alias.Line, $"has the name of line {counts.Line}, which counts"));
                continue;
            }

            if (!book.IsOurs(alias.Name.Domain))
                problems.Add(new LineProblem(alias.Line, $"is for {alias.Name.Domain}, which is no domain of this server"));
            foreach (var target in alias.Targets.Where(target => !IsThere(book, target)))
            {
                if (book.IsOurs(target.Domain))
                    problems.Add(new LineProblem(alias.Line, $"names {target}, which is no account and no alias here; the others get their mail"));
                else if (!sendsOn)
                    problems.Add(new LineProblem(alias.Line, $"names {target} elsewhere: this server sends nothing on without -Outbound, and so refuses mail for {alias.Name}"));
            }

            if (loops.Find(alias) is { } loop)
                problems.Add(new LineProblem(alias.Line, $"leads in a circle: {Chain(loop)}; the way back counts for nothing"));
        }

        return problems;
    }

    /// <summary>True if a target is an account, an alias, or a domain here.</summary>
    public static bool IsThere(AddressBook book, Address target) =>
        target.IsWholeDomain ? book.IsOurs(target.Domain) : book.IsKnown(target);

    /// <summary>Such as <c>a@example.com → b@example.com → a@example.com</c>.</summary>
    public static string Chain(IReadOnlyList<Address> loop) => string.Join(" → ", loop);
}
