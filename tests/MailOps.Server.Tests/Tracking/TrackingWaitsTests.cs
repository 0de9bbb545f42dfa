using System.Text;
using MailOps.Server.Tracking;
using Xunit;

namespace MailOps.Server.Tests.Tracking;

/// <summary>Rows of destinations in the stories of the messages that wait there.</summary>
public sealed class TrackingWaitsTests : IDisposable
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 29, 12, 0, 0, TimeSpan.Zero);

    private readonly string _store = Directory.CreateTempSubdirectory("mailops-waits-").FullName;
    private readonly StringBuilder _log = new(TrackingLine.Head);

    public TrackingWaitsTests() => Directory.CreateDirectory(Path.Join(_store, "tracking"));

    [Fact]
    public async Task They_are_shown_from_its_arrival_to_its_end_there_whatever_it_is_found_by()
    {
        Down(0, "dead.example");
        Came(10, "1", ["bob@dead.example"], "dead.example");
        Came(20, "2", ["eve@dead.example"], "dead.example");
        Down(30, "dead.example");
        Down(31, "other.example");
        Tried(40, "SEND", "1", ["bob@dead.example"], "dead.example");
        Down(100, "dead.example");
        foreach (var query in new MailTrackingQuery[]
        {
            new() { Ids = ["1"] }, new() { MessageIds = [TrackingText.Exactly("1@x")] }, new() { Senders = [TrackingText.Exactly("ann1@here.example")] }, new() { Subjects = [TrackingText.Exactly("About 1")] },
            new() { Recipients = [TrackingText.Exactly("bob@dead.example")] }, new() { Recipients = [new TrackingText("", value => value.StartsWith("bob", StringComparison.Ordinal))] },
        })
        {
            Assert.Equal(["10 RECEIVE 1", "30 DEFER  dead.example", "40 SEND 1"], await FindAsync(query));
        }

        Assert.Equal(["20 RECEIVE 2", "30 DEFER  dead.example", "100 DEFER  dead.example"], await FindAsync(new() { Ids = ["2"] }));
        // Of two that wait it is shown once.
        Assert.Equal(["10 RECEIVE 1", "20 RECEIVE 2", "30 DEFER  dead.example", "40 SEND 1", "100 DEFER  dead.example"], await FindAsync(new() { Ids = ["1", "2"] }));
    }

    [Fact]
    public async Task Events_times_and_sources_choose_among_them()
    {
        Came(10, "1", ["bob@dead.example"], "dead.example");
        Down(30, "dead.example");
        Down(31, "other.example");
        Tried(40, "FAIL", "1", ["bob@dead.example"], "dead.example");
        Down(50, "dead.example");
        Assert.Equal(["30 DEFER  dead.example"], await FindAsync(new() { Ids = ["1"], EventIds = ["DEFER"] }));
        Assert.Equal(["10 RECEIVE 1", "40 FAIL 1"], await FindAsync(new() { Ids = ["1"], EventIds = ["RECEIVE", "FAIL"] }));
        Assert.Equal(["10 RECEIVE 1"], await FindAsync(new() { Ids = ["1"], Sources = ["SUBMISSION"] }));
        Assert.Equal(["10 RECEIVE 1"], await FindAsync(new() { Ids = ["1"], End = Noon.AddSeconds(25) }));
        // Why it waits now is shown although it came before.
        Assert.Equal(["30 DEFER  dead.example", "40 FAIL 1"], await FindAsync(new() { Ids = ["1"], Start = Noon.AddSeconds(25) }));
        Assert.Equal(["40 FAIL 1"], await FindAsync(new() { Ids = ["1"], Start = Noon.AddSeconds(35) }));
        Assert.Empty(await FindAsync(new() { Ids = ["1"], Start = Noon.AddSeconds(45) }));
        Assert.Equal(3, (await FindAsync(new() { Ids = ["1"], Start = DateTimeOffset.MinValue })).Count);
        // Without a message, they are rows like others; nobody sent them.
        Assert.Equal(["30 DEFER  dead.example", "31 DEFER  other.example", "50 DEFER  dead.example"], await FindAsync(new() { EventIds = ["DEFER"] }));
        Assert.Equal(5, (await FindAsync(new() { })).Count);
        Assert.Empty(await FindAsync(new() { Senders = [TrackingText.Exactly("")] }));
    }

    [Fact]
    public async Task A_recipient_who_is_deferred_waits_although_another_of_the_try_was_served_and_each_destination_is_by_itself()
    {
        Came(10, "1", ["a@b.example", "c@b.example", "d@c.example"], "b.example; c.example");
        Tried(20, "DEFER", "1", ["a@b.example"], "b.example");
        Tried(20, "SEND", "1", ["c@b.example"], "b.example");
        Tried(21, "SEND", "1", ["d@c.example"], "c.example");
        Down(30, "b.example");
        Down(31, "c.example");
        Assert.Equal(["10 RECEIVE 1", "20 DEFER 1", "20 SEND 1", "21 SEND 1", "30 DEFER  b.example"], await FindAsync(new() { Ids = ["1"] }));
        // d was served, and by rows of d alone nobody could tell of b.example.
        Assert.Equal(["10 RECEIVE 1", "21 SEND 1"], await FindAsync(new() { Recipients = [TrackingText.Exactly("d@c.example")] }));
        Assert.Equal(["10 RECEIVE 1", "20 DEFER 1", "30 DEFER  b.example"], await FindAsync(new() { Recipients = [TrackingText.Exactly("a@b.example")] }));
    }

    [Fact]
    public async Task A_first_try_may_be_written_before_the_arrival_and_a_move_changes_what_it_waits_for()
    {
        Tried(9, "SEND", "1", ["a@b.example"], "b.example");
        Came(10, "1", ["a@b.example"], "b.example");
        Down(11, "b.example");
        Assert.Equal(["9 SEND 1", "10 RECEIVE 1"], await FindAsync(new() { Ids = ["1"] }));

        Came(20, "2", ["a@b.example", "c@c.example"], "b.example; c.example");
        Tried(30, "MOVE", "2", ["a@b.example"], "[10.0.0.1]:25");
        Tried(30, "MOVE", "2", ["c@c.example"], "[10.0.0.2]:25");
        Down(31, "b.example");
        Down(32, "[10.0.0.1]:25");
        Down(33, "[10.0.0.2]:25");
        Tried(34, "MOVE", "2", ["a@b.example", "c@c.example"], "b.example");
        Down(35, "[10.0.0.1]:25");
        Down(36, "b.example");
        Assert.Equal(["20 RECEIVE 2", "30 MOVE 2", "30 MOVE 2", "32 DEFER  [10.0.0.1]:25", "33 DEFER  [10.0.0.2]:25", "34 MOVE 2", "36 DEFER  b.example"], await FindAsync(new() { Ids = ["2"] }));
    }

    [Fact]
    public async Task An_alias_that_leads_elsewhere_is_found_by_its_name_without_what_is_told_of_others_alone()
    {
        Came(10, "1", ["team@here.example"], "b.example");
        Write(10, new MailTrackingEntry { EventId = "EXPAND", Source = "ROUTING", Id = "1", Sender = "ann1@here.example", Recipients = ["bob@b.example"], Reference = "team@here.example" });
        Down(20, "b.example");
        Tried(30, "SEND", "1", ["bob@b.example"], "b.example");
        Down(40, "b.example");
        Assert.Equal(["10 RECEIVE 1", "10 EXPAND 1"], await FindAsync(new() { Recipients = [TrackingText.Exactly("team@here.example")] }));
        Assert.Equal(["10 RECEIVE 1", "10 EXPAND 1", "20 DEFER  b.example", "30 SEND 1"], await FindAsync(new() { Ids = ["1"] }));
    }

    [Fact]
    public async Task What_was_removed_or_moved_while_no_server_ran_waits_nowhere_that_is_known()
    {
        Came(10, "1", ["a@b.example"], "[10.0.0.1]:25");
        Came(11, "2", ["a@b.example"], "[10.0.0.1]:25");
        Tried(20, "FAIL", "1", ["a@b.example"], null);
        Tried(21, "MOVE", "2", ["a@b.example"], null);
        Down(30, "[10.0.0.1]:25");
        Tried(40, "DEFER", "2", ["a@b.example"], "b.example");
        Down(50, "b.example");
        Assert.Equal(["10 RECEIVE 1", "20 FAIL 1"], await FindAsync(new() { Ids = ["1"] }));
        Assert.Equal(["11 RECEIVE 2", "21 MOVE 2", "40 DEFER 2", "50 DEFER  b.example"], await FindAsync(new() { Ids = ["2"] }));
    }

    [Fact]
    public async Task A_report_waits_as_well_and_is_found_by_its_own_id()
    {
        Write(10, new MailTrackingEntry { EventId = "DSN", Source = "DSN", Id = "1", MessageId = "<1@x>", Sender = "", Recipients = ["ann@a.example"], ConnectorId = "a.example", Reference = "R1" });
        Down(20, "a.example");
        Tried(30, "SEND", "R1", ["ann@a.example"], "a.example");
        Down(40, "a.example");
        Assert.Equal(["10 DSN 1", "20 DEFER  a.example", "30 SEND R1"], await FindAsync(new() { Ids = ["R1"] }));
        // The rows of the report are not asked for: how long it waits nobody would tell.
        Assert.Equal(["10 DSN 1"], await FindAsync(new() { Ids = ["1"] }));
        Assert.Equal(["10 DSN 1"], await FindAsync(new() { MessageIds = [TrackingText.Exactly("1@x")] }));
    }

    [Fact]
    public async Task Measures_count_messages_alone()
    {
        Came(10, "1", ["bob@dead.example"], "dead.example");
        Down(20, "dead.example");
        Tried(30, "DEFER", "1", ["bob@dead.example"], "dead.example");
        var reader = new MailTrackingReader(_store);
        await SaveAsync();
        Assert.Equal([("DEFER", 1L), ("RECEIVE", 1L)], (await reader.MeasureAsync(new(), [MailTrafficKey.EventId], 10, CancellationToken.None)).Select(one => (one.EventId!, one.Count)));
        Assert.Equal(1, Assert.Single(await reader.MeasureAsync(new() { EventIds = ["DEFER"] }, [], 10, CancellationToken.None)).Count);
    }

    public void Dispose() => Directory.Delete(_store, recursive: true);

    private void Down(int second, string destination) => Write(second, new MailTrackingEntry { EventId = "DEFER", Source = "QUEUE", Id = "", Sender = "", Recipients = [], ConnectorId = destination, Status = "451 4.4.1 No answer (1 message waits here)" });

    private void Came(int second, string id, string[] recipients, string destinations) => Write(second, Message("RECEIVE", "SUBMISSION", id, recipients, "127.0.0.1:587", destinations));

    private void Tried(int second, string what, string id, string[] recipients, string? destination) => Write(second, Message(what, "QUEUE", id, recipients, destination, null));

    private static MailTrackingEntry Message(string what, string source, string id, string[] recipients, string? connector, string? reference) =>
        new() { EventId = what, Source = source, Id = id, MessageId = $"<{id}@x>", Sender = $"ann{id}@here.example", Recipients = recipients, MessageSubject = $"About {id}", TotalBytes = 100, ConnectorId = connector, Reference = reference };

    private void Write(int second, MailTrackingEntry row) => TrackingLine.Write(_log, row, Noon.AddSeconds(second));

    private Task SaveAsync() => File.WriteAllTextAsync(Path.Join(_store, "tracking", "20261129-0001.log"), _log.ToString());

    // Each row as its second, event and id, and one of a destination as its name.
    private async Task<List<string>> FindAsync(MailTrackingQuery query)
    {
        await SaveAsync();
        var found = new List<string>();
        await foreach (var row in new MailTrackingReader(_store).SearchAsync(query, CancellationToken.None))
            found.Add($"{(row.Timestamp - Noon).TotalSeconds} {row.EventId} {row.Id}{(row.Id.Length == 0 ? $" {row.ConnectorId}" : "")}");
        return found;
    }
}
