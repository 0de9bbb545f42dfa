using MailOps.Maildir;
using Xunit;

namespace MailOps.Core.Tests.Maildir;

/// <summary>Reading a message that is on its way in, wherever the delivery keeps it.</summary>
public sealed class WrittenBlobTests : IAsyncDisposable
{
    private readonly StoreFixture _store = new();

    public ValueTask DisposeAsync() => _store.DisposeAsync();

    [Theory]
    [InlineData(0, false)]
    [InlineData(1, false)]
    [InlineData(100_000, false)]
    [InlineData(300_000, true)]
    [InlineData(1_500_000, true)]
    public async Task Any_range_is_read_from_memory_from_the_file_and_across_both(int size, bool hasFile)
    {
        var random = new Random(size);
        var octets = new byte[size];
        random.NextBytes(octets);
        await using var delivery = (MaildirDelivery)_store.Store.BeginDelivery();
        for (var at = 0; at < size;)
        {
            var count = Math.Min(size - at, random.Next(1, 20_000));
            delivery.Write(octets.AsSpan(at, count));
            at += count;
            await delivery.DrainAsync();
        }

        Assert.Equal(hasFile, File.Exists(delivery.File));
        Assert.True(delivery.InMemory < 256 * 1024, $"{delivery.InMemory} octets are in memory.");
        using (var blob = delivery.OpenWritten())
        {
            Assert.Equal(size, blob.Length);
            Assert.Equal(octets, (await blob.ReadAllAsync(TestContext.Current.CancellationToken)).ToArray());
            var part = new byte[100_000];
            for (var i = 0; i < 200; i++)
            {
                var offset = random.Next(0, size + 10);
                var length = random.Next(0, part.Length);
                var read = blob.Read(part.AsSpan(0, length), offset);
                Assert.Equal(octets.Skip(offset).Take(length), part.Take(read));
            }
        }

        await delivery.CommitAsync([new DeliveryTarget(StoreFixture.Account)], TestContext.Current.CancellationToken);
        Assert.Throws<InvalidOperationException>(() => delivery.OpenWritten());
    }

    [Fact]
    public async Task A_file_that_was_removed_or_shortened_is_said_to_be()
    {
        await using var delivery = (MaildirDelivery)_store.Store.BeginDelivery();
        delivery.Write(new byte[600_000]);
        await delivery.DrainAsync();
        using (var blob = delivery.OpenWritten())
        {
            await using (var file = File.OpenWrite(delivery.File))
                file.SetLength(1000);
            Assert.Contains("shortened", Assert.Throws<MailStoreException>(() => blob.Read(new byte[100_000], 0)).Message, StringComparison.Ordinal);
        }

        File.Delete(delivery.File);
        Assert.Contains("removed", Assert.Throws<MailStoreException>(() => delivery.OpenWritten()).Message, StringComparison.Ordinal);
    }
}
