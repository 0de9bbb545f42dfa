using System.Collections.Concurrent;
using MailOps.Sasl;
using MailOps.Server.Accounts;
using MailOps.Server.Accounts.Addresses;
using MailOps.Server.Accounts.Files;
using MailOps.Server.Connections;
using Xunit;

namespace MailOps.Server.Tests.Accounts;

public sealed class AccountDirectoryTests
{
    private const string Ssha = "{SSHA}BojpBQyKB7/knF2uTxuI9gNHrVVeNMz1";
    private const string Password = "pässwörd 1";

    private readonly ServerEvents _events = new();

    [Fact]
    public async Task Names_mean_the_same_account_in_any_case_and_without_the_default_domain()
    {
        using var store = new TemporaryStore($"Joe:{Ssha}\nann@other.example:{Ssha}\n");
        var directory = Directory(store, "example.com", "other.example");
        foreach (var name in new[] { "joe", "JOE", "joe@example.com", "Joe@EXAMPLE.com" })
        {
            Assert.Equal("joe@example.com", await directory.VerifyPasswordAsync(name, Password, default));
            Assert.Equal([new Addressee("joe@example.com", "joe@example.com")], (await directory.FindRecipientAsync(name, default)).Addressees);
        }

        Assert.Null(await directory.VerifyPasswordAsync("ann", Password, default));
        Assert.Equal("ann@other.example", await directory.VerifyPasswordAsync("ann@other.example", Password, default));
    }

    [Fact]
    public async Task Wrong_passwords_and_unknown_users_are_refused()
    {
        using var store = new TemporaryStore($"joe@example.com:{Ssha}\nlocked@example.com:*\nempty@example.com:\n");
        var directory = Directory(store);
        Assert.Null(await directory.VerifyPasswordAsync("joe", "pässwörd", default));
        Assert.Null(await directory.VerifyPasswordAsync("joe", "", default));
        Assert.Null(await directory.VerifyPasswordAsync("joe", "p\0x", default));
        Assert.Null(await directory.VerifyPasswordAsync("nobody", Password, default));
        Assert.Null(await directory.VerifyPasswordAsync("../joe", Password, default));
        Assert.Null(await directory.VerifyPasswordAsync("locked", "*", default));
        Assert.Null(await directory.VerifyPasswordAsync("empty", "", default));
        // A login that was right once does not make a wrong one right.
        Assert.NotNull(await directory.VerifyPasswordAsync("joe", Password, default));
        Assert.Null(await directory.VerifyPasswordAsync("joe", "wrong", default));
    }

    [Fact]
    public async Task Recipients_are_ours_unknown_or_not_local()
    {
        using var store = new TemporaryStore($"joe@example.com:{Ssha}\nann@elsewhere.example:{Ssha}\n");
        var directory = Directory(store);
        Assert.Equal(RecipientVerdict.Deliver, (await directory.FindRecipientAsync("JOE@example.com", default)).Verdict);
        Assert.Equal(RecipientVerdict.UnknownUser, (await directory.FindRecipientAsync("nobody@example.com", default)).Verdict);
        Assert.Equal(RecipientVerdict.NotLocal, (await directory.FindRecipientAsync("ann@elsewhere.example", default)).Verdict);
        Assert.Equal(RecipientVerdict.NotLocal, (await directory.FindRecipientAsync("joe@[127.0.0.1]", default)).Verdict);
    }

    [Fact]
    public async Task Postmaster_without_a_domain_is_the_default_domains_RFC5321_4_5_1()
    {
        using var store = new TemporaryStore();
        var directory = Directory(store);
        Assert.Equal(RecipientVerdict.UnknownUser, (await directory.FindRecipientAsync("Postmaster", default)).Verdict);
        store.Write($"postmaster@example.com:{Ssha}\n");
        Assert.Equal([new Addressee("postmaster@example.com", "postmaster@example.com")], (await directory.FindRecipientAsync("Postmaster", default)).Addressees);
    }

    [Fact]
    public async Task Changes_of_the_file_are_seen_at_once()
    {
        using var store = new TemporaryStore();
        var directory = Directory(store);
        for (var round = 0; round < 20; round++)
        {
            await store.File.UpdateAsync(content => content.With(PasswdEntry.Create("joe@example.com", AccountSecret.FromHash("{PLAIN}p" + (round % 10)))), default);
            Assert.NotNull(await directory.VerifyPasswordAsync("joe", "p" + (round % 10), default));
            Assert.Null(await directory.VerifyPasswordAsync("joe", "p" + ((round + 9) % 10), default));
        }

        await store.File.UpdateAsync(content => content.Without("joe@example.com"), default);
        Assert.Null(await directory.VerifyPasswordAsync("joe", "p9", default));
        Assert.Equal(RecipientVerdict.UnknownUser, (await directory.FindRecipientAsync("joe@example.com", default)).Verdict);
    }

    [Fact]
    public async Task A_file_written_in_place_within_one_tick_of_the_clock_is_seen()
    {
        using var store = new TemporaryStore("joe@example.com:{PLAIN}a\n");
        var directory = Directory(store);
        var modified = File.GetLastWriteTimeUtc(store.UsersPath);
        Assert.NotNull(await directory.VerifyPasswordAsync("joe", "a", default));
        store.Write("joe@example.com:{PLAIN}b\n");
        File.SetLastWriteTimeUtc(store.UsersPath, modified);
        Assert.NotNull(await directory.VerifyPasswordAsync("joe", "b", default));
    }

    [Fact]
    public async Task A_file_that_is_gone_is_a_fault_and_no_reason_to_refuse_mail_for_good()
    {
        using var store = new TemporaryStore($"joe@example.com:{Ssha}\n");
        var heard = Listen();
        var directory = Directory(store);
        Assert.Equal(RecipientVerdict.Deliver, (await directory.FindRecipientAsync("joe@example.com", default)).Verdict);
        File.Delete(store.UsersPath);
        Assert.Equal(RecipientVerdict.Unavailable, (await directory.FindRecipientAsync("joe@example.com", default)).Verdict);
        await Assert.ThrowsAsync<FileNotFoundException>(async () => await directory.VerifyPasswordAsync("joe", Password, default));
        await _events.FlushAsync();
        Assert.IsType<FileNotFoundException>(Assert.Single(heard.OfType<ServerFaulted>()).Exception);
        store.Write($"joe@example.com:{Ssha}\n");
        Assert.Equal(RecipientVerdict.Deliver, (await directory.FindRecipientAsync("joe@example.com", default)).Verdict);
    }

    [Fact]
    public async Task Broken_lines_are_told_once_and_the_others_count()
    {
        using var store = new TemporaryStore($"broken\njoe@example.com:{Ssha}\n");
        var heard = Listen();
        var directory = Directory(store);
        Assert.NotNull(await directory.VerifyPasswordAsync("joe", Password, default));
        store.Write($"broken\njoe@example.com:{Ssha}\n\n");
        Assert.NotNull(await directory.VerifyPasswordAsync("joe", Password, default));
        await _events.FlushAsync();
        Assert.Equal(1, Assert.Single(heard.OfType<AccountLineIgnored>()).Line);
    }

    [Fact]
    public async Task SCRAM_keys_stand_in_the_password_field_or_beside_it()
    {
        using var store = new TemporaryStore();
        await store.File.UpdateAsync(
            content => content
                .With(PasswdEntry.Create("beside@example.com", AccountSecret.FromPassword(Password, "SSHA", scramKeys: true)))
                .With(PasswdEntry.Create("inside@example.com", AccountSecret.FromPassword(Password, "SCRAM-SHA-256", scramKeys: true))),
            default);
        var directory = Directory(store);
        Assert.True(directory.OffersScram("SCRAM-SHA-256"));
        Assert.False(directory.OffersScram("SCRAM-SHA-1"));
        foreach (var user in new[] { "beside", "inside" })
        {
            Assert.Equal(user + "@example.com", Assert.IsType<SaslStep.Success>(await ScramAsync(directory, user, Password)).Account);
            Assert.Equal(SaslFailure.InvalidCredentials, Assert.IsType<SaslStep.Failure>(await ScramAsync(directory, user, "wrong")).Reason);
            Assert.NotNull(await directory.VerifyPasswordAsync(user, Password, default));
        }
    }

    [Fact]
    public async Task A_SCRAM_mechanism_is_offered_only_if_every_account_can_use_it()
    {
        using var store = new TemporaryStore();
        var directory = Directory(store);
        Assert.True(directory.OffersScram("SCRAM-SHA-256"));
        store.Write($"joe@example.com:{Ssha}\n");
        Assert.False(directory.OffersScram("SCRAM-SHA-256"));
        // Who cannot log in at all does not count.
        store.Write("joe@example.com:*\n");
        Assert.True(directory.OffersScram("SCRAM-SHA-256"));
        Assert.Null(await directory.VerifyPasswordAsync("joe", "*", default));
    }

    [Fact]
    public async Task Unknown_users_get_stable_keys_that_nothing_fits_and_that_look_like_the_others()
    {
        using var store = new TemporaryStore();
        await store.File.UpdateAsync(content => content.With(PasswdEntry.Create("joe@example.com", AccountSecret.FromPassword(Password, "SCRAM-SHA-256", scramKeys: false))), default);
        var directory = Directory(store);
        var joe = await directory.FindScramKeysAsync("joe", "SCRAM-SHA-256", default);
        var one = await directory.FindScramKeysAsync("Nobody", "SCRAM-SHA-256", default);
        var two = await directory.FindScramKeysAsync("nobody@example.com", "SCRAM-SHA-256", default);
        Assert.Equal(one!.Salt.ToArray(), two!.Salt.ToArray());
        Assert.Equal(joe!.Salt.Length, one.Salt.Length);
        Assert.Equal(joe.Iterations, one.Iterations);
        Assert.NotEqual(one.StoredKey.ToArray(), two.StoredKey.ToArray());
        Assert.IsType<SaslStep.Failure>(await ScramAsync(directory, "nobody", Password));
    }

    [Fact]
    public async Task Capture_takes_everybody_and_offers_no_SCRAM()
    {
        var directory = new CaptureDirectory(["example.com"]);
        Assert.Equal("any.body@nowhere.example", await directory.VerifyPasswordAsync("Any.Body@nowhere.example", "whatever", default));
        Assert.Equal("joe@example.com", await directory.VerifyPasswordAsync("joe", "", default));
        Assert.Equal([new Addressee("a b@x.org", "A b@x.org")], (await directory.FindRecipientAsync("A b@x.org", default)).Addressees);
        Assert.Equal(RecipientVerdict.UnknownUser, (await directory.FindRecipientAsync("@x.org", default)).Verdict);
        Assert.Equal(RecipientVerdict.UnknownUser, (await directory.FindRecipientAsync($"a@[{new string(':', 200)}]", default)).Verdict);
        Assert.False(directory.OffersScram("SCRAM-SHA-256"));
        Assert.Null(await directory.FindScramKeysAsync("joe", "SCRAM-SHA-256", default));
    }

    [Fact]
    public void Domains_are_checked_at_the_start()
    {
        Assert.Throws<ArgumentException>(() => new CaptureDirectory([]));
        Assert.Contains("not the name of a domain", Assert.Throws<ArgumentException>(() => new CaptureDirectory(["a b"])).Message, StringComparison.Ordinal);
    }

    private AccountDirectory Directory(TemporaryStore store, params string[] domains) =>
        new(store.Path, domains.Length == 0 ? ["example.com"] : domains, _events, TimeProvider.System);

    private ConcurrentQueue<ServerEvent> Listen()
    {
        var heard = new ConcurrentQueue<ServerEvent>();
        _events.Subscribe(heard.Enqueue);
        return heard;
    }

    private static async Task<SaslStep> ScramAsync(AccountDirectory directory, string user, string password)
    {
        var server = SaslMechanisms.CreateServer("SCRAM-SHA-256", directory)!;
        var client = SaslMechanisms.CreateClient("SCRAM-SHA-256", user, password)!;
        var step = await server.StepAsync(client.InitialResponse, default);
        while (step is SaslStep.Challenge challenge)
            step = await server.StepAsync(await client.StepAsync(challenge.Data, default), default);
        return step;
    }
}
