using System.Text;
using MailOps.Server.Accounts.Addresses;
using MailOps.Server.Accounts.Files;
using Xunit;

namespace MailOps.Server.Tests.Accounts.Addresses;

public sealed class AddressBookTests
{
    private const string Accounts = "ann bob cat jo.hn a-b-c";

    [Theory]
    [InlineData("ann@example.com", "ann@example.com")]
    [InlineData("ANN@EXAMPLE.com", "ann@example.com")]
    [InlineData("nobody@example.com", "")]
    [InlineData("sales@example.com", "ann@example.com bob@example.com")]
    [InlineData("SALES@example.com", "ann@example.com bob@example.com")]
    [InlineData("all@example.com", "ann@example.com bob@example.com cat@example.com")]
    [InlineData("twice@example.com", "bob@example.com")]
    public void Aliases_lead_to_accounts_through_other_aliases_and_each_account_comes_once(string address, string accounts) =>
        Assert.Equal(accounts, Resolved(Book("sales ann, bob\nall sales, cat, ann\ntwice bob, BOB@example.com\n"), address));

    [Theory]
    [InlineData("ann+lists@example.com", "ann@example.com", "ann+lists@example.com")]
    [InlineData("ann+a+b@example.com", "ann@example.com", "ann+a+b@example.com")]
    [InlineData("ANN+Lists@example.com", "ann@example.com", "ann+Lists@example.com")]
    [InlineData("ann+@example.com", "ann@example.com", "ann+@example.com")]
    [InlineData("sales+Q3@example.com", "ann@example.com bob@example.com", "ann+Q3@example.com bob+own@example.com")]
    [InlineData("+ann@example.com", "", "")]
    [InlineData("an+n@example.com", "", "")]
    [InlineData("full+name@example.com", "cat@example.com", "cat@example.com")]
    public void A_detail_is_looked_past_and_kept(string address, string accounts, string delivered)
    {
        var book = Book("sales ann, bob+own\nfull+name cat\n");
        Assert.Equal(accounts, Resolved(book, address));
        Assert.Equal(delivered, string.Join(' ', Resolve(book, address).Addressees.Select(one => one.Address)));
    }

    [Theory]
    [InlineData("separator=none", "ann+x@example.com", "")]
    [InlineData("separator=-", "ann+x@example.com", "")]
    [InlineData("separator=-", "ann-x@example.com", "ann@example.com")]
    [InlineData("separator=+-", "ann-x@example.com", "ann@example.com")]
    [InlineData("separator=+-", "ann+x@example.com", "ann@example.com")]
    // The longest name that is there.
    [InlineData("separator=-", "a-b-c@example.com", "a-b-c@example.com")]
    [InlineData("separator=-", "a-b-c-d@example.com", "a-b-c@example.com")]
    [InlineData("separator=-", "a-b@example.com", "")]
    [InlineData("case=kept", "Ann@example.com", "")]
    [InlineData("case=kept", "ann@EXAMPLE.com", "ann@example.com")]
    [InlineData("case=kept", "Big@example.com", "bob@example.com")]
    [InlineData("case=kept", "big@example.com", "")]
    [InlineData("case=kept", "PostMaster@example.com", "cat@example.com")]
    [InlineData("dots=kept", "john@example.com", "")]
    [InlineData("dots=kept", "a.nn@example.com", "")]
    [InlineData("dots=ignored", "john@example.com", "jo.hn@example.com")]
    [InlineData("dots=ignored", "j.o.h.n+x@example.com", "jo.hn@example.com")]
    [InlineData("dots=ignored", "a.nn@example.com", "ann@example.com")]
    [InlineData("dots=ignored", "b.ig@example.com", "bob@example.com")]
    public void Each_domain_has_its_rules(string rule, string address, string accounts) =>
        Assert.Equal(accounts, Resolved(Book("Big bob\npostmaster cat\n", $"example.com {rule}\n"), address));

    [Fact]
    public void A_rule_is_for_its_domain_alone_and_a_detail_is_carried_over_by_the_targets_rule()
    {
        var book = Book("x@example.net ann\nann@example.net x@example.net\n", "example.net separator=-\n");
        Assert.Equal("ann@example.com", Resolved(book, "x-detail@example.net"));
        Assert.Equal("ann+detail@example.com", Resolve(book, "x-detail@example.net").Addressees[0].Address);
        Assert.Equal("", Resolved(book, "x+detail@example.net"));
    }

    [Theory]
    [InlineData("anything@example.net", "bob@example.com")]
    [InlineData("any+thing@example.net", "bob@example.com")]
    [InlineData("known@example.net", "ann@example.com")]
    [InlineData("anything@example.com", "")]
    public void A_whole_domain_takes_what_nobody_else_gets(string address, string accounts) =>
        Assert.Equal(accounts, Resolved(Book("@example.net bob\nknown@example.net ann\n"), address));

    [Fact]
    public void An_account_goes_before_what_takes_the_whole_domain()
    {
        var book = Book("@example.com bob\n");
        Assert.Equal("ann@example.com", Resolved(book, "ann@example.com"));
        Assert.Equal("ann@example.com", Resolved(book, "ann+x@example.com"));
        Assert.Equal("bob@example.com", Resolved(book, "nobody@example.com"));
    }

    [Theory]
    [InlineData("ann@example.net", "ann@example.com")]
    [InlineData("ann+x@example.net", "ann@example.com")]
    [InlineData("sales@example.net", "ann@example.com bob@example.com")]
    [InlineData("nobody@example.net", "")]
    public void A_whole_domain_can_stand_for_another(string address, string accounts) =>
        Assert.Equal(accounts, Resolved(Book("@example.net @example.com\nsales ann, bob\n"), address));

    [Fact]
    public void An_alias_goes_before_the_account_of_its_name_which_may_be_among_its_targets()
    {
        Assert.Equal("bob@example.com", Resolved(Book("ann bob\n"), "ann@example.com"));
        Assert.Equal("ann@example.com bob@example.com", Resolved(Book("ann ann, bob\n"), "ann@example.com"));
        Assert.Equal("ann+x@example.com", Resolve(Book("ann ann\n"), "ann+x@example.com").Addressees[0].Address);
    }

    [Fact]
    public void A_circle_ends_and_reaches_whom_it_can()
    {
        Assert.Equal("", Resolved(Book("a b\nb a\n"), "a@example.com"));
        Assert.Equal("bob@example.com", Resolved(Book("a b\nb a, bob\n"), "a@example.com"));
        Assert.Equal("bob@example.com ann@example.com", Resolved(Book("ann team\nteam bob, ann\n"), "ann@example.com"));
        Assert.Equal("", Resolved(Book("@example.com @example.net\n@example.net @example.com\n"), "x@example.com"));
    }

    [Fact]
    public void Addresses_of_other_servers_are_told_apart()
    {
        var resolution = Resolve(Book("sales ann, Joe@elsewhere.example\n"), "sales+x@example.com");
        Assert.Equal("Joe@elsewhere.example", Assert.Single(resolution.Outside).Address.ToString());
        Assert.Equal("ann@example.com", Assert.Single(resolution.Addressees).Account);
    }

    [Theory]
    [InlineData("sales Joe@elsewhere.example\n", "sales+x@example.com", "Joe@elsewhere.example via sales+x@example.com")]
    [InlineData("team sales, joe@elsewhere.example\nsales joe@elsewhere.example, eve@elsewhere.example\n", "team@example.com", "joe@elsewhere.example via sales@example.com, eve@elsewhere.example via sales@example.com")]
    [InlineData("@example.net @elsewhere.example\n", "Whoever@example.net", "Whoever@elsewhere.example via Whoever@example.net")]
    [InlineData("team x@other.example\nx@other.example joe@elsewhere.example\n", "team@example.com", "joe@elsewhere.example via team@example.com")]
    public void Each_address_of_another_server_is_told_once_with_the_address_here_that_leads_there_at_last(string aliases, string asked, string expected) =>
        Assert.Equal(expected, string.Join(", ", Resolve(Book(aliases), asked).Outside.Select(one => $"{one.Address} via {one.Via}")));

    [Fact]
    public void A_long_chain_of_aliases_is_followed_to_its_end_and_checked()
    {
        const int Count = 20_000;
        var lines = new StringBuilder();
        for (var at = 0; at < Count; at++)
            lines.Append("a").Append(at).Append(" a").Append(at + 1).Append('\n');
        lines.Append('a').Append(Count).Append(" ann\n");
        var book = Book(lines.ToString());
        Assert.Equal("ann@example.com", Resolved(book, "a0@example.com"));
        Assert.Empty(AliasCheck.Problems(book, book.Aliases, sendsOn: false));
        lines.Append("ann a0\n");
        book = Book(lines.ToString());
        Assert.Contains("leads in a circle: a0@example.com → a1@example.com → ", Assert.Single(AliasCheck.Problems(book, book.Aliases, sendsOn: false)).Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "ann@example.com", true)]
    [InlineData("postmaster bob\n", "bob@example.com", false)]
    [InlineData("@example.com cat\n", "cat@example.com", false)]
    public void Postmaster_and_abuse_reach_somebody(string aliases, string account, bool isGuess)
    {
        var resolution = Resolve(Book(aliases), "Postmaster@example.com");
        Assert.Equal(account, Assert.Single(resolution.Addressees).Account);
        Assert.Equal(isGuess, resolution.IsRoleWithoutAccount);
        Assert.Equal("ann@example.com", Assert.Single(Resolve(Book(""), "ABUSE@example.net").Addressees).Account);
        Assert.Equal("", Resolved(Book(""), "hostmaster@example.com"));
    }

    [Fact]
    public void A_named_postmaster_goes_before_what_takes_the_whole_domain_and_counts_only_if_it_is_there()
    {
        Assert.Equal("bob@example.com", Resolved(Book("@example.com cat\n", postmaster: "bob@example.com"), "abuse@example.com"));
        Assert.Equal("cat@example.com", Resolved(Book("postmaster cat\n", postmaster: "bob@example.com"), "postmaster@example.com"));
        Assert.True(Resolve(Book("", postmaster: "gone@example.com"), "abuse@example.com").IsRoleWithoutAccount);
        Assert.Equal("ann@example.com bob@example.com", Resolved(Book("sales ann, bob\n", postmaster: "sales@example.com"), "abuse@example.net"));
    }

    [Theory]
    [InlineData("ann@example.com", true)]
    [InlineData("Ann+x@example.com", true)]
    [InlineData("sales@example.com", true)]
    [InlineData("sales+x@example.com", true)]
    [InlineData("all@example.com", true)]
    [InlineData("anything@example.net", true)]
    [InlineData("bob@example.com", false)]
    [InlineData("nobody@example.com", false)]
    [InlineData("postmaster@example.com", false)]
    [InlineData("ann@elsewhere.example", false)]
    public void An_account_owns_its_names_and_what_leads_to_it(string address, bool owned)
    {
        var book = Book("sales ann, bob\nall sales\n@example.net ann\n");
        Assert.True(Address.TryParse(address, null, out var parsed));
        Assert.Equal(owned, book.Owns("ann@example.com", parsed));
    }

    [Fact]
    public void An_account_whose_mail_goes_elsewhere_still_owns_its_name()
    {
        var book = Book("ann bob\n");
        Assert.True(Address.TryParse("ann+x@example.com", null, out var parsed));
        Assert.True(book.Owns("ann@example.com", parsed));
        Assert.True(book.Owns("bob@example.com", parsed));
        Assert.False(book.Owns("cat@example.com", parsed));
    }

    [Theory]
    [InlineData("a b\nb c\nc a\n", 1, "leads in a circle: a@example.com → b@example.com → c@example.com → a@example.com; the way back counts for nothing")]
    [InlineData("# x\na a\n", 2, "leads in a circle: a@example.com → a@example.com; the way back counts for nothing")]
    [InlineData("a ann\n\nA bob\n", 3, "has the name of line 1, which counts")]
    [InlineData("a ann, gone\n", 1, "names gone@example.com, which is no account and no alias here; the others get their mail")]
    [InlineData("a ann, x@elsewhere.example\n", 1, "names x@elsewhere.example elsewhere: this server sends nothing on without -Outbound, and so refuses mail for a@example.com")]
    [InlineData("a@elsewhere.example ann\n", 1, "is for elsewhere.example, which is no domain of this server")]
    public void What_is_wrong_is_told_with_its_line(string aliases, int line, string text)
    {
        var content = AliasContent.Read(Encoding.UTF8.GetBytes(aliases));
        Assert.Empty(content.Problems);
        var problem = Assert.Single(AliasCheck.Problems(Book(aliases), content.Aliases("example.com"), sendsOn: false));
        Assert.Equal((line, text), (problem.Line, problem.Text));
    }

    [Fact]
    public void An_address_of_another_server_is_no_problem_where_mail_is_sent_on() =>
        Assert.Empty(AliasCheck.Problems(Book("sales joe@elsewhere.example\n"), AliasContent.Read("sales joe@elsewhere.example\n"u8.ToArray()).Aliases("example.com"), sendsOn: true));

    [Fact]
    public void What_is_right_is_no_problem() =>
        Assert.Empty(AliasCheck.Problems(Book("ann ann, bob\nsales ann\n@example.net @example.com\npostmaster sales\n"), AliasContent.Read("ann ann, bob\nsales ann\n@example.net @example.com\npostmaster sales\n"u8.ToArray()).Aliases("example.com"), sendsOn: false));

    private static AddressBook Book(string aliases, string domains = "", string? postmaster = null)
    {
        var named = postmaster is not null && Address.TryParse(postmaster, null, out var address) ? address : (Address?)null;
        return new AddressBook(
            Accounts.Split(' ').Select(name => name + "@example.com"),
            AliasContent.Read(Encoding.UTF8.GetBytes(aliases)).Aliases("example.com"),
            new DomainRules(DomainContent.Read(Encoding.UTF8.GetBytes(domains)).Rules),
            ["example.com", "example.net"],
            named);
    }

    private static Resolution Resolve(AddressBook book, string address)
    {
        Assert.True(Address.TryParse(address, null, out var parsed));
        return book.Resolve(parsed);
    }

    private static string Resolved(AddressBook book, string address) => string.Join(' ', Resolve(book, address).Addressees.Select(one => one.Account));
}
