using MailOps.Maildir;
using MailOps.Maildir.Disk;
using MailOps.Server.Queue;
using MailOps.Server.Queue.Spooling;
using MailOps.Tests.Support;
using Xunit;

namespace MailOps.Server.Tests.Queue;

public sealed class SpoolTests : IAsyncDisposable
{
    private readonly PrivateFolder _folder = new();
    private readonly List<SpoolFixture> _open = [];

    [Theory]
    [InlineData(0)]
    [InlineData(1000)]
    [InlineData(3_000_000)]
    public async Task A_message_is_one_file_and_comes_back_after_a_restart(int length)
    {
        var spool = await OpenAsync();
        var text = new string('x', length);
        var entry = await spool.AddAsync(text, SpoolFixture.Envelope("b@b.example"));
        Assert.Equal($"{entry.Id},D=20261129T014000Z,S={length},P=0,N=b.example", Path.GetFileName(Assert.Single(Files())));
        await CloseAsync(spool);

        spool = await OpenAsync();
        var found = Assert.Single(spool.List());
        Assert.Equal(entry.Name, found.Name);
        Assert.Equal(text, await spool.ReadAsync(found));
        using var message = spool.Spool.TryOpen(found)!;
        Assert.Equal("sender@a.example", message.Envelope.Sender);
        Assert.False(message.Recipients[0].IsFinal);
    }

    [Theory]
    [InlineData(1000)]
    [InlineData(3_000_000)]
    public async Task Mailboxes_of_the_store_get_it_in_the_same_step_without_the_envelope(int length)
    {
        var spool = await OpenAsync();
        var text = new string('x', length);
        var entry = await spool.AddAsync(text, SpoolFixture.Envelope("b@b.example"), "one@a.example", "two@a.example");
        Assert.Equal(text, await spool.ReadAsync(entry));
        foreach (var account in new[] { "one", "two" })
        {
            var file = Assert.Single(Directory.GetFiles(Path.Join(_folder.Path, "mail", "a.example", account, "new")));
            Assert.Equal(length, new FileInfo(file).Length);
        }

        Assert.Empty(Directory.GetFiles(Path.Join(_folder.Path, "tmp")));
    }

    [Fact]
    public async Task What_became_of_recipients_stands_behind_the_message_and_the_name_has_the_new_schedule()
    {
        var spool = await OpenAsync();
        var entry = await spool.AddAsync("text", SpoolFixture.Envelope("b@b.example", "c@c.example", "d@c.example"));
        Assert.EndsWith(",N=+", Path.GetFileName(Assert.Single(Files())), StringComparison.Ordinal);
        var later = SpoolFixture.Due.AddHours(1);
        await spool.Spool.ChangeAsync(
            entry,
            [SpoolFixture.Record(SpoolEvent.Sent, 1), SpoolFixture.Record(SpoolEvent.Deferred, 2, 3) with { Until = later }],
            entry.Name with { Due = later, NextHop = "c.example" });
        await CloseAsync(spool);

        spool = await OpenAsync();
        var found = Assert.Single(spool.List());
        Assert.Equal((later, "c.example"), (found.Due, found.NextHop));
        using var message = spool.Spool.TryOpen(found)!;
        Assert.Equal([true, false, false], message.Recipients.Select(recipient => recipient.IsFinal));
        Assert.All(message.Recipients.Skip(1), recipient => Assert.Equal(later, recipient.Due));
        Assert.Equal("text", await spool.ReadAsync(found));
    }

    [Fact]
    public async Task A_message_that_is_held_has_it_in_its_name()
    {
        var spool = await OpenAsync();
        var entry = await spool.AddAsync("text", SpoolFixture.Envelope("b@b.example"));
        await spool.Spool.ChangeAsync(entry, [], entry.Name with { IsSuspended = true });
        Assert.EndsWith(",H", Assert.Single(Files()), StringComparison.Ordinal);
        Assert.True(Assert.Single(spool.List()).IsSuspended);
    }

    [Fact]
    public async Task What_is_removed_is_gone_for_good()
    {
        var spool = await OpenAsync();
        await spool.Spool.RemoveAsync(await spool.AddAsync("text", SpoolFixture.Envelope("b@b.example")));
        Assert.Empty(Files());
        Assert.Empty(spool.List());
    }

    [Fact]
    public async Task A_recipient_that_is_through_stays_so_whatever_is_written_later()
    {
        var spool = await OpenAsync();
        var entry = await spool.AddAsync("text", SpoolFixture.Envelope("b@b.example"));
        await spool.Spool.ChangeAsync(entry, [SpoolFixture.Record(SpoolEvent.Sent, 1)], entry.Name);
        await spool.Spool.ChangeAsync(entry, [SpoolFixture.Record(SpoolEvent.Deferred, 1, 7, 0), SpoolFixture.Record(SpoolEvent.Reported, 1)], entry.Name);
        using var message = spool.Spool.TryOpen(entry)!;
        Assert.Equal((SpoolEvent.Sent, true), (message.Recipients[0].Last!.Event, message.Recipients[0].IsReported));
    }

    [Fact]
    public async Task A_file_without_a_whole_envelope_is_set_aside_and_not_lost()
    {
        var spool = await OpenAsync();
        var entry = await spool.AddAsync("text", SpoolFixture.Envelope("b@b.example"));
        var file = Assert.Single(Files());
        var octets = await File.ReadAllBytesAsync(file);
        await File.WriteAllBytesAsync(file, octets[..^10]);
        Assert.Null(spool.Spool.TryOpen(entry));

        var place = await spool.Spool.SetAsideAsync(entry);
        Assert.Empty(spool.List());
        Assert.Equal(octets[..^10], await File.ReadAllBytesAsync(place));
        Assert.Null(spool.Spool.TryOpen(entry));
    }

    [Fact]
    public async Task Files_of_others_are_told_and_left_alone()
    {
        var spool = await OpenAsync();
        var entry = await spool.AddAsync("text", SpoolFixture.Envelope("b@b.example"));
        var other = Path.Join(spool.Spool.Path, "0", "README");
        var misplaced = Path.Join(spool.Spool.Path, entry.Name.Shard == "1" ? "2" : "1", entry.Name.ToString());
        await File.WriteAllTextAsync(other, "");
        await File.WriteAllTextAsync(misplaced, "");
        var found = new List<QueueEntry>();
        Assert.Equal(new[] { other, misplaced }.Order(StringComparer.Ordinal), spool.Spool.List(found.Add).Order(StringComparer.Ordinal));
        Assert.Single(found);
        Assert.True(File.Exists(other) && File.Exists(misplaced));
    }

    [Fact]
    public async Task One_server_at_a_time_has_a_spool()
    {
        var spool = await OpenAsync();
        var refused = await Assert.ThrowsAsync<MailStoreException>(OpenAsync);
        Assert.Contains("belongs to another server", refused.Message, StringComparison.Ordinal);
        await CloseAsync(spool);
        await OpenAsync();
    }

    [Fact]
    public async Task A_change_to_a_file_that_somebody_removed_is_an_error_and_the_entry_stays_as_it_was()
    {
        var spool = await OpenAsync();
        var entry = await spool.AddAsync("text", SpoolFixture.Envelope("b@b.example"));
        var before = entry.Name;
        File.Delete(Assert.Single(Files()));
        var gone = await Assert.ThrowsAsync<MailStoreException>(() => spool.Spool.ChangeAsync(entry, [SpoolFixture.Record(SpoolEvent.Sent, 1)], entry.Name with { IsSuspended = true }));
        Assert.Contains("another program removed it", gone.Message, StringComparison.Ordinal);
        Assert.Equal(before, entry.Name);
        await spool.Spool.RemoveAsync(entry);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var spool in _open)
            await spool.DisposeAsync();
        _folder.Dispose();
    }

    private async Task<SpoolFixture> OpenAsync()
    {
        var spool = await SpoolFixture.OpenAsync(_folder.Path, OperatingSystem.IsLinux() ? new LinuxDisk() : new PortableDisk());
        _open.Add(spool);
        return spool;
    }

    private async Task CloseAsync(SpoolFixture spool)
    {
        _open.Remove(spool);
        await spool.DisposeAsync();
    }

    private string[] Files() => [.. SpoolName.Shards.SelectMany(shard => Directory.GetFiles(Path.Join(_folder.Path, "queue", shard)))];
}
