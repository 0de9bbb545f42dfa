using System.Text;
using CsCheck;
using MailOps.Core.Tests.Messages;
using MailOps.Maildir;
using MailOps.Maildir.Disk;
using MailOps.Maildir.Folders;
using MailOps.Maildir.Folders.Cache;
using MailOps.Messages;
using Xunit;

namespace MailOps.Core.Tests.Maildir;

/// <summary>The file of what was read from messages: never wrong, never in the way, whatever happens to it.</summary>
public sealed class MessageCacheTests : IAsyncDisposable
{
    private readonly StoreFixture _store = new();

    private string CachePath => Path.Combine(_store.Inbox, MessageCache.FileName);

    public ValueTask DisposeAsync() => _store.DisposeAsync();

    [Fact]
    public async Task A_digest_is_read_from_the_cache_and_not_from_the_message()
    {
        await DeliverAsync(40);
        Assert.Equal(Expected(40), await SubjectsAsync());
        await _store.RestartAsync();

        // The names stay, the content goes: what is told now was kept.
        foreach (var path in Directory.GetFiles(Path.Combine(_store.Inbox, "cur")).Concat(Directory.GetFiles(Path.Combine(_store.Inbox, "new"))))
            await File.WriteAllTextAsync(path, "Subject: something else\r\n\r\n".PadRight((int)new FileInfo(path).Length), TestContext.Current.CancellationToken);
        Assert.Equal(Expected(40), await SubjectsAsync());
        File.Delete(CachePath);
        Assert.All(await SubjectsAsync(), subject => Assert.Equal("something else", subject));
    }

    [Fact]
    public async Task Structure_and_preview_are_kept_as_well()
    {
        await _store.DeliverAsync("Subject: a\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nHello  there,\r\n\r\nworld\r\n--b--\r\n");
        await using var mailbox = await _store.OpenAsync();
        IMailbox face = mailbox;
        for (var round = 0; round < 2; round++)
        {
            var structure = await face.StructureAsync(mailbox.Messages[0], TestContext.Current.CancellationToken);
            Assert.Equal("Hello  there,\r\n\r\nworld".Length, structure!.Find([1])!.Octets);
            Assert.Equal("Hello there, world", await face.PreviewAsync(mailbox.Messages[0], TestContext.Current.CancellationToken));
        }

        Assert.Equal(2, CountRecords(mailbox));
    }

    [Fact]
    public async Task A_structure_comes_out_of_its_record_as_it_went_in()
    {
        foreach (var (name, octets) in SampleMessages.All())
        {
            using var stream = new MemoryStream(octets);
            var structure = await MessageStructure.ReadAsync(stream, TestContext.Current.CancellationToken);
            var record = new RecordWriter();
            StructureRecord.Write(record, structure);
            var again = new RecordWriter();
            StructureRecord.Write(again, StructureRecord.Read(record.Written));
            Assert.True(record.Written.SequenceEqual(again.Written), name);
        }
    }

    [Fact]
    public async Task A_damaged_cache_never_shows_a_wrong_envelope_and_heals()
    {
        await DeliverAsync(30);
        Assert.Equal(Expected(30), await SubjectsAsync());
        var sound = await File.ReadAllBytesAsync(CachePath, TestContext.Current.CancellationToken);
        await Gen.Select(Gen.Int[0, sound.Length - 1], Gen.Int[0, 200], Gen.Int[0, 4], Gen.Byte.Array[0, 64]).Array[1, 4].SampleAsync(
            async damages =>
            {
                var octets = new List<byte>(sound);
                foreach (var (at, count, way, other) in damages)
                {
                    var start = Math.Min(at, octets.Count);
                    var length = Math.Min(count, octets.Count - start);
                    if (way is 0 or 1)
                        octets.RemoveRange(start, way == 0 ? length : octets.Count - start);
                    else if (way == 2)
                        octets.InsertRange(start, octets.GetRange(start / 2, length));
                    else if (way == 3)
                        octets.InsertRange(start, other);
                    else if (start < octets.Count)
                        octets[start] ^= (byte)(1 << (count % 8));
                }

                await File.WriteAllBytesAsync(CachePath, [.. octets]);
                Assert.Equal(Expected(30), await SubjectsAsync());
                Assert.Equal(Expected(30), await SubjectsAsync());
            },
            iter: 150,
            threads: 1);

        // Healed: all of it is read from a whole file again.
        Assert.Equal(Expected(30), await SubjectsAsync());
        await _store.RestartAsync();
        await using var mailbox = await _store.OpenAsync();
        Assert.Equal(30, CountRecords(mailbox));
    }

    [Fact]
    public void Another_message_under_the_same_UID_is_not_shown_as_the_one_before()
    {
        var folder = Directory.CreateDirectory(Path.Combine(_store.Root, "cache", "tmp")).Parent!.FullName;
        var cache = new MessageCache(_store.Store.Environment);
        Keep(cache, folder, 1, 5, "one", "kept of one");
        Assert.Equal("kept of one", Read(cache, folder, 1, 5, "one"));
        Assert.Null(Read(cache, folder, 1, 5, "two"));
        Assert.Null(Read(cache, folder, 2, 5, "one"));
        Assert.Null(Read(cache, folder, 1, 6, "one"));

        // Another UIDVALIDITY: the file is made anew.
        Keep(cache, folder, 2, 5, "two", "kept of two");
        Assert.Equal("kept of two", Read(cache, folder, 2, 5, "two"));
        Assert.Null(Read(cache, folder, 1, 5, "one"));
        Assert.Empty(Directory.GetFiles(Path.Combine(folder, "tmp")));
    }

    [Fact]
    public async Task Many_append_to_one_file_while_others_compact_it_and_nothing_is_lost_or_mixed()
    {
        const int Writers = 4;
        const int Each = 150;
        var folder = Directory.CreateDirectory(Path.Combine(_store.Root, "cache", "tmp")).Parent!.FullName;
        var caches = Enumerable.Range(0, Writers).Select(_ => new MessageCache(_store.Store.Environment)).ToArray();
        var kept = 0;
        await Task.WhenAll(Enumerable.Range(0, Writers).Select(writer => Task.Run(() =>
        {
            for (var i = 0; i < Each; i++)
            {
                var uid = (uint)((i * Writers) + writer + 1);
                var before = caches[writer].Failures;
                Keep(caches[writer], folder, 7, uid, $"name{uid}", new string((char)('a' + (uid % 26)), (int)uid));
                if (caches[writer].Failures != before)
                    continue;
                Interlocked.Increment(ref kept);
                Assert.Equal((int)uid, Read(caches[writer], folder, 7, uid, $"name{uid}")?.Length);
                if (i % 10 == 5)
                    caches[writer].Compact(folder, 7, _ => true);
            }
        })));

        var last = new MessageCache(_store.Store.Environment);
        var found = 0;
        for (var uid = 1u; uid <= Writers * Each; uid++)
        {
            if (Read(last, folder, 7, uid, $"name{uid}") is not { } content)
                continue;
            found++;
            Assert.Equal(new string((char)('a' + (uid % 26)), (int)uid), content);
        }

        Assert.Equal(kept, found);
        Assert.InRange(found, Writers, Writers * Each);
    }

    [Fact]
    public async Task Two_stores_append_to_one_cache_and_read_each_other_s_records()
    {
        await DeliverAsync(20);
        await using var other = new MaildirStore(_store.Root);
        var account = await other.OpenAccountAsync(StoreFixture.Account, TestContext.Current.CancellationToken);
        await using var theirs = await account.OpenAsync(MailboxName.Inbox, readOnly: true, TestContext.Current.CancellationToken);
        await using var ours = await _store.OpenAsync();
        Assert.Equal(Expected(20)[..10], await SubjectsAsync(ours, [.. ours.Messages.Take(10)]));
        Assert.Equal(Expected(20), await SubjectsAsync(theirs!, theirs!.Messages));
        Assert.Equal(Expected(20), await SubjectsAsync(ours, ours.Messages));
        Assert.Equal(20, CountRecords(ours));
    }

    [Fact]
    public async Task A_cache_that_is_deleted_under_open_sessions_is_made_again()
    {
        await DeliverAsync(10);
        await using var mailbox = await _store.OpenAsync();
        Assert.Equal(Expected(10), await SubjectsAsync(mailbox, mailbox.Messages));
        File.Delete(CachePath);
        Assert.Equal(Expected(10), await SubjectsAsync(mailbox, mailbox.Messages));
        Assert.Equal(10, CountRecords(mailbox));
        File.Delete(CachePath);
        Directory.CreateDirectory(CachePath);
        Assert.Equal(Expected(10), await SubjectsAsync(mailbox, mailbox.Messages));
    }

    [Fact]
    public async Task A_cache_of_messages_that_are_mostly_gone_becomes_small()
    {
        await DeliverAsync(600, padding: 1000);
        await using var mailbox = await _store.OpenAsync();
        Assert.Equal(Expected(600), await SubjectsAsync(mailbox, mailbox.Messages));
        var before = new FileInfo(CachePath).Length;
        await mailbox.RemoveAsync([.. mailbox.Messages.Take(590)], TestContext.Current.CancellationToken);
        await mailbox.RefreshAsync(expunges: true, TestContext.Current.CancellationToken);
        await _store.DeliverAsync("Subject: another\r\n\r\n");
        await mailbox.RefreshAsync(expunges: true, TestContext.Current.CancellationToken);
        string[] left = [.. Expected(600)[590..], "another"];
        Assert.Equal(left, await SubjectsAsync(mailbox, mailbox.Messages));
        Assert.InRange(new FileInfo(CachePath).Length, 1, before / 20);
        Assert.Equal(left, await SubjectsAsync(mailbox, mailbox.Messages));
        Assert.Equal(11, CountRecords(mailbox));
    }

    [Theory]
    [InlineData(StoreFault.Full)]
    [InlineData(StoreFault.NotWritable)]
    public async Task A_cache_that_cannot_be_written_does_no_harm(StoreFault fault)
    {
        HookedDisk? hooked = null;
        await using var fixture = new StoreFixture(disk => hooked = new HookedDisk(disk));
        await fixture.DeliverAsync("Subject: message 1\r\n\r\n");
        hooked!.Before = (operation, path) =>
        {
            if (path.EndsWith(MessageCache.FileName, StringComparison.Ordinal) && operation is "Create" or "OpenForAppend")
                throw new MailStoreException(fault, "on purpose");
        };
        await using var mailbox = await fixture.OpenAsync();
        for (var round = 0; round < 2; round++)
            Assert.Equal(["message 1"], await SubjectsAsync(mailbox, mailbox.Messages));
        Assert.False(File.Exists(Path.Combine(fixture.Inbox, MessageCache.FileName)));
    }

    [Fact]
    public async Task A_message_that_vanished_has_no_digest_and_the_others_have_theirs()
    {
        await DeliverAsync(8);
        await using var mailbox = await _store.OpenAsync();
        File.Delete(Directory.GetFiles(_store.Inbox, mailbox.Messages[3].FileName + "*", SearchOption.AllDirectories).Single());
        string[] expected = [.. Expected(3), "gone", .. Expected(8)[4..]];
        Assert.Equal(expected, await SubjectsAsync(mailbox, mailbox.Messages));
        Assert.Null(await mailbox.StructureAsync(mailbox.Messages[3], TestContext.Current.CancellationToken));
        Assert.Null(await mailbox.PreviewAsync(mailbox.Messages[3], TestContext.Current.CancellationToken));
        Assert.Null(await mailbox.OpenBlobAsync(mailbox.Messages[3], TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("")]
    [InlineData("1200000001.M1P1.host,S=4096,W=4096")]
    [InlineData("1200000001.M1P1.höst\u20ac")]
    public void The_hash_of_a_name_is_the_same_in_octets(string name) =>
        Assert.Equal(CacheRecord.HashOf(name), CacheRecord.HashOf(Encoding.UTF8.GetBytes(name)));

    private static string[] Expected(int count) => [.. Enumerable.Range(1, count).Select(i => $"message {i}")];

    private static void Keep(MessageCache cache, string folder, uint validity, uint uid, string name, string content)
    {
        var batch = new CacheBatch();
        batch.Add(uid, CacheRecord.HashOf(name), RecordKind.Preview, Encoding.UTF8.GetBytes(content));
        cache.Append(folder, validity, batch);
    }

    private static string? Read(MessageCache cache, string folder, uint validity, uint uid, string name)
    {
        using var reader = cache.OpenRead(folder, validity);
        return reader is not null && reader.TryRead(uid, CacheRecord.HashOf(name), RecordKind.Preview, out var content) ? Encoding.UTF8.GetString(content) : null;
    }

    private static async Task<string[]> SubjectsAsync(IMailbox mailbox, IReadOnlyList<MailboxMessage> messages)
    {
        var subjects = new List<string>();
        await using var digests = new RecordSequence(mailbox, RecordKind.Digest, messages);
        for (var i = 0; i < messages.Count; i++)
        {
            var digest = await digests.NextAsync(TestContext.Current.CancellationToken);
            subjects.Add(digest is { } record ? new MessageDigest(record).ToEnvelope().Subject ?? "none" : "gone");
        }

        return [.. subjects];
    }

    // Each kind of record that a message has counts.
    private static int CountRecords(IMailbox mailbox)
    {
        var count = 0;
        using var cache = ((MailboxView)mailbox).OpenCache();
        foreach (var message in mailbox.Messages)
        {
            foreach (var kind in (RecordKind[])[RecordKind.Digest, RecordKind.Structure, RecordKind.Preview])
            {
                if (cache?.TryRead(message.Uid, CacheRecord.HashOf(message.FileName), kind, out _) == true)
                    count++;
            }
        }

        return count;
    }

    private async Task DeliverAsync(int count, int padding = 0)
    {
        // One after the other, so that they are numbered in this order.
        for (var i = 1; i <= count; i++)
            await _store.AppendAsync($"From: a@x.org\r\nSubject: message {i}\r\nTo: {new string('x', padding)}\r\n\r\nbody {i}\r\n");
    }

    private async Task<string[]> SubjectsAsync()
    {
        await using var mailbox = await _store.OpenAsync();
        return await SubjectsAsync(mailbox, mailbox.Messages);
    }
}
