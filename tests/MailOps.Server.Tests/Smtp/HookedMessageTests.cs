using System.Security.Cryptography;
using System.Text;
using MailOps.Maildir;
using MailOps.Server.Smtp;
using MailOps.Server.Tests.Support;
using MailOps.Smtp;
using MailOps.Wire;
using Xunit;

namespace MailOps.Server.Tests.Smtp;

[CollectionDefinition(nameof(HookedMessageTests), DisableParallelization = true)]
public sealed class AloneInMemory;

/// <summary>What a hook reads of a message, and what waits for it meanwhile. Alone, since one test counts what the process holds.</summary>
[Collection(nameof(HookedMessageTests))]
public sealed class HookedMessageTests
{
    private const int Megabyte = 1024 * 1024;

    [Theory]
    [InlineData(100)]
    [InlineData(300 * 1024)]
    [InlineData(5 * Megabyte)]
    public async Task A_message_of_any_size_is_read_as_it_was_sent(int size)
    {
        byte[]? seen = null;
        await using var server = await TestServer.StartAsync(options => options with
        {
            Hooks = new Reading(async (message, cancel) =>
            {
                await using var copy = new MemoryStream();
                await using var stream = message.AsStream();
                await stream.CopyToAsync(copy, cancel);
                seen = copy.ToArray();
            }),
        });
        await using var client = await BeginAsync(server);
        var sent = Text(size);
        Assert.StartsWith("354", await client.AskAsync("DATA"), StringComparison.Ordinal);
        await client.SendAsync(sent);
        Assert.StartsWith("250", await client.AskAsync("."), StringComparison.Ordinal);
        Assert.Equal(SHA256.HashData(sent), SHA256.HashData(seen!));
        var stored = await File.ReadAllBytesAsync(Assert.Single(server.InboxFiles("ann@example.com")), TestContext.Current.CancellationToken);
        Assert.True(stored.AsSpan().EndsWith(sent));
    }

    [Fact]
    public async Task Many_large_messages_that_wait_for_a_hook_are_not_held_in_memory()
    {
        const int Count = 8;
        const int Size = 20 * Megabyte;
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var waiting = 0;
        await using var server = await TestServer.StartAsync(options => options with
        {
            Hooks = new Reading(async (message, cancel) =>
            {
                Assert.Equal(Size, message.Length);
                Interlocked.Increment(ref waiting);
                await gate.Task.WaitAsync(cancel);
            }),
        });
        var sent = Text(Size);
        var clients = new List<LineClient>();
        // The first one has warmed up what the others need too.
        var before = long.MaxValue;
        for (var i = 0; i <= Count; i++)
        {
            var client = await BeginAsync(server);
            clients.Add(client);
            Assert.StartsWith("354", await client.AskAsync("DATA"), StringComparison.Ordinal);
            await client.SendAsync(sent);
            await client.SendAsync(".\r\n");
            while (Volatile.Read(ref waiting) <= i)
                await Task.Delay(5, TestContext.Current.CancellationToken);
            if (i == 0)
                before = GC.GetTotalMemory(forceFullCollection: true);
        }

        var held = GC.GetTotalMemory(forceFullCollection: true) - before;
        Assert.True(held < Count * Megabyte, $"{Count} messages of {Size} octets wait, and {held} octets more are held.");
        gate.SetResult();
        foreach (var client in clients)
        {
            Assert.StartsWith("250", await client.ReadReplyAsync(), StringComparison.Ordinal);
            await client.DisposeAsync();
        }

        Assert.Equal(Count + 1, server.InboxFiles("ann@example.com").Count);
    }

    [Fact]
    public async Task What_a_submitted_message_loses_and_gets_is_as_it_was_sent_for_the_hook()
    {
        string? seen = null;
        await using var server = await TestServer.StartAsync(options => options with
        {
            Hooks = new Reading(async (message, cancel) => seen = Encoding.UTF8.GetString((await message.ReadAllAsync(cancel)).Span)),
        });
        await using var client = await BeginAsync(server, MailProtocol.Submission);
        Assert.StartsWith("354", await client.AskAsync("DATA"), StringComparison.Ordinal);
        const string Sent = "Subject: x\r\nBcc: eve@example.com,\r\n joe@example.com\r\nTo: ann@example.com\r\nResent-Bcc: kim@example.com\r\nno field\r\nlast\r\n";
        await client.SendAsync(Sent);
        Assert.StartsWith("250", await client.AskAsync("."), StringComparison.Ordinal);
        Assert.Equal(Sent, seen);
        var stored = await File.ReadAllTextAsync(Assert.Single(server.InboxFiles("ann@example.com")), TestContext.Current.CancellationToken);
        Assert.EndsWith("\r\n\r\nno field\r\nlast\r\n", stored, StringComparison.Ordinal);
        Assert.DoesNotContain("Bcc", stored, StringComparison.Ordinal);
        Assert.Contains("\r\nMessage-ID: ", stored, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_hook_that_reads_on_when_it_has_ended_gets_an_error_and_nobody_elses_mail()
    {
        MessageBlob? kept = null;
        await using var server = await TestServer.StartAsync(options => options with
        {
            Hooks = new Reading((message, _) =>
            {
                kept = message;
                return Task.CompletedTask;
            }),
        });
        await using var client = await BeginAsync(server);
        await client.AskAsync("DATA");
        Assert.StartsWith("250", await client.AskAsync("Subject: x\r\n\r\nx\r\n."), StringComparison.Ordinal);
        Assert.Contains("has ended", Assert.Throws<IOException>(() => kept!.Read(new byte[10], 0)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_very_much_that_is_dropped_whole_lines_are_remembered()
    {
        var sent = new SentMessage();
        var line = Encoding.ASCII.GetBytes(new string('x', 998) + "\r\n");
        for (var i = 0; i < 100; i++)
            sent.Drop(line);
        sent.Drop("Bcc: short\r\n"u8);
        sent.Keep(7, 4);
        using var blob = sent.Open(MessageBlob.FromStream(new MemoryStream(Encoding.ASCII.GetBytes("before kept"))));
        Assert.Equal((SentMessage.MostDropped / 1000 * 1000) + 4, blob.Length);
        var end = new byte[20];
        Assert.Equal(7, blob.Read(end, blob.Length - 7));
        Assert.Equal("x\r\nkept", Encoding.ASCII.GetString(end, 0, 7));
    }

    private static byte[] Text(int size)
    {
        var text = new StringBuilder("Subject: x\r\n\r\n", size);
        for (var i = 0; text.Length < size - 80; i++)
            text.Append(System.Globalization.CultureInfo.InvariantCulture, $"line {i} of many\r\n");
        return Encoding.ASCII.GetBytes(text.Append('y', size - 2 - text.Length).Append("\r\n").ToString());
    }

    private static async Task<LineClient> BeginAsync(TestServer server, MailProtocol protocol = MailProtocol.Smtp)
    {
        var client = await server.ConnectAsync(protocol);
        await client.ReadReplyAsync();
        await client.AskAsync("EHLO client.example.org");
        await client.AskAsync("MAIL FROM:<bob@example.org>");
        Assert.StartsWith("250", await client.AskAsync("RCPT TO:<ann@example.com>"), StringComparison.Ordinal);
        return client;
    }

    private sealed class Reading(Func<MessageBlob, CancellationToken, Task> read) : IMailHooks
    {
        public bool HearsRecipients => false;

        public bool HearsMessages => true;

        public ValueTask<SmtpReply?> RecipientAsync(HookedTransaction transaction, string recipient, CancellationToken cancel) => default;

        public async ValueTask<SmtpReply?> MessageAsync(HookedTransaction transaction, MessageBlob message, CancellationToken cancel)
        {
            await read(message, cancel);
            return null;
        }
    }
}
