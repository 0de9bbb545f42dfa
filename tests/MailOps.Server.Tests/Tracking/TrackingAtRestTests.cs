using MailOps.Server.Queue;
using MailOps.Server.Queue.Administration;
using MailOps.Server.Tests.Queue.Control;
using MailOps.Server.Tracking;
using Xunit;

namespace MailOps.Server.Tests.Tracking;

/// <summary>What is done to a queue while no server runs is written down as well.</summary>
public sealed class TrackingAtRestTests : IAsyncDisposable
{
    private readonly QueueStore _store = new();

    [Fact]
    public async Task Removals_and_moves_have_their_rows()
    {
        var ids = await _store.FillAsync(("ann@example.com", ["bob@b.example", "carl@c.example"]), ("", ["bob@b.example"]), ("eve@example.com", ["bob@b.example"]), ("joe@example.com", ["bob@b.example"]));
        Directory.CreateDirectory(TrackingFolder.Of(_store.Path));
        Assert.Equal(QueueChange.Done, await _store.ChangeAsync(QueueAction.Remove, ids[0]));
        // A report has no sender to be told.
        Assert.Equal(QueueChange.Done, await _store.ChangeAsync(QueueAction.RemoveWithReport, ids[1]));
        Assert.Equal(QueueChange.Done, await _store.ChangeAsync(QueueAction.RemoveWithReport, ids[2]));
        Assert.Equal(QueueChange.Done, await _store.ChangeAsync(QueueAction.Move, ids[3], "[127.0.0.1]:2525"));
        Assert.Equal(QueueChange.Unchanged, await _store.ChangeAsync(QueueAction.Move, ids[3], "[127.0.0.1]:2525"));
        Assert.Equal(QueueChange.Done, await _store.ChangeAsync(QueueAction.Suspend, ids[3]));
        Assert.Equal(QueueChange.NotFound, await _store.ChangeAsync(QueueAction.Remove, ids[0]));
        Assert.Equal(
            [
                (ids[0], "FAIL", "bob@b.example,carl@c.example", null, "554 5.7.1 The message was removed from the queue by the administrator, and nobody was told", "ann@example.com"),
                (ids[1], "FAIL", "bob@b.example", null, "554 5.7.1 The message was removed from the queue by the administrator, and nobody was told", ""),
                (ids[2], "FAIL", "bob@b.example", null, "554 5.7.1 The message was removed from the queue by the administrator", "eve@example.com"),
                (ids[3], "MOVE", "bob@b.example", "[127.0.0.1]:2525", "Moved by the administrator, and tried at once", "joe@example.com"),
            ],
            (await RowsAsync()).Select(row => (row.Id, row.EventId, string.Join(',', row.Recipients), row.ConnectorId, row.Status!, row.Sender)));
        Assert.Null(_store.Problem);
    }

    [Fact]
    public async Task Old_files_are_the_servers_to_remove_and_a_store_without_a_log_gets_none()
    {
        var ids = await _store.FillAsync(("ann@example.com", ["bob@b.example"]), ("ann@example.com", ["bob@b.example"]));
        Assert.Equal(QueueChange.Done, await _store.ChangeAsync(QueueAction.Remove, ids[0]));
        Assert.False(Directory.Exists(TrackingFolder.Of(_store.Path)));
        Directory.CreateDirectory(TrackingFolder.Of(_store.Path));
        var old = Path.Join(TrackingFolder.Of(_store.Path), $"{DateTime.UtcNow.AddDays(-100):yyyyMMdd}-0001.log");
        await File.WriteAllTextAsync(old, "# old\n");
        Assert.Equal(QueueChange.Done, await _store.ChangeAsync(QueueAction.Remove, ids[1]));
        Assert.True(File.Exists(old));
        Assert.Single(await RowsAsync());
    }

    [Fact]
    public async Task What_cannot_be_written_is_told_and_the_message_is_removed()
    {
        var ids = await _store.FillAsync(("ann@example.com", ["bob@b.example"]));
        Directory.CreateDirectory(Path.Join(TrackingFolder.Of(_store.Path), $"{DateTime.UtcNow:yyyyMMdd}-0001.log"));
        Assert.Equal(QueueChange.Done, await _store.ChangeAsync(QueueAction.Remove, ids[0]));
        Assert.StartsWith("The tracking log misses what became of messages: ", _store.Problem, StringComparison.Ordinal);
        Assert.Empty(_store.Files());
    }

    public ValueTask DisposeAsync() => _store.DisposeAsync();

    private async Task<List<MailTrackingEntry>> RowsAsync()
    {
        var rows = new List<MailTrackingEntry>();
        await foreach (var row in new MailTrackingReader(_store.Path).SearchAsync(new MailTrackingQuery(), CancellationToken.None))
            rows.Add(row);
        return rows;
    }
}
