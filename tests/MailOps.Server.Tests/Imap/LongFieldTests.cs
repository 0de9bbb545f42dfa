using MailOps.Server.Tests.Support;
using MailOps.Wire;
using Xunit;

namespace MailOps.Server.Tests.Imap;

/// <summary>A message whose header is one field of megabytes: anybody can send one, and looking at it must cost what its octets cost.</summary>
public sealed class LongFieldTests
{
    private const int Length = 12 * 1024 * 1024;

    [Theory]
    [InlineData("SEARCH SUBJECT zz", "* SEARCH")]
    [InlineData("SEARCH BODY needle", "* SEARCH 1")]
    [InlineData("SEARCH TEXT needle", "* SEARCH 1")]
    [InlineData("FETCH 1 ENVELOPE", "* 1 FETCH (ENVELOPE (NIL ")]
    public async Task Looking_at_it_does_not_copy_it_again_and_again(string command, string answer)
    {
        await using var server = await TestServer.StartAsync();
        await using (var smtp = await server.ConnectAsync(MailProtocol.Smtp))
        {
            await smtp.ReadReplyAsync();
            await smtp.AskAsync("HELO a");
            await smtp.AskAsync("MAIL FROM:<>");
            await smtp.AskAsync("RCPT TO:<ann@example.com>");
            await smtp.AskAsync("DATA");
            await smtp.SendAsync("Subject: " + new string('x', Length) + "\r\n\r\n" + new string('y', 300_000) + "needle\r\n.\r\n");
            Assert.StartsWith("250 ", await smtp.ReadReplyAsync(), StringComparison.Ordinal);
        }

        await using var imap = await server.ConnectAsync(MailProtocol.Imap);
        await imap.ReadLineAsync();
        await imap.AskAsync("a LOGIN ann@example.com secret");
        await imap.SendAsync("b SELECT INBOX\r\n");
        while (await imap.ReadLineAsync() is { } line && !line.StartsWith("b ", StringComparison.Ordinal))
        {
        }

        // Growing page by page would allocate some twenty gigabytes; other tests run beside this one.
        var before = GC.GetTotalAllocatedBytes();
        Assert.StartsWith(answer, await imap.AskAsync("c " + command), StringComparison.Ordinal);
        Assert.InRange(GC.GetTotalAllocatedBytes() - before, 0, 4L * 1024 * 1024 * 1024);
    }
}
