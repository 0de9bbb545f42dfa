using System.Globalization;
using Xunit;
using static MailOps.Server.Tests.Imap.ModSeqServer;

namespace MailOps.Server.Tests.Imap;

/// <summary>When messages came into their mailbox (SAVEDATE, RFC 8514).</summary>
public sealed class SaveDateTests
{
    private static async Task<ImapTestClient> SelectAsync(ModSeqServer server)
    {
        Ok(await (await server.LogInAsync()).RunAsync("a status INBOX (messages)"));
        Put(server, "1420134653.M1P1.host", 1400000000);
        Put(server, "1514764800.M1P1.host", 1400000000);
        Put(server, "whatever", 1300000000);
        return await server.SelectAsync();
    }

    private static void Put(ModSeqServer server, string name, long arrived)
    {
        var path = Path.Join(server.Inbox, "cur", name + ":2,");
        File.WriteAllText(path, "Subject: s\r\n\r\n");
        File.SetLastWriteTimeUtc(path, DateTimeOffset.FromUnixTimeSeconds(arrived).UtcDateTime);
    }

    private static string Today => DateTimeOffset.UtcNow.ToString("dd-MMM-yyyy", CultureInfo.InvariantCulture);

    [Fact]
    public async Task FETCH_tells_when_a_message_was_saved_whatever_its_INTERNALDATE_RFC8514_4_2()
    {
        await using var server = new ModSeqServer();
        await using var client = await SelectAsync(server);
        var told = Ok(await client.RunAsync("a fetch 1:3 (internaldate savedate)")).SkipLast(1).Select(line => line[(line.IndexOf("FETCH", StringComparison.Ordinal) + 6)..]).Order(StringComparer.Ordinal);
        // The last has a name without a time.
        Assert.Equal(
            [
                "(INTERNALDATE \"13-Mar-2011 07:06:40 +0000\" SAVEDATE \"13-Mar-2011 07:06:40 +0000\")",
                "(INTERNALDATE \"13-May-2014 16:53:20 +0000\" SAVEDATE \" 1-Jan-2015 17:50:53 +0000\")",
                "(INTERNALDATE \"13-May-2014 16:53:20 +0000\" SAVEDATE \" 1-Jan-2018 00:00:00 +0000\")",
            ],
            told);
    }

    [Theory]
    [InlineData("savedon 1-Jan-2015", 1)]
    [InlineData("savedon 13-May-2014", 0)]
    [InlineData("savedbefore 1-Jan-2018", 2)]
    [InlineData("savedsince \"1-Jan-2018\"", 1)]
    [InlineData("savedsince 1-Jan-2015 not savedsince 2-Jan-2015", 1)]
    [InlineData("savedatesupported", 3)]
    [InlineData("not savedatesupported", 0)]
    [InlineData("before 1-Jan-2015", 3)]
    public async Task SEARCH_asks_for_the_day_RFC8514_4_3(string keys, int count)
    {
        await using var server = new ModSeqServer();
        await using var client = await SelectAsync(server);
        Assert.Equal($"* ESEARCH (TAG \"a\") COUNT {count}", Ok(await client.RunAsync("a search return (count) " + keys))[0]);
    }

    [Theory]
    [InlineData("savedon")]
    [InlineData("savedon 1-Foo-2015")]
    [InlineData("savedon \"1-Jan-2015")]
    [InlineData("savedatesupported 1-Jan-2015 x")]
    public async Task What_is_no_day_is_BAD(string keys)
    {
        await using var server = new ModSeqServer();
        await using var client = await SelectAsync(server);
        Assert.StartsWith("a BAD", (await client.RunAsync("a search " + keys))[^1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("copy")]
    [InlineData("move")]
    public async Task A_copy_is_saved_now_and_keeps_its_INTERNALDATE_RFC8514_3(string command)
    {
        await using var server = new ModSeqServer();
        await using var client = await SelectAsync(server);
        Ok(await client.RunAsync("a create Trash"));
        var before = Today;
        Ok(await client.RunAsync($"a {command} 1:3 Trash"));
        Ok(await client.RunAsync("a append Trash \" 1-Jan-2000 00:00:00 +0000\" {5+}\r\na:1\r\n"));
        Ok(await client.RunAsync("a select Trash"));
        // Midnight may have passed meanwhile.
        var told = new List<string>();
        foreach (var day in new[] { before, Today })
            told.Add((await client.RunAsync($"a search return (count) savedon {day}"))[0]);
        Assert.Contains("* ESEARCH (TAG \"a\") COUNT 4", told);
        Assert.Equal("* ESEARCH (TAG \"a\") COUNT 4", Ok(await client.RunAsync("a search return (count) before 1-Jan-2015"))[0]);
    }
}
