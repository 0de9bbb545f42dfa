using System.Globalization;
using MailOps.Core.Tests.Maildir.PowerCut;
using MailOps.Server.Queue;
using MailOps.Server.Queue.Spooling;
using Xunit;

namespace MailOps.Server.Tests.Queue;

/// <summary>
/// The power is cut between any two calls of the spool to the disk. In each state that the file system may leave, a message that was promised
/// is there once and whole, with what was written down for good; one that was removed for good is gone.
/// </summary>
public sealed class SpoolPowerCutTests(ITestOutputHelper output)
{
    private static readonly int MostEach = int.TryParse(Environment.GetEnvironmentVariable("MAILOPS_POWERCUT_STATES"), NumberStyles.None, CultureInfo.InvariantCulture, out var most) ? most : 6;

    private static int _disks;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Nothing_that_was_promised_is_lost_or_comes_back(bool isPortable)
    {
        var (disk, story) = await PlayAsync(syncs: true, isPortable);
        Assert.Empty(await ComplaintsAsync(disk, story, isPortable));
    }

    [Fact]
    public async Task A_disk_that_does_not_sync_is_found_out()
    {
        var (disk, story) = await PlayAsync(syncs: false, isPortable: false);
        var complaints = await ComplaintsAsync(disk, story, isPortable: false);
        Assert.Contains(complaints, complaint => complaint.StartsWith("lost", StringComparison.Ordinal));
        Assert.Contains(complaints, complaint => complaint.StartsWith("forgotten", StringComparison.Ordinal));
        Assert.Contains(complaints, complaint => complaint.StartsWith("came back", StringComparison.Ordinal));
    }

    private static async Task<(PowerCutDisk Disk, List<Told> Story)> PlayAsync(bool syncs, bool isPortable)
    {
        var root = $"/spoolcut{Interlocked.Increment(ref _disks)}";
        var disk = new PowerCutDisk(root, DiskImage.Empty) { IsPortable = isPortable };
        var story = new List<Told>();
        await using var spool = await SpoolFixture.OpenAsync(root + "/store", disk);
        await Task.WhenAll(AddAsync("early", "b@b.example"), AddAsync("many", "b@b.example", "c@c.example"));
        if (isPortable)
            disk.SyncAll();
        disk.Syncs = syncs;
        var first = disk.Position;
        foreach (var told in story)
            told.Promised = first;

        await Task.WhenAll(AddAsync("new 1", "b@b.example"), AddAsync(new string('x', 9000), "b@b.example"), AddWithMailboxAsync());
        await ChangeAsync(story[1], entry => entry.Name with { NextHop = "c.example", Due = SpoolFixture.Due.AddHours(1) }, SpoolFixture.Record(SpoolEvent.Sent, 1));
        await RemoveAsync(story[0]);
        await ChangeAsync(story[1], entry => entry.Name with { IsSuspended = true });
        await Task.WhenAll(ChangeAsync(story[2], entry => entry.Name with { Due = SpoolFixture.Due.AddHours(2) }, SpoolFixture.Record(SpoolEvent.Sent, 1)), RemoveAsync(story[3]), AddAsync("last", "c@c.example"));
        return (disk, story);

        async Task AddAsync(string text, params string[] recipients)
        {
            var entry = await spool.AddAsync(text, SpoolFixture.Envelope(recipients));
            lock (story)
                story.Add(new Told(entry, text) { Promised = disk.Position });
        }

        async Task AddWithMailboxAsync()
        {
            var entry = await spool.AddAsync("both", SpoolFixture.Envelope("b@b.example"), "one@a.example");
            lock (story)
                story.Add(new Told(entry, "both") { Promised = disk.Position });
        }

        async Task ChangeAsync(Told told, Func<QueueEntry, SpoolName> name, params SpoolRecord[] records)
        {
            await spool.Spool.ChangeAsync(told.Entry, records, name(told.Entry));
            if (records.Length > 0)
                told.Sent = disk.Position;
        }

        async Task RemoveAsync(Told told)
        {
            told.Removing = disk.Position;
            await spool.Spool.RemoveAsync(told.Entry);
            told.Removed = disk.Position;
        }
    }

    private async Task<HashSet<string>> ComplaintsAsync(PowerCutDisk disk, List<Told> story, bool isPortable)
    {
        var complaints = new HashSet<string>(StringComparer.Ordinal);
        var first = story.Min(told => told.Promised);
        foreach (var model in Enum.GetValues<FileSystemModel>())
        {
            var states = 0;
            foreach (var state in new CrashStates(disk, model, MostEach, seed: 1).From(first))
            {
                states++;
                await foreach (var complaint in LookAsync(state, story, isPortable))
                    complaints.Add($"{complaint} ({model}: {state.Story})");
            }

            output.WriteLine($"{model}: {disk.Operations.Count - first} steps, {states} states");
            Assert.InRange(states, 100, int.MaxValue);
        }

        return complaints;
    }

    private static async IAsyncEnumerable<string> LookAsync(CrashState state, List<Told> story, bool isPortable)
    {
        var root = $"/spoolcut{Interlocked.Increment(ref _disks)}";
        var disk = new PowerCutDisk(root, state.Image.Aged(TimeSpan.FromMinutes(10))) { IsPortable = isPortable };
        await using var spool = await SpoolFixture.OpenAsync(root + "/store", disk);
        var found = spool.List();
        if (found.DistinctBy(entry => entry.Id).Count() != found.Count)
            yield return "doubled: two files have one id";

        foreach (var told in story)
        {
            var entry = found.Find(one => one.Id == told.Entry.Id);
            using var message = entry is null ? null : spool.Spool.TryOpen(entry);
            var text = message is null ? null : await spool.ReadAsync(entry!);
            if (text is not null && text != told.Text)
                yield return $"another text: {told.Name}";
            if (told.Promised <= state.Moment && state.Moment <= told.Removing && text is null)
                yield return $"lost: {told.Name}";
            if (told.Sent <= state.Moment && state.Moment <= told.Removing && message?.Recipients[0].IsFinal is false)
                yield return $"forgotten: {told.Name}";
            if (told.Removed <= state.Moment && entry is not null)
                yield return $"came back: {told.Name}";
        }

        // Life goes on.
        foreach (var entry in found)
        {
            using var message = spool.Spool.TryOpen(entry);
            if (message is null)
                await spool.Spool.SetAsideAsync(entry);
            else
                await spool.Spool.ChangeAsync(entry, [SpoolFixture.Record(SpoolEvent.Sent, message.Recipients.Count)], entry.Name with { Due = SpoolFixture.Due.AddDays(1) });
        }

        await spool.AddAsync("later", SpoolFixture.Envelope("b@b.example"));
        foreach (var entry in spool.List())
        {
            using var message = spool.Spool.TryOpen(entry);
            if (message is null || (found.Exists(one => one.Id == entry.Id) && !message.Recipients[^1].IsFinal))
                yield return $"later: what was written behind a message does not count";
        }
    }

    /// <param name="Entry">The message.</param>
    /// <param name="Text">Its text.</param>
    private sealed record Told(QueueEntry Entry, string Text)
    {
        public string Name => Text.Length > 10 ? "large" : Text;

        // Numbers of steps on the disk.
        public required int Promised { get; set; }

        public int Sent { get; set; } = int.MaxValue;

        public int Removing { get; set; } = int.MaxValue;

        public int Removed { get; set; } = int.MaxValue;
    }
}
