using Xunit;

namespace MailOps.Server.Tests.Imap;

/// <summary>What a client knows of mailboxes that it has not selected, from what it was told and what it did itself (RFC 5465).</summary>
internal sealed class StatusModel
{
    private readonly Dictionary<string, Dictionary<string, ulong>> _known = new(StringComparer.Ordinal);

    /// <summary>The mailboxes that are there.</summary>
    public SortedSet<string> Names { get; } = new(StringComparer.Ordinal);

    /// <summary>Takes in a STATUS. What only grows does not go down.</summary>
    public void HearStatus(Untagged told)
    {
        var known = _known.GetValueOrDefault(told.Name) ?? [];
        var items = told.StatusItems.ToDictionary(item => item.Name, item => item.Value);
        if (items.TryGetValue("UIDVALIDITY", out var validity) && known.TryGetValue("UIDVALIDITY", out var before) && before != validity)
            known = [];
        foreach (var (name, value) in items)
        {
            if (name is "UIDNEXT" or "HIGHESTMODSEQ" && known.TryGetValue(name, out var last))
                Assert.True(value >= last, $"{told.Line}, after {last}.");
            known[name] = value;
        }

        _known[told.Name] = known;
    }

    /// <summary>Takes in a LIST.</summary>
    public void HearName(Untagged told)
    {
        if (told.OldName is { } old)
        {
            // INBOX stays when its messages go (RFC 3501 section 6.3.5).
            if (old != "INBOX")
                Forget(old);
            Forget(told.Name);
        }

        if (told.Flags!.Contains("\\NonExistent", StringComparer.Ordinal))
            Forget(told.Name);
        else
            Names.Add(told.Name);
    }

    /// <summary>The client made a mailbox.</summary>
    public void Make(string mailbox)
    {
        Forget(mailbox);
        Names.Add(mailbox);
    }

    /// <summary>Nothing is known of a mailbox any more; it may be gone.</summary>
    public void Forget(string mailbox)
    {
        Enter(mailbox);
        Names.Remove(mailbox);
    }

    /// <summary>The client selects a mailbox, and hears of it in another way.</summary>
    public void Enter(string mailbox) => _known.Remove(mailbox);

    /// <summary>The client leaves a mailbox, which had so many messages when it heard of it last.</summary>
    public void Leave(string mailbox, int messages) => _known[mailbox] = new Dictionary<string, ulong>(StringComparer.Ordinal) { ["MESSAGES"] = (ulong)messages };

    /// <summary>The client put messages into a mailbox, which it need not be told of.</summary>
    public void Put(string mailbox, IReadOnlyList<uint> uids)
    {
        if (!_known.TryGetValue(mailbox, out var known))
            return;
        if (known.ContainsKey("MESSAGES"))
            known["MESSAGES"] += (ulong)uids.Count;
        if (known.ContainsKey("UIDNEXT"))
            known["UIDNEXT"] = uids[^1] + 1;
    }

    /// <summary>The first item that it knows another value of than is right; null if there is none.</summary>
    /// <param name="mailbox">The mailbox.</param>
    /// <param name="truth">What is right.</param>
    /// <param name="items">The items that it asked to be told.</param>
    public string? Error(string mailbox, IReadOnlyDictionary<string, ulong> truth, IEnumerable<string> items)
    {
        if (!_known.TryGetValue(mailbox, out var known))
            return null;
        foreach (var item in items)
        {
            if (known.TryGetValue(item, out var value) && value != truth[item])
                return $"{item} of {mailbox} is {truth[item]}, and {value} is known";
        }

        return null;
    }
}
