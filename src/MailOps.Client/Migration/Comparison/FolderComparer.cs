namespace MailOps.Client.Migration.Comparison;

/// <summary>Finds for each message of one folder its like in another, whatever their order and numbers: each stands for one.</summary>
internal sealed class FolderComparer(string folder, ComparisonOptions options)
{
    /// <summary>What differs, and with <see cref="ComparisonOptions.IncludeEqual"/> also what does not.</summary>
    public IEnumerable<MailboxDifference> Compare(IReadOnlyList<ComparedMessage> reference, IReadOnlyList<ComparedMessage> difference)
    {
        // Equal with flags and date before equal alone: of two that are truly equal, each finds its own. What is left is paired by less and less.
        var (left, right) = (reference, difference);
        foreach (var key in new Func<ComparedMessage, object>[]
        {
            message => (message.Exact, message.Entry.Flags, message.Entry.Arrived?.UtcTicks),
            message => (message.Canonical, message.Entry.Flags, message.Entry.Arrived?.UtcTicks),
            message => (message.Canonical, message.Entry.Flags),
            message => message.Canonical,
        })
        {
            foreach (var found in Pair(ref left, ref right, key).SelectMany(pair => Of(pair.Left, pair.Right)))
                yield return found;
        }

        var (named, others) = (left.Where(message => message.MessageId is not null).ToList(), right.Where(message => message.MessageId is not null).ToList());
        IReadOnlyList<ComparedMessage> namedLeft = named;
        IReadOnlyList<ComparedMessage> namedRight = others;
        foreach (var (one, other) in Pair(ref namedLeft, ref namedRight, message => message.MessageId!))
            yield return Make(DifferenceKind.Content, "==", one, other) with { Reference = $"{one.Length} octets", Difference = $"{other.Length} octets" };
        foreach (var one in left.Where(message => message.MessageId is null).Concat(namedLeft))
            yield return Make(DifferenceKind.MessageMissing, "<=", one, other: null);
        foreach (var other in right.Where(message => message.MessageId is null).Concat(namedRight))
            yield return Make(DifferenceKind.MessageExtra, "=>", one: null, other);
    }

    private static List<(ComparedMessage Left, ComparedMessage Right)> Pair(ref IReadOnlyList<ComparedMessage> left, ref IReadOnlyList<ComparedMessage> right, Func<ComparedMessage, object> key)
    {
        var there = right.GroupBy(key).ToDictionary(group => group.Key, group => new Queue<ComparedMessage>(group));
        var pairs = new List<(ComparedMessage, ComparedMessage)>();
        var missing = new List<ComparedMessage>();
        foreach (var message in left)
        {
            if (there.TryGetValue(key(message), out var equal) && equal.TryDequeue(out var other))
                pairs.Add((message, other));
            else
                missing.Add(message);
        }

        left = missing;
        right = [.. there.Values.SelectMany(rest => rest)];
        return pairs;
    }

    private IEnumerable<MailboxDifference> Of(ComparedMessage one, ComparedMessage other)
    {
        var isEqual = true;
        if (!options.IgnoreFlags && one.Entry.Flags != other.Entry.Flags)
        {
            isEqual = false;
            yield return Make(DifferenceKind.Flags, "==", one, other) with { Reference = one.Entry.Flags, Difference = other.Entry.Flags };
        }

        // A message in a file that says nowhere when it arrived has no other date than its copy.
        if (!options.IgnoreDates && one.Entry.Arrived is { } arrived && other.Entry.Arrived is { } there && arrived.ToUnixTimeSeconds() != there.ToUnixTimeSeconds())
        {
            isEqual = false;
            yield return Make(DifferenceKind.Date, "==", one, other) with { Reference = $"{one.Entry.Arrived:yyyy-MM-dd HH:mm:ss zzz}", Difference = $"{other.Entry.Arrived:yyyy-MM-dd HH:mm:ss zzz}" };
        }

        if (isEqual && options.IncludeEqual)
            yield return Make(DifferenceKind.Equal, "==", one, other);
    }

    private MailboxDifference Make(DifferenceKind kind, string side, ComparedMessage? one, ComparedMessage? other) => new()
    {
        Kind = kind,
        SideIndicator = side,
        Folder = folder,
        ReferenceId = one?.Entry.Id,
        DifferenceId = other?.Entry.Id,
        MessageId = (one ?? other)!.MessageId,
        Subject = (one ?? other)!.Subject,
    };
}
