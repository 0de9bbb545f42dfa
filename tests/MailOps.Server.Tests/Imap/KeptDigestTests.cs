using MailOps.Server.Tests.Support;
using MailOps.Wire;
using Xunit;

namespace MailOps.Server.Tests.Imap;

/// <summary>FETCH and SEARCH on a real store: what was kept gives the same replies as the messages themselves.</summary>
public sealed class KeptDigestTests
{
    private static readonly string[] Commands =
    [
        "FETCH 1:* ENVELOPE",
        "FETCH 1:* (UID RFC822.SIZE ENVELOPE BODYSTRUCTURE)",
        "FETCH 1:* BODY.PEEK[HEADER.FIELDS (From To Subject Date Message-ID X-Priority References)]",
        "FETCH 1:* BODY.PEEK[HEADER.FIELDS (Received Subject)]",
        "FETCH 1:* BODY.PEEK[HEADER.FIELDS.NOT (Subject)]",
        "FETCH 1:* (BODY.PEEK[HEADER] BODY.PEEK[TEXT] BODY.PEEK[1] BODY.PEEK[2.MIME])",
        "FETCH 1:* BODY.PEEK[]<3.20>",
        "SEARCH SUBJECT \"number 7\"",
        "SEARCH OR FROM jane HEADER X-Other yes",
        "SEARCH NOT SENTSINCE 3-Feb-2024",
        "SEARCH 5:30 SENTON 2-Feb-2024 NOT TO nobody",
        "SEARCH HEADER References \"\"",
        "UID SEARCH CC team TEXT body",
    ];

    [Fact]
    public async Task Every_reply_is_the_same_from_the_files_from_the_cache_and_from_a_damaged_one()
    {
        await using var server = await TestServer.StartAsync();
        await using var client = await ImapTestClient.ConnectAsync(server.Port(MailProtocol.Imap));
        await client.ReadLineAsync();
        await client.RunAsync("a LOGIN ann@example.com secret");
        for (var i = 1; i <= 40; i++)
            await AppendAsync(client, i);
        await client.RunAsync("b SELECT INBOX");
        var cache = Directory.GetFiles(server.StorePath, "mailops-cache", SearchOption.AllDirectories);
        Assert.Empty(cache);

        var first = await RunAllAsync(client);
        cache = Directory.GetFiles(server.StorePath, "mailops-cache", SearchOption.AllDirectories);
        Assert.Equal(first, await RunAllAsync(client));
        var octets = await File.ReadAllBytesAsync(Assert.Single(cache), TestContext.Current.CancellationToken);
        for (var i = 100; i < octets.Length; i += 1000)
            octets[i] ^= 4;
        await File.WriteAllBytesAsync(cache[0], octets, TestContext.Current.CancellationToken);
        Assert.Equal(first, await RunAllAsync(client));
        File.Delete(cache[0]);
        Assert.Equal(first, await RunAllAsync(client));

        Assert.Contains("* SEARCH 7", first, StringComparison.Ordinal);
        Assert.Contains("\"Message number 39\"", first, StringComparison.Ordinal);
    }

    private static async Task<string> RunAllAsync(ImapTestClient client)
    {
        var replies = new List<string>();
        foreach (var command in Commands)
            replies.AddRange(await client.RunAsync("c " + command));
        return string.Join('\n', replies);
    }

    private static async Task AppendAsync(ImapTestClient client, int i)
    {
        var text = $"From: {(i % 3 == 0 ? "Jane Doe <jane@example.com>" : "\"Doe, John\" <john@example.com>")}\r\n"
            + $"To: a@example.com,\r\n b@example.com\r\n{(i % 4 == 0 ? "Cc: Team: c@example.com, d@example.com;\r\n" : "")}"
            + $"Subject: {(i % 5 == 0 ? "=?utf-8?q?Nachricht_n=C3=BCmber?=" : "Message number")} {i}\r\nDate: {1 + (i % 4)} Feb 2024 10:00:00 +0100\r\n"
            + $"Message-ID: <{i}@example.com>\r\n{(i % 2 == 0 ? "References: <1@example.com>\r\n <2@example.com>\r\nX-Other: yes\r\n" : "")}{(i % 10 == 0 ? "odd line without colon\r\n" : "")}"
            + "Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\nbody\r\n--x\r\nContent-Type: text/html\r\n\r\n<p>more\r\n--x--\r\n";
        await client.SendAsync($"b APPEND INBOX {{{text.Length}+}}\r\n{text}\r\n");
        var reply = (await client.ReadToTagAsync("b"))[^1];
        Assert.True(reply.StartsWith("b OK", StringComparison.Ordinal), reply);
    }
}
