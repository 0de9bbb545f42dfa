using MailOps.Server.Queue;
using MailOps.Server.Queue.Administration;
using MailOps.Server.Queue.Spooling;
using Xunit;

namespace MailOps.Server.Tests.Queue.Control;

/// <summary>A queue of thirty thousand messages, listed page by page: by a server over its socket, and at rest.</summary>
[CollectionDefinition(nameof(LargeQueueTests), DisableParallelization = true)]
[Collection(nameof(LargeQueueTests))]
public sealed class LargeQueueTests : IAsyncDisposable
{
    private const int Count = 30_000;
    private const int Domains = 50;

    private readonly QueueStore _store = new();

    [Fact]
    public async Task Both_ends_hold_a_page_and_no_more_however_long_the_list_is()
    {
        await FillAsync();
        await _store.StartAsync();
        await CountAsync("over the socket");
        var queues = await _store.Access.GetQueuesAsync(QueueFilter.All, null, CancellationToken.None);
        Assert.Equal((1, Count), (queues.Items.Count, queues.Items[0].MessageCount));
        await _store.StopAsync();
        await CountAsync("at rest");
        Assert.Equal(Domains, (await _store.Access.GetQueuesAsync(QueueFilter.All, null, CancellationToken.None)).Items.Count);
        Assert.Equal(Count / Domains, (await _store.MessagesAsync(new QueueFilter { NextHops = ["d7.example"] })).Count);
    }

    public ValueTask DisposeAsync() => _store.DisposeAsync();

    // What a page costs at both ends does not grow, and nothing of it is left.
    private async Task CountAsync(string how)
    {
        var (found, last) = (0, "");
        var (first, live, later) = (0L, 0L, 0L);
        string? after = null;
        var pages = 0;
        do
        {
            var before = GC.GetTotalAllocatedBytes(precise: true);
            var page = await _store.Access.GetMessagesAsync(QueueFilter.All, after, CancellationToken.None);
            var cost = GC.GetTotalAllocatedBytes(precise: true) - before;
            Assert.InRange(page.Items.Count, 0, 1000);
            foreach (var message in page.Items)
            {
                Assert.True(string.CompareOrdinal(message.Id, last) > 0, "Each comes once, in order.");
                last = message.Id;
            }

            (found, after) = (found + page.Items.Count, page.After);
            pages++;
            // The first ones compile, and fill what is kept for later ones.
            if (pages == 5)
                (first, live) = (cost, GC.GetTotalMemory(forceFullCollection: true));
            else if (pages > 5)
                later += cost;
        }
        while (after is not null);
        Assert.Equal(Count, found);
        Assert.InRange(pages, 30, 60);
        // At rest one page in sixty-five reads the next names from the disk.
        Assert.True(later / (pages - 5) < 1.5 * first, $"{how}: a page took {later / (pages - 5)} octets on the average, and page 5 took {first}.");
        var left = GC.GetTotalMemory(forceFullCollection: true) - live;
        Assert.True(left < 4 << 20, $"{how}: after {pages} pages {left} octets more are held than after the fifth.");
    }

    // As a server leaves them; nothing is synced, which a test need not wait for.
    private async Task FillAsync()
    {
        await using var fixture = await SpoolFixture.OpenAsync(_store.Path, OperatingSystem.IsLinux() ? new MailOps.Maildir.Disk.LinuxDisk() : new MailOps.Maildir.Disk.PortableDisk());
        var message = "Subject: one of many\r\n\r\nbody\r\n"u8.ToArray();
        _ = Parallel.For(0, Count, i =>
        {
            var envelope = SpoolFixture.Envelope($"u{i}@d{i % Domains}.example") with { Expires = DateTimeOffset.UtcNow.AddDays(5), Subject = "one of many" };
            var name = new SpoolName(QueueId.Next(TimeProvider.System), DateTimeOffset.UtcNow.AddHours(1), message.Length, 0, $"d{i % Domains}.example");
            File.WriteAllBytes(Path.Join(fixture.Spool.Path, name.Shard, name.ToString()), [.. message, .. SpoolText.Begin(envelope)]);
        });
    }
}
