namespace MailOps.Server.Tracking;

/// <summary>Which rows of a tracking log are asked for: those that fit all that is said, and of each list one.</summary>
public sealed record MailTrackingQuery
{
    /// <summary>The earliest time, or null.</summary>
    public DateTimeOffset? Start { get; init; }

    /// <summary>The time before which it happened, or null.</summary>
    public DateTimeOffset? End { get; init; }

    /// <summary>The events, such as <c>FAIL</c>; empty for all.</summary>
    public IReadOnlyList<string> EventIds { get; init; } = [];

    /// <summary>The sources, such as <c>QUEUE</c>; empty for all.</summary>
    public IReadOnlyList<string> Sources { get; init; } = [];

    /// <summary>The ids of messages, or of reports about them; empty for all.</summary>
    public IReadOnlyList<string> Ids { get; init; } = [];

    /// <summary>The senders; empty for all.</summary>
    public IReadOnlyList<TrackingText> Senders { get; init; } = [];

    /// <summary>Recipients, or the address that became others; empty for all.</summary>
    public IReadOnlyList<TrackingText> Recipients { get; init; } = [];

    /// <summary>Subjects; empty for all.</summary>
    public IReadOnlyList<TrackingText> Subjects { get; init; } = [];

    /// <summary>Values of the Message-ID field without brackets; empty for all.</summary>
    public IReadOnlyList<TrackingText> MessageIds { get; init; } = [];

    /// <summary>True if a row is asked for by itself. One about a destination is if no message is named.</summary>
    public bool Fits(MailTrackingEntry row) =>
        FitsTime(row) && FitsKind(row)
        && (!IsAboutMessages || !TrackingWaits.IsOfDestination(row))
        && (Ids.Count == 0 || Ids.Contains(row.Id, StringComparer.OrdinalIgnoreCase) || (row.EventId is "DSN" && Ids.Contains(row.Reference, StringComparer.OrdinalIgnoreCase)))
        && One(Senders, row.Sender)
        && (Recipients.Count == 0 || row.Recipients.Any(recipient => One(Recipients, recipient)) || (row.Reference is { } reference && row.EventId is "EXPAND" && One(Recipients, reference)))
        && One(Subjects, row.MessageSubject ?? "")
        && One(MessageIds, (row.MessageId ?? "").Trim('<', '>'));

    /// <summary>True if it asks for messages by what they are, and not for all of a time or an event.</summary>
    internal bool IsAboutMessages => (Ids.Count, Senders.Count, Recipients.Count, Subjects.Count, MessageIds.Count) is not (0, 0, 0, 0, 0);

    /// <summary>True if what is asked for has rows about the destinations that messages wait for.</summary>
    internal bool HasWaits => IsAboutMessages && (EventIds.Count == 0 || EventIds.Contains("DEFER", StringComparer.OrdinalIgnoreCase)) && (Sources.Count == 0 || Sources.Contains("QUEUE", StringComparer.OrdinalIgnoreCase));

    /// <summary>True if it asks for all rows.</summary>
    internal bool IsEverything => (EventIds.Count, Sources.Count, Ids.Count, Senders.Count, Recipients.Count, Subjects.Count, MessageIds.Count) is (0, 0, 0, 0, 0, 0, 0) && Start is null && End is null;

    /// <summary>Texts of which one is in every line that fits; empty if nothing is known.</summary>
    internal IReadOnlyList<OctetNeedle> Needles() =>
        new[] { Senders, Recipients, MessageIds, Subjects, [.. Ids.Select(TrackingText.Exactly)], [.. EventIds.Select(id => TrackingText.Exactly(id))] }
            .Where(texts => texts.Count > 0)
            .Select(texts => texts.Select(text => text.Needle()).ToList())
            .Where(needles => needles.TrueForAll(needle => needle is not null))
            .OrderByDescending(needles => needles.Min(needle => needle!.Length)).FirstOrDefault()?.ConvertAll(needle => needle!) ?? [];

    /// <summary>True if a row is of a time that is asked for.</summary>
    internal bool FitsTime(MailTrackingEntry row) => row.Timestamp >= (Start ?? DateTimeOffset.MinValue) && row.Timestamp < (End ?? DateTimeOffset.MaxValue);

    /// <summary>True if a row is of an event and a source that are asked for.</summary>
    internal bool FitsKind(MailTrackingEntry row) =>
        (EventIds.Count == 0 || EventIds.Contains(row.EventId, StringComparer.OrdinalIgnoreCase))
        && (Sources.Count == 0 || Sources.Contains(row.Source, StringComparer.OrdinalIgnoreCase));

    private static bool One(IReadOnlyList<TrackingText> texts, string value)
    {
        for (var i = 0; i < texts.Count; i++)
        {
            if (texts[i].Fits(value))
                return true;
        }

        return texts.Count == 0;
    }
}
