using Xunit;

namespace MailOps.Server.Tests.Imap;

/// <summary>How large a message may be (APPENDLIMIT, RFC 7889).</summary>
public sealed class AppendLimitTests
{
    [Theory]
    [InlineData("status inbox (appendlimit)", "* STATUS \"INBOX\" (APPENDLIMIT 257890)", "RFC7889_3_1")]
    [InlineData("status inbox (messages AppendLimit unseen)", "* STATUS \"INBOX\" (MESSAGES 0 APPENDLIMIT 257890 UNSEEN 0)", "RFC7889_3_1")]
    [InlineData("list \"\" % return (status (appendlimit))", "* STATUS \"INBOX\" (APPENDLIMIT 257890)", "RFC7889_3_2")]
    [InlineData("status nowhere (appendlimit)", "a NO [NONEXISTENT] No such mailbox", "RFC3501_6_3_10")]
    public async Task A_mailbox_has_the_limit_of_the_server(string command, string expected, string rule)
    {
        Assert.NotEmpty(rule);
        await using var server = new ImapServer(options: new() { MaxMessageSize = 257_890 });
        await using var client = await server.LogInAsync();
        Assert.Contains(expected, await client.RunAsync("a " + command));
    }

    [Fact]
    public async Task The_limit_is_told_before_login_and_after_it_RFC7889_2()
    {
        await using var server = new ImapServer(options: new() { MaxMessageSize = 257_890 });
        await using var client = await server.LogInAsync();
        Assert.Contains("APPENDLIMIT=257890", client.Greeting.Split(' ', ']'));
        Assert.Contains("APPENDLIMIT=257890", (await client.RunAsync("a capability"))[0].Split(' '));
    }

    [Theory]
    [InlineData("append inbox {257891}\r\n", "a NO [TOOBIG]")]
    [InlineData("append inbox {9999999999999999}\r\n", "a NO [TOOBIG]")]
    [InlineData("append inbox {257890}\r\n", "+ OK")]
    public async Task What_is_larger_is_refused_before_it_is_asked_for_RFC7889_4(string command, string expected)
    {
        await using var server = new ImapServer(options: new() { MaxMessageSize = 257_890 });
        await using var client = await server.LogInAsync();
        await client.SendAsync("a " + command);
        Assert.StartsWith(expected, await client.ReadLineAsync(), StringComparison.Ordinal);
    }
}
