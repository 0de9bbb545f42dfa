using System.Runtime.InteropServices;

namespace MailOps.Server.Tracking;

/// <summary>
/// Where the messages that were found wait, as rows pass in the order of their times. A destination that cannot be reached has one row for all
/// that waits there: it is a part of the story of each.
/// </summary>
/// <param name="query">What was asked for, whatever the event.</param>
internal sealed class TrackingWaits(MailTrackingQuery query)
{
    // As long as a message waits, unless the server was told otherwise.
    private static readonly TimeSpan LongestWait = TimeSpan.FromDays(5);

    private readonly Dictionary<string, Message> _messages = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, int> _destinations = new(StringComparer.Ordinal);
    private readonly Queue<(DateTimeOffset Time, string Id)> _over = new();

    /// <summary>What stands in each row of a destination.</summary>
    public static OctetNeedle Needle => new("\tDEFER\t\t\t\t\t\tQUEUE\t"u8);

    /// <summary>From when on rows are looked at for those that are asked for from a time on: what waits then came before.</summary>
    public static DateTimeOffset? Before(DateTimeOffset? start) =>
        start is { } time && time - DateTimeOffset.MinValue > LongestWait ? time - LongestWait : start;

    /// <summary>True for a row that is about a destination and not about a message.</summary>
    public static bool IsOfDestination(MailTrackingEntry row) => row is { EventId: "DEFER", Id: "" };

    /// <summary>True if a message waits for the destination that a row is about.</summary>
    public bool AskFor(MailTrackingEntry row) => row.ConnectorId is { } destination && _destinations.ContainsKey(destination);

    /// <summary>Learns from the next row of a message.</summary>
    public void Pass(MailTrackingEntry row)
    {
        while (_over.TryPeek(out var first) && row.Timestamp - first.Time > TrackingLog.Disorder)
        {
            _over.Dequeue();
            if (_messages.TryGetValue(first.Id, out var message) && !message.Waits.Exists(wait => wait.IsOpen))
                _messages.Remove(first.Id);
        }

        switch (row)
        {
            case { EventId: "RECEIVE", Reference: { } destinations }:
                Begin(row.Id, Asked(row, destinations.Split("; ")));
                break;
            // The rows of those that an alias leads to are not found by its own name.
            case { EventId: "EXPAND" } when query.Recipients.Count > 0:
                End(row);
                break;
            case { EventId: "DSN", Reference: { } report, ConnectorId: { } destination } when FindsReport(report):
                Begin(report, [destination]);
                break;
            case { EventId: "MOVE" }:
                Move(row);
                break;
            // Removed while no server had the queue.
            case { EventId: "FAIL", ConnectorId: null }:
                End(row);
                break;
            case { EventId: "DEFER" or "SEND" or "FAIL", ConnectorId: { } destination }:
                Try(row, destination);
                break;
        }
    }

    // By recipients alone the rows of others are not found, which would say that it waits there no more.
    private IEnumerable<string> Asked(MailTrackingEntry row, string[] destinations) =>
        query.Recipients.Count == 0 || (row.Recipients.Length == 1 && destinations.Length == 1) ? destinations : destinations.Where(destination => row.Recipients.Any(recipient =>
            IsOfDomain(destination, recipient[(recipient.LastIndexOf('@') + 1)..]) && query.Recipients.Any(text => text.Fits(recipient))));

    // Behind the domain stands what is asked of connections.
    private static bool IsOfDomain(string destination, string domain) =>
        destination.StartsWith(domain, StringComparison.OrdinalIgnoreCase) && (destination.Length == domain.Length || destination[domain.Length] == ' ');

    // A report has a Message-ID and a subject of its own.
    private bool FindsReport(string report) =>
        query.MessageIds.Count == 0 && query.Subjects.Count == 0 && (query.Ids.Count == 0 || query.Ids.Contains(report, StringComparer.OrdinalIgnoreCase));

    // Its first try may have been written down before its arrival.
    private void Begin(string id, IEnumerable<string> destinations)
    {
        var message = Of(id);
        foreach (var destination in destinations)
        {
            if (!message.Waits.Exists(wait => wait.Destination == destination))
                Change(message.Of(destination), isOpen: true);
        }
    }

    // Where it waits then is not said if no server had the queue, which would know the routes.
    private void Move(MailTrackingEntry row)
    {
        var message = Of(row.Id);
        if (message.Moved != row.Timestamp)
            message.Waits.ForEach(wait => Change(wait, isOpen: false));
        message.Moved = row.Timestamp;
        if (row.ConnectorId is { } destination)
            Change(message.Of(destination), isOpen: true);
    }

    // What is deferred by a try waits, whatever became of others in the same.
    private void Try(MailTrackingEntry row, string destination)
    {
        var message = Of(row.Id);
        var wait = message.Of(destination);
        Change(wait, row.EventId is "DEFER" || (wait.Tried == row.Timestamp && wait.IsOpen));
        wait.Tried = row.Timestamp;
        if (!wait.IsOpen)
            _over.Enqueue((row.Timestamp, row.Id));
    }

    private void End(MailTrackingEntry row)
    {
        Of(row.Id).Waits.ForEach(wait => Change(wait, isOpen: false));
        _over.Enqueue((row.Timestamp, row.Id));
    }

    private Message Of(string id) => CollectionsMarshal.GetValueRefOrAddDefault(_messages, id, out _) ??= new Message();

    private void Change(Wait wait, bool isOpen)
    {
        if (wait.IsOpen == isOpen)
            return;
        wait.IsOpen = isOpen;
        ref var count = ref CollectionsMarshal.GetValueRefOrAddDefault(_destinations, wait.Destination, out _);
        count += isOpen ? 1 : -1;
        if (count == 0)
            _destinations.Remove(wait.Destination);
    }

    private sealed class Message
    {
        public List<Wait> Waits { get; } = [];

        public DateTimeOffset? Moved { get; set; }

        public Wait Of(string destination)
        {
            if (Waits.Find(wait => wait.Destination == destination) is { } known)
                return known;
            var made = new Wait(destination);
            Waits.Add(made);
            return made;
        }
    }

    private sealed class Wait(string destination)
    {
        public string Destination { get; } = destination;

        public bool IsOpen { get; set; }

        public DateTimeOffset? Tried { get; set; }
    }
}
