using MailOps.Client.Migration;
using Xunit;

namespace MailOps.Client.Tests.Migration;

public sealed class MessageSpoolTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    // More than have room in memory together: some are in files, begun there or on the way.
    [Theory]
    [InlineData(1_000)]
    [InlineData(65_536)]
    [InlineData(65_537)]
    [InlineData(900_000)]
    [InlineData(1_048_576)]
    [InlineData(1_048_577)]
    public async Task Messages_come_out_as_they_went_in_however_many_are_on_their_way(int size)
    {
        var spools = new List<(byte[] Octets, MessageSpool Spool)>();
        try
        {
            for (var i = 0; i < 30; i++)
            {
                var octets = new byte[size];
                new Random(i).NextBytes(octets);
                spools.Add((octets, i % 2 == 0 ? await MessageSpool.ReadAsync(new MemoryStream(octets), size, Cancel) : await CollectAsync(octets)));
            }

            foreach (var (octets, spool) in spools)
            {
                using var whole = MessageSpool.Of(octets);
                using var shown = new MemoryStream();
                await spool.WriteToAsync(shown, Cancel);
                Assert.Equal(octets, shown.ToArray());
                Assert.Equal(octets, spool.ToArray());
                Assert.Equal((whole.Hash, whole.Length, whole.CrlfLength, whole.HasNul), (spool.Hash, spool.Length, spool.CrlfLength, spool.HasNul));
            }
        }
        finally
        {
            spools.ForEach(one => one.Spool.Dispose());
        }
    }

    [Fact]
    public async Task A_stream_that_ends_before_the_message_does_is_an_error() =>
        await Assert.ThrowsAsync<EndOfStreamException>(() => MessageSpool.ReadAsync(new MemoryStream(new byte[10]), 11, Cancel));

    private static Task<MessageSpool> CollectAsync(byte[] octets) => MessageSpool.CollectAsync(
        async (sink, cancel) =>
        {
            for (var from = 0; from < octets.Length; from += 10_000)
                await sink(octets.AsMemory(from, Math.Min(10_000, octets.Length - from)), cancel);
        },
        Cancel);
}
