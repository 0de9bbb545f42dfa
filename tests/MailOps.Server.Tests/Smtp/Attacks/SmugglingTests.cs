using System.Text;
using MailOps.Server.Tests.Support;
using MailOps.Wire;
using Xunit;

namespace MailOps.Server.Tests.Smtp.Attacks;

/// <summary>
/// Smuggling (CVE-2023-51764 and its kin): what another server passes on as part of one message is taken for the end of it, and for commands.
/// Every ending of up to two line ends about the dot is tried, over SMTP and LMTP, in one packet and octet by octet.
/// </summary>
public abstract class SmugglingTests : IAsyncLifetime
{
    private readonly bool _normalizes;

    private const string Commands = "MAIL FROM:<attacker@example.org>\r\nRCPT TO:<victim@example.com>\r\nDATA\r\nSubject: smuggled\r\n\r\n.\r\n";

    private static readonly string[] LineEnds = ["\r\n", "\n", "\r", "\r\r\n", "\n\r", "\r\0\n", "\0\r\n", "\r\n\0", "\0", "", "\v", "\u0085", "\u2028"];

    private TestServer _server = null!;

    public static TheoryData<MailProtocol, string, string> Endings
    {
        get
        {
            var data = new TheoryData<MailProtocol, string, string>();
            foreach (var protocol in new[] { MailProtocol.Smtp, MailProtocol.Lmtp })
            {
                foreach (var before in LineEnds)
                {
                    foreach (var after in LineEnds.Where(after => !before.EndsWith("\r\n", StringComparison.Ordinal) || !after.StartsWith("\r\n", StringComparison.Ordinal)))
                        data.Add(protocol, before, after);
                }
            }

            return data;
        }
    }

    private protected SmugglingTests(bool normalizes) => _normalizes = normalizes;

    private protected TestServer Server => _server;

    public async ValueTask InitializeAsync() => _server = await TestServer.StartAsync(options => options with
    {
        Smtp = options.Smtp with { NormalizeLineEnds = _normalizes },
        Lmtp = options.Lmtp with { NormalizeLineEnds = _normalizes },
    });

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Theory]
    [MemberData(nameof(Endings))]
    public async Task Nothing_but_CRLF_dot_CRLF_ends_the_data(MailProtocol protocol, string before, string after)
    {
        foreach (var isCut in new[] { false, true })
        {
            await using var client = await BeginAsync(protocol);
            Assert.StartsWith("354 ", await client.AskAsync("DATA"), StringComparison.Ordinal);
            var octets = Encoding.UTF8.GetBytes($"Subject: x\r\n\r\nbody{before}.{after}{Commands}");
            await SendAsync(client, octets, isCut);
            // The dot at the very end is one that counts: whoever was not cut off has sent one message, with all that in it.
            await AssertNothingSmuggledAsync(client);
        }
    }

    [Theory]
    [MemberData(nameof(Endings))]
    public async Task Nothing_but_its_count_ends_a_chunk(MailProtocol protocol, string before, string after)
    {
        await using var client = await BeginAsync(protocol);
        var octets = Encoding.UTF8.GetBytes($"Subject: x\r\n\r\nbody{before}.{after}{Commands}");
        await client.SendAsync($"BDAT {octets.Length} LAST\r\n");
        await client.SendAsync(octets);
        await AssertNothingSmuggledAsync(client);
    }

    [Theory]
    [InlineData(".\r\n", "")]
    [InlineData("..\r\n.\r\n", ".\r\n")]
    [InlineData(". \r\n.\r\n", "\r\n \r\n")]
    [InlineData(".x\r\n.\r\n", "x\r\n")]
    [InlineData("x.\r\n.\r\n", "x.\r\n")]
    [InlineData("\r\n..\r\n.\r\n", "\r\n.\r\n")]
    public async Task Dots_that_are_none_of_the_end_are_data(string sent, string stored)
    {
        await using var client = await BeginAsync(MailProtocol.Smtp);
        await client.AskAsync("DATA");
        await client.SendAsync(sent);
        Assert.StartsWith("250 ", await client.ReadReplyAsync(), StringComparison.Ordinal);
        var text = await File.ReadAllTextAsync(Assert.Single(_server.InboxFiles("a@example.com")));
        Assert.Equal(stored, text[(text.IndexOf(";\r\n\t", StringComparison.Ordinal) + 4)..].Split("\r\n", 2)[1]);
    }

    private static async Task SendAsync(LineClient client, byte[] octets, bool isCut)
    {
        try
        {
            for (var i = 0; isCut && i < octets.Length - 1; i++)
                await client.SendAsync(octets.AsMemory(i, 1));
            await client.SendAsync(isCut ? octets.AsMemory(octets.Length - 1) : octets);
        }
        catch (IOException)
        {
            // Cut off before it had said all.
        }
    }

    private async Task AssertNothingSmuggledAsync(LineClient client)
    {
        // One answer, for one message or the refusal of it, and no other; only then does it ask for the end.
        var first = await client.ReadReplyAsync();
        Assert.True(first is null || first.StartsWith("250 2.0.0 ", StringComparison.Ordinal) || first.StartsWith("521 5.6.0 ", StringComparison.Ordinal), first);
        if (first?.StartsWith('2') is true)
            await client.SendAsync("QUIT\r\n");
        var rest = await client.ReadToEndAsync();
        Assert.True(rest is "" or "221 2.0.0 Bye\n", rest);
        Assert.Empty(_server.InboxFiles("victim@example.com"));
        Assert.All(_server.InboxFiles("a@example.com"), file => Assert.StartsWith("Return-Path: <sender@example.org>", File.ReadAllText(file), StringComparison.Ordinal));
    }

    private protected async Task<LineClient> BeginAsync(MailProtocol protocol)
    {
        var client = await _server.ConnectAsync(protocol);
        await client.ReadReplyAsync();
        await client.AskAsync(protocol is MailProtocol.Lmtp ? "LHLO a" : "EHLO a");
        await client.AskAsync("MAIL FROM:<sender@example.org>");
        Assert.StartsWith("250 ", await client.AskAsync("RCPT TO:<a@example.com>"), StringComparison.Ordinal);
        return client;
    }
}
