using System.Text;
using MailOps.Core.Tests.Maildir.PowerCut;
using MailOps.Maildir;
using MailOps.Maildir.Folders.Cache;
using MailOps.Maildir.Folders.Log;
using MailOps.Maildir.Layouts;
using MailOps.Maildir.Names;
using MailOps.Maildir.Quota;
using MailOps.Messages;
using Xunit;

namespace MailOps.Core.Tests.Maildir.Damage;

/// <summary>Readers that want a disk, or whose files are not text.</summary>
internal static partial class Readers
{
    private const string Place = "/readers";
    private const uint Validity = 1764000000;

    private static CacheHeader Header => new(Validity, 77, 0x1122334455667788);

    private static Dictionary<(RecordKind Kind, uint Uid), byte[]> Kept => new()
    {
        [(RecordKind.Digest, 1)] = "digest of one"u8.ToArray(),
        [(RecordKind.Structure, 1)] = "structure of one"u8.ToArray(),
        [(RecordKind.Digest, 7)] = [],
        [(RecordKind.Preview, 7)] = Encoding.UTF8.GetBytes(new string('p', 120)),
    };

    private static PowerCutDisk DiskWith(string name, byte[] octets)
    {
        var disk = new PowerCutDisk(Place, DiskImage.Empty);
        disk.Create($"{Place}/{name}", [octets]);
        return disk;
    }

    private static void ReadQuota(byte[] octets)
    {
        _ = MaildirSize.LimitOf(octets);
        if (MaildirSize.Parse(octets) is not { } size)
            return;
        Assert.True(size.Bytes >= 0 && size.Messages >= 0);
        var again = MaildirSize.Parse(MaildirSize.Format(size.Limit, size.Bytes, size.Messages));
        Assert.Equal(size with { Lines = 1 }, again);
    }

    private static void ReadSubscriptions(byte[] octets)
    {
        foreach (var layout in new[] { MaildirLayout.MaildirPlusPlus, MaildirLayout.Fs })
        {
            var names = SubscriptionFile.Read(DiskWith(SubscriptionFile.FileName, octets), Place, FolderLayout.Of(layout));
            Assert.Equal(names.Count, names.Distinct(StringComparer.Ordinal).Count());
            Assert.All(names, name => Assert.DoesNotContain("..", name.Split('/')));
        }
    }

    private static byte[] WholeLog()
    {
        var header = new ChangeLogHeader(Validity, 4711, 3, 9, 0);
        ChangeRecord[] records =
        [
            new(9, 1, 5, new MessageLetters(0), IsExpunge: false),
            new(10, 2, 3, default, IsExpunge: true),
            new(11, 5, 5, new MessageLetters(5), IsExpunge: false),
            new(11, 6, 9, new MessageLetters(0), IsExpunge: false),
        ];
        var octets = new byte[ChangeLogHeader.Length + (records.Length * ChangeRecord.Length)];
        header.Write(octets);
        for (var i = 0; i < records.Length; i++)
            records[i].Write(octets.AsSpan(ChangeLogHeader.Length + (i * ChangeRecord.Length)), header.Salt);
        return octets;
    }

    private static void ReadLog(byte[] octets)
    {
        var log = new ChangeLog(DiskWith(ChangeLog.FileName, octets), () => $"{Place}/{ChangeLog.FileName}");
        if (log.Read(Validity) is not { } records)
            return;
        var last = 0u;
        foreach (var segment in ChangeSegments.Resolve(records))
        {
            Assert.True(segment.First > last && segment.Last >= segment.First, "Segments go up and do not overlap.");
            Assert.True(segment.ModSeq > 0 && segment.ModSeq <= log.Highest, "No mod-sequence is above the highest.");
            last = segment.Last;
        }

        // What another process appends is read as a tail.
        Assert.Empty(log.ReadTail() ?? []);
    }

    private static byte[] WholeCache()
    {
        var batch = new CacheBatch();
        foreach (var ((kind, uid), content) in Kept)
            batch.Add(uid, uid + 1000, kind, content);
        return [.. Header.ToOctets(), .. batch.ToOctets(Header).Span];
    }

    // A record that is damaged is not there; one that is there holds what was written.
    private static void ReadCache(byte[] octets)
    {
        _ = CacheHeader.TryParse(octets, out _);
        using var file = DiskWith(MessageCache.FileName, octets).OpenFile($"{Place}/{MessageCache.FileName}", forAppend: false)!;
        var index = new CacheIndex(Header);
        _ = index.Follow(file);
        _ = index.Follow(file);
        foreach (var ((kind, uid), content) in Kept)
        {
            var offset = index.Find(kind, uid);
            if (offset < 0)
                continue;
            var read = octets.AsSpan((int)offset);
            Assert.True(CacheRecord.TryParse(read, Header.Key, out var record));
            Assert.True(CacheRecord.IsSound(read[..record.TotalLength], Header.Key));
            Assert.Equal((uid, kind, uid + 1000ul), (record.Uid, record.Kind, record.NameHash));
            Assert.True(read[CacheRecord.HeaderLength..record.TotalLength].SequenceEqual(content));
        }
    }
}
