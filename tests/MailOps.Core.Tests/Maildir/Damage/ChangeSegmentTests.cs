using CsCheck;
using MailOps.Maildir.Folders.Log;
using MailOps.Maildir.Names;
using Xunit;

namespace MailOps.Core.Tests.Maildir.Damage;

public sealed class ChangeSegmentTests
{
    private static readonly Gen<ChangeRecord> Record = Gen.Select(
        Gen.ULong[1, 8],
        Gen.UInt[1, 30],
        Gen.UInt[0, 8],
        Gen.UInt[0, 3],
        Gen.Bool,
        (modSeq, first, more, letters, isExpunge) => new ChangeRecord(modSeq, first, first + more, isExpunge ? default : new MessageLetters(letters), isExpunge));

    [Fact]
    public void Segments_say_of_every_UID_what_the_last_record_says() => Record.List[0, 15].Sample(records =>
    {
        var segments = ChangeSegments.Resolve(records);
        for (var uid = 0u; uid <= 50; uid++)
        {
            ChangeRecord? expected = null;
            foreach (var record in records.Where(record => record.First <= uid && uid <= record.Last))
                expected = expected is { } known && known.ModSeq > record.ModSeq ? known : record;
            var found = segments.Where(segment => segment.First <= uid && uid <= segment.Last).ToList();
            Assert.Equal(expected is null ? 0 : 1, found.Count);
            if (expected is { } one)
                Assert.Equal((one.ModSeq, one.Letters, one.IsExpunge), (found[0].ModSeq, found[0].Letters, found[0].IsExpunge));
            var at = ChangeSegments.Find(segments, uid);
            Assert.Equal(segments.FindIndex(segment => segment.Last >= uid) is >= 0 and var index ? index : segments.Count, at);
        }
    });

    [Fact]
    public void A_record_is_read_back_from_its_own_file_alone() => Gen.Select(Record, Gen.UInt, Gen.UInt).Sample((record, salt, other) =>
    {
        var octets = new byte[ChangeRecord.Length];
        record.Write(octets, salt);
        Assert.True(ChangeRecord.TryRead(octets, salt, out var read));
        Assert.Equal(record, read);
        Assert.Equal(salt == other, ChangeRecord.TryRead(octets, other, out _));
        octets[(int)(salt % ChangeRecord.Length)] ^= (byte)(1 << (int)(other % 8));
        Assert.False(ChangeRecord.TryRead(octets, salt, out _));
    });
}
