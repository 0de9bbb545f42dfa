using MailOps.Server.Accounts;
using MailOps.Server.Connections;
using MailOps.Server.Tests.Support;
using MailOps.Wire;
using Xunit;

namespace MailOps.Server.Tests.Smtp;

/// <summary>Who gets mail, as a client sees it: aliases, details, whole domains, postmaster.</summary>
public sealed class RecipientTests : IAsyncLifetime
{
    private TestServer _server = null!;
    private LineClient _client = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await TestServer.StartAsync(options => options with { Capture = false, Domains = ["example.com", "example.net"] });
        await WriteAsync("users", "ann@example.com:*\nbob@example.com:*\ncat@example.com:*\n");
        _client = await _server.ConnectAsync(MailProtocol.Smtp);
        await _client.ReadReplyAsync();
        await _client.AskAsync("EHLO relay.example.org");
    }

    public async ValueTask DisposeAsync()
    {
        await _client.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task An_alias_of_several_accounts_gives_each_one_copy_however_many_ways_lead_to_it()
    {
        await WriteAsync("aliases", "sales ann, bob\nall sales, cat, ann+x\n");
        await SendAsync("all@example.com", "sales@example.com", "ann@example.com", "ANN+y@example.com");
        foreach (var account in new[] { "ann@example.com", "bob@example.com", "cat@example.com" })
        {
            var stored = await File.ReadAllTextAsync(Assert.Single(_server.InboxFiles(account)));
            // Who gets it as well stays between the sender and those whom the sender named.
            Assert.DoesNotContain("Delivered-To:", stored, StringComparison.Ordinal);
            Assert.DoesNotContain("for <", stored, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("Ann+Lists.A@example.com", "ann+Lists.A@example.com")]
    [InlineData("boss+q3@example.net", "ann+q3@example.com")]
    [InlineData("ann@example.com", "ann@example.com")]
    public async Task The_detail_of_an_address_is_told_in_Delivered_To_and_the_address_itself_in_the_trace(string recipient, string delivered)
    {
        await WriteAsync("aliases", "boss@example.net ann\n");
        await SendAsync(recipient);
        var stored = await File.ReadAllTextAsync(Assert.Single(_server.InboxFiles("ann@example.com")));
        Assert.StartsWith($"Return-Path: <sender@example.org>\r\nDelivered-To: {delivered}\r\nReceived: from relay.example.org", stored, StringComparison.Ordinal);
        Assert.Contains($"\tfor <{recipient}>;\r\n", stored, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_files_are_read_again_when_they_change()
    {
        await ExpectAsync("MAIL FROM:<sender@example.org>", "250 ");
        await ExpectAsync("RCPT TO:<sales@example.com>", "550 5.1.1 ");
        await WriteAsync("aliases", "sales ann\n");
        await ExpectAsync("RCPT TO:<sales@example.com>", "250 2.1.5 ");
        await WriteAsync("domains", "example.com separator=none\n");
        await ExpectAsync("RCPT TO:<sales+x@example.com>", "550 5.1.1 ");
        await WriteAsync("domains", "example.com separator=-\n");
        await ExpectAsync("RCPT TO:<sales-x@example.com>", "250 2.1.5 ");
        await WriteAsync("aliases", "@example.com ann\n");
        await ExpectAsync("RCPT TO:<whoever@example.com>", "250 2.1.5 ");
        await ExpectAsync("RCPT TO:<whoever@example.net>", "550 5.1.1 ");
        File.Delete(Path.Combine(_server.StorePath, "aliases"));
        await ExpectAsync("RCPT TO:<ann@example.com>", "451 4.3.0 ");
        Assert.Contains("was there and is gone", (await _server.WaitForAsync<ServerFaulted>()).Exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_alias_that_leads_to_another_server_is_refused_for_all_where_nothing_is_sent_on()
    {
        await WriteAsync("aliases", "sales ann, joe@elsewhere.example\n");
        await ExpectAsync("MAIL FROM:<sender@example.org>", "250 ");
        await ExpectAsync("RCPT TO:<sales@example.com>", "550 5.7.1 <sales@example.com>: leads to another server, and nothing is sent on from here");
        Assert.Equal(
            "names joe@elsewhere.example elsewhere: this server sends nothing on without -Outbound, and so refuses mail for sales@example.com",
            Assert.Single(_server.Events.OfType<AddressLineProblem>()).Problem);
    }

    [Fact]
    public async Task Postmaster_and_abuse_go_to_the_first_account_with_an_event_until_somebody_is_named_RFC5321_4_5_1()
    {
        await SendAsync("Postmaster");
        await SendAsync("abuse@example.net");
        Assert.Equal(2, _server.InboxFiles("ann@example.com").Count);
        Assert.Equal(
            ["Postmaster@example.com ann@example.com", "abuse@example.net ann@example.com"],
            _server.Events.OfType<RoleAddressUnassigned>().Select(one => $"{one.Address} {one.Account}"));

        await WriteAsync("aliases", "postmaster bob\n@example.net cat\n");
        await SendAsync("Postmaster");
        await SendAsync("abuse@example.net");
        Assert.Single(_server.InboxFiles("bob@example.com"));
        Assert.Single(_server.InboxFiles("cat@example.com"));
        Assert.Equal(2, _server.Events.OfType<RoleAddressUnassigned>().Count());
    }

    [Fact]
    public async Task The_server_can_be_started_with_a_postmaster()
    {
        await using var server = await TestServer.StartAsync(options => options with { Capture = false, Postmaster = "bob@example.com" });
        await File.WriteAllTextAsync(Path.Combine(server.StorePath, "users"), "ann@example.com:*\nbob@example.com:*\n");
        await using var client = await server.ConnectAsync(MailProtocol.Smtp);
        await client.ReadReplyAsync();
        await SendAsync(client, "Postmaster", "abuse@example.com");
        Assert.Single(server.InboxFiles("bob@example.com"));
        Assert.Empty(server.InboxFiles("ann@example.com"));
        Assert.Empty(server.Events.OfType<RoleAddressUnassigned>());
    }

    [Fact]
    public async Task A_postmaster_that_is_no_address_is_told_at_the_start()
    {
        var refused = await Assert.ThrowsAsync<MailOps.Server.Hosting.MailServerException>(async () =>
            await TestServer.StartAsync(options => options with { Capture = false, Postmaster = "@example.com" }));
        Assert.StartsWith("'@example.com' cannot be the postmaster: write the address of an account or an alias", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_wrong_with_the_files_is_an_event_once()
    {
        await WriteAsync("aliases", "# first\nsales: ann\na b\nb a\n");
        await WriteAsync("domains", "example.com dots=maybe\n");
        await ExpectAsync("MAIL FROM:<sender@example.org>", "250 ");
        await ExpectAsync("RCPT TO:<ann+x@example.com>", "250 ");
        await WriteAsync("aliases", "# first\nsales: ann\na b\nb a\n\n");
        await ExpectAsync("RCPT TO:<ann@example.com>", "250 ");
        Assert.Equal(
            [
                "domains 1 holds 'dots=maybe': write separator=+ or separator=none, case=kept or case=ignored, dots=kept or dots=ignored",
                "aliases 2 has a colon behind its name, as /etc/aliases has it: write 'sales', a space, and the targets",
                "aliases 3 leads in a circle: a@example.com → b@example.com → a@example.com; the way back counts for nothing",
            ],
            _server.Events.OfType<AddressLineProblem>().Select(one => $"{Path.GetFileName(one.Path)} {one.Line} {one.Problem}"));
    }

    [Theory]
    [InlineData(false, "452 4.2.2 ")]
    [InlineData(true, "552 5.2.2 ")]
    public async Task Over_quota_is_for_now_or_for_good_by_option(bool reject, string expected)
    {
        await using var server = await TestServer.StartAsync(options => options with { Capture = false, RejectOverQuota = reject });
        await File.WriteAllTextAsync(Path.Combine(server.StorePath, "users"), "ann@example.com:*\nfull@example.com:*\n");
        await File.WriteAllTextAsync(Path.Combine(server.StorePath, "aliases"), "sales ann, full\n");
        var inbox = Path.Combine(server.StorePath, "mail", "example.com", "full");
        foreach (var part in new[] { "cur", "new", "tmp" })
            Directory.CreateDirectory(Path.Combine(inbox, part));
        await File.WriteAllTextAsync(Path.Combine(inbox, "cur", "1700000000.M1P1.host:2,S"), new string('x', 100));
        await File.WriteAllTextAsync(Path.Combine(inbox, "maildirsize"), "100S\n100 1\n");
        await using var client = await server.ConnectAsync(MailProtocol.Smtp);
        await client.ReadReplyAsync();
        await client.AskAsync("EHLO relay.example.org");
        await client.AskAsync("MAIL FROM:<sender@example.org>");
        Assert.StartsWith(expected, await client.AskAsync("RCPT TO:<full@example.com>"), StringComparison.Ordinal);
        Assert.StartsWith(expected, await client.AskAsync("RCPT TO:<sales@example.com>"), StringComparison.Ordinal);

        // Room for a few octets is enough for RCPT; what does not fit is refused after DATA.
        await File.WriteAllTextAsync(Path.Combine(inbox, "maildirsize"), "200S\n100 1\n");
        Assert.StartsWith("250 ", await client.AskAsync("RCPT TO:<sales@example.com>"), StringComparison.Ordinal);
        await client.AskAsync("DATA");
        Assert.StartsWith(expected, await client.AskAsync(new string('x', 300) + "\r\n."), StringComparison.Ordinal);
        Assert.Empty(server.InboxFiles("ann@example.com"));
    }

    [Fact]
    public async Task VRFY_tells_nothing_of_aliases_and_accounts()
    {
        await WriteAsync("aliases", "sales ann\n");
        var replies = new HashSet<string?>();
        foreach (var name in new[] { "ann", "sales@example.com", "nobody@example.com", "x@elsewhere.example" })
            replies.Add(await _client.AskAsync("VRFY " + name));
        Assert.StartsWith("252 ", Assert.Single(replies), StringComparison.Ordinal);
    }

    private Task SendAsync(params string[] recipients) => SendAsync(_client, recipients);

    private static async Task SendAsync(LineClient client, params string[] recipients)
    {
        await client.AskAsync("EHLO relay.example.org");
        Assert.StartsWith("250 ", await client.AskAsync("MAIL FROM:<sender@example.org>"), StringComparison.Ordinal);
        foreach (var recipient in recipients)
            Assert.StartsWith("250 ", await client.AskAsync($"RCPT TO:<{recipient}>"), StringComparison.Ordinal);
        Assert.StartsWith("354 ", await client.AskAsync("DATA"), StringComparison.Ordinal);
        Assert.StartsWith("250 ", await client.AskAsync("Subject: x\r\n\r\nx\r\n."), StringComparison.Ordinal);
    }

    private Task WriteAsync(string file, string text) => File.WriteAllTextAsync(Path.Combine(_server.StorePath, file), text);

    private async Task ExpectAsync(string command, string expected) =>
        Assert.StartsWith(expected, await _client.AskAsync(command), StringComparison.Ordinal);
}
