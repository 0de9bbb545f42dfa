using CsCheck;
using MailOps.Maildir.Folders.Cache;
using Xunit;

namespace MailOps.Core.Tests.Maildir;

public sealed class OffsetTableTests
{
    [Fact]
    public void It_finds_what_a_dictionary_finds() =>
        Gen.Select(Gen.OneOf(Gen.UInt[1, 300], Gen.UInt[1, uint.MaxValue]), Gen.Long[0, long.MaxValue]).Array[0, 500].Sample(pairs =>
        {
            var table = new OffsetTable();
            var known = new Dictionary<uint, long>();
            foreach (var (uid, offset) in pairs)
            {
                Assert.Equal(!known.ContainsKey(uid), table.Set(uid, offset));
                known[uid] = offset;
            }

            Assert.Equal(known.Count, table.Count);
            Assert.Equal(known.OrderBy(pair => pair.Key).Select(pair => (pair.Key, pair.Value)), table.All().Order());
            for (var uid = 1u; uid < 310; uid++)
                Assert.Equal(known.GetValueOrDefault(uid, -1), table.Find(uid));
        });

    [Fact]
    public void A_million_messages_take_flat_arrays_and_no_object_each()
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        var table = new OffsetTable();
        for (var uid = 1u; uid <= 1_000_000; uid++)
            table.Set(uid, uid * 500L);

        // With all the smaller arrays that it outgrew.
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 60_000_000);
        Assert.Equal(500_000_000L, table.Find(1_000_000));
    }
}
