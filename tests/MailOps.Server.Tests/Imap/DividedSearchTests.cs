using System.Collections.Concurrent;
using MailOps.Maildir;
using Xunit;
using static MailOps.Server.Tests.Imap.ModSeqServer;

namespace MailOps.Server.Tests.Imap;

/// <summary>Searches of so many messages that two processors look at them.</summary>
public sealed class DividedSearchTests
{
    private const int Messages = 1500;

    [Theory]
    [InlineData("all", 1)]
    [InlineData("subject needle", 7)]
    [InlineData("body needle", 11)]
    [InlineData("header x-kept-nowhere needle", 13)]
    [InlineData("1:* subject needle body needle", 77)]
    [InlineData("not or not uid 1:* not subject needle", 7)]
    public async Task What_was_found_is_told_in_the_order_of_the_mailbox(string keys, int each)
    {
        await using var server = new ImapServer();
        Deliver(server, Messages);
        await using var client = await server.SelectAsync();
        var expected = Enumerable.Range(1, Messages).Where(i => i % each == 0);
        Assert.Equal(["* SEARCH " + string.Join(' ', expected), "a OK Done"], await client.RunAsync("a search " + keys));
    }

    [Theory]
    [InlineData("search subject needle")]
    [InlineData("search body needle")]
    public async Task Where_one_of_two_fails_both_end_and_the_session_goes_on(string command)
    {
        Assert.SkipWhen(Environment.ProcessorCount == 1, "One processor has nobody to divide with.");
        await using var server = new ImapServer();
        Deliver(server, Messages);
        await using var client = await server.SelectAsync();
        using var meeting = new Meeting();
        var opened = 0;
        server.Store.Before = name =>
        {
            if (name != "Open")
                return;
            if (Interlocked.Increment(ref opened) == 50)
                throw new MailStoreException(StoreFault.Broken, "The disk is dead.");
            meeting.Come();
        };
        Assert.StartsWith("a NO ", (await client.RunAsync("a " + command))[^1], StringComparison.Ordinal);
        var whenAnswered = opened;
        Assert.InRange(whenAnswered, 50, Messages - 1);
        Assert.StartsWith("b OK ", Assert.Single(await client.RunAsync("b noop")), StringComparison.Ordinal);
        Assert.Equal(whenAnswered, opened);
        server.Store.Before = _ => { };
        Assert.Equal("c OK Done", (await client.RunAsync("c " + command))[^1]);
    }

    [Fact]
    public async Task The_client_hears_that_it_is_under_way_between_no_others_RFC9585_4()
    {
        Assert.SkipWhen(Environment.ProcessorCount == 1, "One processor has nobody to divide with.");
        await using var server = new ImapServer(options: new() { ProgressInterval = TimeSpan.Zero });
        Deliver(server, 200);
        await using var client = await server.SelectAsync();
        using var meeting = new Meeting();
        server.Store.Before = name =>
        {
            if (name == "Open")
                meeting.Come();
        };
        var lines = Ok(await client.RunAsync("a search body needle"));
        var told = lines.Where(line => line.StartsWith("* OK [INPROGRESS (\"a\" ", StringComparison.Ordinal)).Select(line => line.Split(' ')[4]).ToList();
        // Beside the result and the end.
        Assert.Equal(lines.Count - 2, told.Count);
        var counts = told.Where(state => state != "NIL").Select(int.Parse).ToList();
        Assert.NotEmpty(counts);
        Assert.Equal(counts.Order().Distinct(), counts);
        Assert.InRange(counts[^1], 1, 200);
    }

    private static void Deliver(ImapServer server, int count)
    {
        for (var i = 1; i <= count; i++)
            server.Deliver($"Subject: {Text(i, 7)}\nX-Kept-Nowhere: {Text(i, 13)}\n\n{Text(i, 11)}\n");
    }

    private static string Text(int i, int each) => i % each == 0 ? "a Needle" : "hay";

    /// <summary>Lets nobody go on before two have come.</summary>
    private sealed class Meeting : IDisposable
    {
        private readonly ConcurrentDictionary<int, bool> _threads = new();
        private readonly ManualResetEventSlim _both = new();

        public void Come()
        {
            _threads[Environment.CurrentManagedThreadId] = true;
            if (_threads.Count > 1)
                _both.Set();
            Assert.True(_both.Wait(TimeSpan.FromMinutes(1)), "Nobody helps.");
        }

        public void Dispose() => _both.Dispose();
    }
}
