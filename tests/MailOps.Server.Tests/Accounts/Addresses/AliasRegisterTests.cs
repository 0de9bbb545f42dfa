using MailOps.Server.Accounts;
using Xunit;

namespace MailOps.Server.Tests.Accounts.Addresses;

public sealed class AliasRegisterTests : IDisposable
{
    private const string Heading = "# Aliases of this mail store, in the format of Postfix's virtual(5): address, space, targets. A running server sees changes at once.\n";

    private readonly TemporaryStore _store = new("ann@example.com:*\nbob@example.com:*\nCarl:*\n");

    public void Dispose() => _store.Dispose();

    [Fact]
    public async Task An_alias_is_a_line_that_leaves_the_others_alone()
    {
        var made = await AddAsync("Sales@Example.com", ["Ann@example.com", "bob@example.com", "ANN@example.com"]);
        Assert.Equal("sales@example.com", made.Name);
        Assert.Equal(["ann@example.com", "bob@example.com"], made.Targets);
        Assert.Equal(made.Targets, made.Accounts);
        Assert.Equal(Heading + "sales@example.com ann@example.com, bob@example.com\n", await File.ReadAllTextAsync(_store.AliasesPath));

        _store.WriteAliases("# mine\r\nbroken:\n  x\nsales@example.com ann,\n  bob");
        await AddAsync("@example.net", ["ann@example.com"]);
        Assert.Equal("# mine\r\nbroken:\n  x\nsales@example.com ann,\n  bob\n@example.net ann@example.com\n", await File.ReadAllTextAsync(_store.AliasesPath));
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_store.AliasesPath) & ~(UnixFileMode.GroupRead | UnixFileMode.OtherRead));
    }

    [Theory]
    [InlineData("a b@c@d", "ann@example.com", AccountFault.InvalidAlias, "'a b@c@d' cannot be the name of an alias or a target.")]
    [InlineData("sales", "ann@example.com", AccountFault.InvalidAlias, "'sales' cannot be the name")]
    [InlineData("new@example.com", "|prog", AccountFault.InvalidAlias, "'|prog' cannot be the name")]
    [InlineData("SALES@example.com", "ann@example.com", AccountFault.AliasExists, "There is an alias 'sales@example.com' in '")]
    [InlineData("new@example.com", "gone@example.com", AccountFault.AliasTargetNotFound, "There is no account and no alias 'gone@example.com' in the store")]
    [InlineData("new@example.net", "gone@example.net", AccountFault.AliasTargetNotFound, "There is no account and no alias 'gone@example.net' in the store")]
    [InlineData("new@example.com", "joe@elsewhere.example", AccountFault.AliasTargetOutside, "'joe@elsewhere.example' is an address of another server")]
    [InlineData("new@example.com", "new@example.com", AccountFault.AliasLoop, "The alias 'new@example.com' would lead in a circle: new@example.com → new@example.com. ")]
    [InlineData("ann@example.com", "all@example.com", AccountFault.AliasLoop, "ann@example.com → all@example.com → sales@example.com → ann@example.com. Leave")]
    [InlineData("ann@example.com", "all+x@example.com", AccountFault.AliasLoop, "ann@example.com → all@example.com → sales@example.com → ann@example.com. Leave")]
    [InlineData("@example.com", "nobody@example.com", AccountFault.AliasLoop, "@example.com → @example.com. Leave")]
    public async Task What_cannot_be_an_alias_is_refused_with_the_reason_and_changes_nothing(string name, string target, AccountFault fault, string message)
    {
        const string Before = "sales@example.com ann@example.com\nall@example.com sales@example.com\n";
        _store.WriteAliases(Before);
        foreach (var trial in new[] { true, false })
        {
            var refused = await Assert.ThrowsAsync<AccountException>(() => Register().AddAsync(name, [target], false, trial, default));
            Assert.Equal(fault, refused.Fault);
            Assert.Contains(message, refused.Message, StringComparison.Ordinal);
        }

        Assert.Equal(Before, await File.ReadAllTextAsync(_store.AliasesPath));
    }

    [Fact]
    public async Task An_address_of_another_server_is_taken_where_it_is_allowed_and_keeps_its_case()
    {
        var made = await Register().AddAsync("sales@example.com", ["Ann@example.com", "Joe@Elsewhere.example"], allowOutside: true, isTrial: false, default);
        Assert.Equal(["ann@example.com", "Joe@elsewhere.example"], made.Targets);
        Assert.Equal(["Joe@elsewhere.example"], made.Outside);
        // What is allowed once stays so.
        Assert.Equal(3, (await ChangeAsync("sales@example.com", null, ["bob@example.com"], [])).Targets.Count);
    }

    [Fact]
    public async Task A_trial_writes_nothing()
    {
        Assert.Equal(["ann@example.com"], (await Register().AddAsync("sales@example.com", ["ann@example.com"], false, isTrial: true, default)).Accounts);
        Assert.False(File.Exists(_store.AliasesPath));
    }

    [Fact]
    public async Task The_domains_of_a_server_decide_what_is_outside_and_what_a_bare_name_is()
    {
        Assert.Equal(["carl@example.com"], (await new AliasRegister(_store.Path, ["example.com"]).AddAsync("sales", ["carl"], false, false, default)).Accounts);
        var program = await Assert.ThrowsAsync<AccountException>(() => new AliasRegister(_store.Path, ["example.com"]).AddAsync("run", ["|/bin/sh"], false, false, default));
        Assert.Equal(AccountFault.InvalidAlias, program.Fault);
        var refused = await Assert.ThrowsAsync<AccountException>(() => new AliasRegister(_store.Path, ["example.org"]).AddAsync("x", ["gone@example.com"], false, false, default));
        Assert.Equal(AccountFault.AliasTargetOutside, refused.Fault);
        Assert.Equal(AccountFault.InvalidDomain, Assert.Throws<AccountException>(() => new AliasRegister(_store.Path, ["a b"])).Fault);
    }

    [Fact]
    public async Task Bare_names_in_the_file_stay_bare()
    {
        _store.WriteAliases("sales carl, ann@example.com\n");
        var found = Register().Find("sales")!;
        Assert.Equal("sales: carl ann@example.com = carl ann@example.com", $"{found.Name}: {string.Join(' ', found.Targets)} = {string.Join(' ', found.Accounts)}");
        await ChangeAsync("sales", null, ["bob@example.com"], ["carl"]);
        Assert.Equal("sales ann@example.com, bob@example.com\n", await File.ReadAllTextAsync(_store.AliasesPath));
    }

    [Fact]
    public async Task Targets_are_replaced_added_and_removed()
    {
        await AddAsync("sales@example.com", ["ann@example.com"]);
        Assert.Equal(["ann@example.com", "bob@example.com"], (await ChangeAsync("SALES@example.com", null, ["bob@example.com", "ann@example.com"], [])).Targets);
        Assert.Equal(["bob@example.com"], (await ChangeAsync("sales@example.com", null, [], ["ANN@example.com"])).Targets);
        Assert.Equal(["ann+x@example.com"], (await ChangeAsync("sales@example.com", ["ann+x@example.com"], [], [])).Targets);
        Assert.Equal(Heading + "sales@example.com ann+x@example.com\n", await File.ReadAllTextAsync(_store.AliasesPath));

        Assert.Equal(AccountFault.AliasNotFound, (await Assert.ThrowsAsync<AccountException>(() => ChangeAsync("none@example.com", [], [], []))).Fault);
        Assert.Equal(AccountFault.InvalidAlias, (await Assert.ThrowsAsync<AccountException>(() => ChangeAsync("sales@example.com", null, [], ["ann+x@example.com"]))).Fault);
        Assert.Equal(AccountFault.AliasTargetNotFound, (await Assert.ThrowsAsync<AccountException>(() => ChangeAsync("sales@example.com", null, [], ["bob@example.com"]))).Fault);
        Assert.Equal(AccountFault.AliasLoop, (await Assert.ThrowsAsync<AccountException>(() => ChangeAsync("sales@example.com", null, ["sales@example.com"], []))).Fault);
    }

    [Fact]
    public async Task Removing_an_alias_takes_every_line_of_its_name()
    {
        _store.WriteAliases("a@example.com ann@example.com\n# stays\nb@example.com a@example.com,\n a+x@example.com\nA@example.com bob@example.com\n");
        Assert.Equal("b@example.com", Assert.Single(Register().FindLeadingTo("a@example.com")).Name);
        Assert.Equal(["ann@example.com"], (await Register().RemoveAsync("A@example.com", default)).Targets);
        Assert.Equal("# stays\nb@example.com a@example.com,\n a+x@example.com\n", await File.ReadAllTextAsync(_store.AliasesPath));
        Assert.Equal(AccountFault.AliasNotFound, (await Assert.ThrowsAsync<AccountException>(() => Register().RemoveAsync("a@example.com", default))).Fault);
    }

    [Fact]
    public void Who_names_an_account_is_found_with_details_too()
    {
        _store.WriteAliases("a@example.com ann@example.com\nb@example.com bob@example.com\nc@example.com bob@example.com, ANN+x@example.com\nd@example.com a@example.com\n");
        Assert.Equal(["a@example.com", "c@example.com"], Register().FindNaming("ann@example.com").Select(alias => alias.Name));
        Assert.Empty(Register().FindNaming("gone@example.com"));
    }

    [Fact]
    public void A_listing_has_the_problems_of_all_lines_in_order()
    {
        _store.WriteAliases("a gone@example.com\nbroken:\nb ann@example.com\nB bob@example.com\n");
        var listing = Register().List();
        Assert.Equal([1, 2, 4], listing.Problems.Select(problem => problem.Line));
        Assert.Equal(["a", "b"], listing.Aliases.Select(alias => alias.Name));
    }

    [Fact]
    public async Task Where_case_is_kept_two_spellings_are_two_aliases()
    {
        _store.WriteDomains("example.com case=kept\n");
        Assert.Equal("Sales@example.com", (await AddAsync("Sales@example.com", ["ann@example.com"])).Name);
        Assert.Equal("sales@example.com", (await AddAsync("sales@example.com", ["bob@example.com"])).Name);
        Assert.Equal(AccountFault.AliasTargetNotFound, (await Assert.ThrowsAsync<AccountException>(() => AddAsync("x@example.com", ["Ann@example.com"]))).Fault);
    }

    [Fact]
    public async Task A_store_that_is_not_there_and_a_file_that_cannot_be_read_are_told_apart()
    {
        var missing = new AliasRegister(Path.Combine(_store.Path, "none"), []);
        Assert.Equal(AccountFault.StoreNotFound, Assert.Throws<AccountException>(missing.List).Fault);
        Assert.Equal(AccountFault.StoreNotFound, (await Assert.ThrowsAsync<AccountException>(() => missing.AddAsync("a@example.com", ["b@example.com"], false, false, default))).Fault);
        Directory.CreateDirectory(_store.AliasesPath);
        Assert.Equal(AccountFault.AddressFileUnavailable, Assert.Throws<AccountException>(Register().List).Fault);
        Assert.Equal(AccountFault.AddressFileUnavailable, (await Assert.ThrowsAsync<AccountException>(() => AddAsync("a@example.com", ["ann@example.com"]))).Fault);
    }

    [Fact]
    public async Task Writers_at_the_same_time_lose_nothing()
    {
        await Task.WhenAll(Enumerable.Range(0, 20).Select(at => Task.Run(() => AddAsync($"a{at}@example.com", ["ann@example.com"]))));
        Assert.Equal(20, Register().List().Aliases.Count);
    }

    private AliasRegister Register() => new(_store.Path, []);

    private Task<AliasRecord> AddAsync(string name, string[] targets) => Register().AddAsync(name, targets, allowOutside: false, isTrial: false, default);

    private Task<AliasRecord> ChangeAsync(string name, string[]? targets, string[] added, string[] removed) =>
        Register().ChangeTargetsAsync(name, targets, added, removed, allowOutside: false, isTrial: false, default);
}
