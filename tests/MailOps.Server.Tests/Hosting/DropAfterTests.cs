using MailOps.Server.Connections.Faults;
using MailOps.Server.Tests.Support;
using MailOps.Wire;
using Xunit;

namespace MailOps.Server.Tests.Hosting;

/// <summary>A fault that drops at an octet counts octets behind the command, in one packet with it or not, in the clear or under TLS.</summary>
public sealed class DropAfterTests
{
    private const string Envelope = "MAIL FROM:<bob@example.org>\r\nRCPT TO:<ann@example.com>\r\n";
    private const string Message = "Subject: x\r\n\r\nx\r\n";

    [Theory]
    [InlineData(MailProtocol.Smtp, "DATA", "DATA\r\n", Message + ".\r\n", false)]
    [InlineData(MailProtocol.Smtp, "DATA", "DATA\r\n", Message + ".\r\n", true)]
    [InlineData(MailProtocol.Smtp, "BDAT", "BDAT 17 LAST\r\n", Message, false)]
    [InlineData(MailProtocol.Smtp, "BDAT", "BDAT 17 LAST\r\n", Message, true)]
    [InlineData(MailProtocol.Lmtp, "DATA", "DATA\r\n", Message + ".\r\n", false)]
    public async Task A_message_is_taken_with_its_last_octet_and_not_without(MailProtocol protocol, string command, string line, string rest, bool isSecured)
    {
        foreach (var (octets, taken) in new[] { (rest.Length, 1), (rest.Length - 1, 0), (1, 0), (0, 0) })
        {
            await using var server = await TestServer.StartAsync();
            server.Server.SetFault(1, new FaultRule { Kind = FaultKind.DropAfter, Commands = [command], Number = octets });
            await using var client = await server.ConnectAsync(protocol);
            await client.ReadReplyAsync();
            var hello = protocol is MailProtocol.Lmtp ? "LHLO client.example.org" : "EHLO client.example.org";
            if (isSecured)
            {
                await client.AskAsync(hello);
                Assert.StartsWith("220", await client.AskAsync("STARTTLS"), StringComparison.Ordinal);
                await client.SecureAsync();
            }

            await client.AskAsync(hello);
            if (command == "DATA")
            {
                // What comes behind DATA waits for its reply.
                await client.SendAsync(Envelope + line);
                foreach (var code in new[] { "250", "250", "354" })
                    Assert.StartsWith(code, await client.ReadReplyAsync(), StringComparison.Ordinal);
                if (octets > 0)
                    await client.SendAsync(rest + "NOOP\r\n");
            }
            else
            {
                await client.SendAsync(Envelope + line + rest + "NOOP\r\n");
            }

            var replies = (await client.ReadToEndAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries);
            // A client that is gone within a message is told 451, should it still hear. NOOP is past the end.
            Assert.Equal(command == "DATA" ? 1 : 3, replies.Length);
            Assert.StartsWith(taken == 1 ? "250 2.0.0" : "451", replies[^1], StringComparison.Ordinal);
            Assert.Equal(taken, server.InboxFiles("ann@example.com").Count);
        }
    }

    [Theory]
    [InlineData(MailProtocol.Smtp, "NOOP", "NOOP\r\n")]
    [InlineData(MailProtocol.Pop3, "CAPA", "QUIT\r\n")]
    [InlineData(MailProtocol.Imap, "NOOP", "b NOOP\r\n")]
    public async Task A_pipelined_command_is_answered_with_its_last_octet_and_not_without(MailProtocol protocol, string command, string next)
    {
        var all = await AnswersAsync(next.Length);
        Assert.Equal(all - 1, await AnswersAsync(next.Length - 1));
        Assert.Equal(all - 1, await AnswersAsync(0));

        async Task<int> AnswersAsync(long octets)
        {
            await using var server = await TestServer.StartAsync();
            server.Server.SetFault(1, new FaultRule { Kind = FaultKind.DropAfter, Commands = [command], Number = octets, Count = 1 });
            await using var client = await server.ConnectAsync(protocol);
            await client.ReadReplyAsync();
            await client.SendAsync((protocol is MailProtocol.Imap ? "a " : "") + command + "\r\n" + next + next);
            return (await client.ReadToEndAsync()).Count(c => c == '\n');
        }
    }
}
