using Xunit;

namespace MailOps.Server.Tests.Imap;

/// <summary>SORT (RFC 5256), by what is shown of addresses (RFC 5957), and with RETURN (RFC 5267).</summary>
public sealed class SortTests
{
    private static ImapServer Server()
    {
        var server = new ImapServer();
        server.Deliver("Date: Tue, 2 Jan 2024 01:00:00 +0300\nFrom: \"Zoe\" <b@example.com>\nTo: m@example.com\nSubject: Re: banana\n\nx\n");
        server.Deliver("Date: Mon, 1 Jan 2024 23:00:00 +0000\nFrom: <a@example.com>\nTo: =?utf-8?q?=C3=84nne?= <z@example.com>\nCc: q@example.com\nSubject: apple\n\nlonger than the others\n");
        server.Deliver("Date: Mon, 1 Jan 2024 20:00:00 -0500\nFrom: \"adam\" <c@example.com>\nSubject: [list] Apple (fwd)\n\nxy\n");
        server.Deliver("From: =?utf-8?q?=C3=A9mile?= <d@example.com>\nTo: B@example.com, a@example.com\n\nz\n");
        return server;
    }

    [Theory]
    [InlineData("sort (date) utf-8 all", "1 2 3 4")]
    [InlineData("sort (reverse date) utf-8 all", "4 3 2 1")]
    [InlineData("sort (size) us-ascii all", "4 3 1 2")]
    [InlineData("sort (reverse size) utf-8 all", "2 1 3 4")]
    [InlineData("sort (arrival) utf-8 all", "1 2 3 4")]
    [InlineData("sort (reverse arrival) utf-8 all", "1 2 3 4")]
    [InlineData("sort (subject) utf-8 all", "4 2 3 1")]
    [InlineData("sort (reverse subject) utf-8 all", "1 2 3 4")]
    [InlineData("sort (subject reverse date) utf-8 all", "4 3 2 1")]
    [InlineData("sort (from) utf-8 all", "2 1 3 4")]
    [InlineData("sort (to) utf-8 all", "3 4 1 2")]
    [InlineData("sort (cc) utf-8 all", "1 3 4 2")]
    [InlineData("sort (displayfrom) utf-8 all", "2 3 4 1")]
    [InlineData("sort (displayto) utf-8 all", "3 2 4 1")]
    [InlineData("sort (reverse cc reverse from) utf-8 all", "2 4 3 1")]
    [InlineData("sort (subject) utf-8 from adam", "3")]
    [InlineData("sort (subject) utf-8 deleted", "")]
    [InlineData("sort (subject date) \"UTF-8\" not 4", "2 3 1")]
    [InlineData("SORT (Subject SUBJECT Reverse subject) Utf-8 ALL", "4 2 3 1")]
    [InlineData("uid sort (size) utf-8 all", "4 3 1 2")]
    public async Task Messages_come_in_the_order_asked_for_RFC5256_3_RFC5957_4(string command, string expected)
    {
        await using var server = Server();
        await using var client = await server.SelectAsync();
        Assert.Equal([("* SORT " + expected).TrimEnd(), "a OK Done"], await client.RunAsync("a " + command));
    }

    [Theory]
    [InlineData("sort return (min max) (size) utf-8 all", "* ESEARCH (TAG \"a\") MIN 4 MAX 2")]
    [InlineData("sort return () (size) utf-8 all", "* ESEARCH (TAG \"a\") ALL 4,3,1:2")]
    [InlineData("uid sort return (count all) (date) utf-8 all", "* ESEARCH (TAG \"a\") UID ALL 1:4 COUNT 4")]
    [InlineData("sort return (all) (reverse date) utf-8 all", "* ESEARCH (TAG \"a\") ALL 4,3,2,1")]
    [InlineData("sort return (count) (date) utf-8 deleted", "* ESEARCH (TAG \"a\") COUNT 0")]
    public async Task RETURN_tells_of_the_order_of_the_sort_RFC5267_3(string command, string expected)
    {
        await using var server = Server();
        await using var client = await server.SelectAsync();
        Assert.Equal(expected, (await client.RunAsync("a " + command))[0]);
    }

    [Theory]
    [InlineData("sort (subject) koi8-r all", "NO [BADCHARSET")]
    [InlineData("sort () utf-8 all", "BAD")]
    [InlineData("sort (reverse) utf-8 all", "BAD")]
    [InlineData("sort (reverse reverse date) utf-8 all", "BAD")]
    [InlineData("sort (colour) utf-8 all", "BAD")]
    [InlineData("sort (date) all", "BAD")]
    [InlineData("sort (date) utf-8", "BAD")]
    [InlineData("sort date utf-8 all", "BAD")]
    [InlineData("sort (date)utf-8 all", "BAD")]
    [InlineData("sort", "BAD")]
    [InlineData("thread references koi8-r all", "NO [BADCHARSET")]
    [InlineData("thread refs utf-8 all", "BAD")]
    [InlineData("thread references all", "BAD")]
    [InlineData("thread (references) utf-8 all", "BAD")]
    [InlineData("thread return () references utf-8 all", "BAD")]
    [InlineData("thread", "BAD")]
    public async Task What_cannot_be_sorted_or_threaded_is_refused(string command, string expected)
    {
        await using var server = Server();
        await using var client = await server.SelectAsync();
        Assert.StartsWith("a " + expected, (await client.RunAsync("a " + command))[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_program_of_more_steps_than_there_are_criteria_twice_is_BAD()
    {
        await using var server = Server();
        await using var client = await server.SelectAsync();
        Assert.StartsWith("* SORT", (await client.RunAsync($"a sort ({string.Join(' ', Enumerable.Repeat("date", 10))}) utf-8 all"))[0], StringComparison.Ordinal);
        Assert.StartsWith("a BAD", (await client.RunAsync($"a sort ({string.Join(' ', Enumerable.Repeat("date", 10_000))}) utf-8 all"))[^1], StringComparison.Ordinal);
    }
}
