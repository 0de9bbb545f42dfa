using MailOps.Maildir;
using MailOps.Server.Imap.Fetch;
using MailOps.Server.Imap.Sorting;

namespace MailOps.Server.Imap.Search;

/// <summary>A search of the selected mailbox whose result is kept, and each change of it told (UPDATE, RFC 5267 section 4.3).</summary>
/// <param name="correlator">What names it.</param>
/// <param name="numbers">Whether the client wants sequence numbers or UIDs.</param>
/// <param name="key">What is searched for.</param>
/// <param name="context">What does not change as it goes on.</param>
/// <param name="program">The order of the result; null for that of the mailbox.</param>
internal sealed class SearchUpdate(SearchCorrelator correlator, MessageNumbers numbers, SearchKey key, SearchContext context, IReadOnlyList<SortStep>? program)
{
    private readonly bool _namesLast = key.All.Any(part => part is NumbersKey { Numbers: MessageNumbers.Uid } uids && uids.Set.Ranges.Any(range => range.HasStar));
    private ResultList _result = new([], isSorted: false);
    private uint _last;

    /// <summary>The tag of the command that began it.</summary>
    public string Tag => correlator.Tag;

    /// <summary>What names it.</summary>
    public SearchCorrelator Correlator => correlator;

    /// <summary>What is told of messages that come (RFC 5465 section 7).</summary>
    public FetchAttributes Attributes { get; init; } = FetchAttributes.None;

    /// <summary>Whether the client wants sequence numbers or UIDs.</summary>
    public MessageNumbers Numbers => numbers;

    /// <summary>Remembers what the client was told.</summary>
    /// <param name="view">The mailbox.</param>
    /// <param name="found">Places in the view, in the order of the result.</param>
    public void Begin(IReadOnlyList<MailboxMessage> view, IReadOnlyList<int> found)
    {
        _result = new ResultList(found.Select(place => view[place].Uid), program is not null);
        _last = LastOf(view);
    }

    /// <summary>Takes messages out that are gone.</summary>
    public ResultChange Remove(IReadOnlyList<uint> uids) => new(this, _result.Remove(_result.PlacesOf(uids)), []);

    /// <summary>Looks again at messages that are new or changed, and at no others.</summary>
    /// <param name="mailbox">The mailbox.</param>
    /// <param name="uids">Their UIDs, ascending; those that are gone are passed over.</param>
    /// <param name="cancel">Ends the reading.</param>
    /// <returns>What is taken out of the result, and then put in. Nothing has changed if this fails.</returns>
    public async ValueTask<ResultChange> LookAsync(IMailbox mailbox, IReadOnlyList<uint> uids, CancellationToken cancel)
    {
        var view = mailbox.Messages;
        var last = LastOf(view);
        // What was the last message is it no more, and another is: the star names that.
        if (_namesLast && last != _last)
            uids = [.. uids.Append(_last).Append(last).Distinct().Order()];
        var places = Places(view, uids);
        if (places.Count == 0)
        {
            _last = last;
            return new ResultChange(this, [], []);
        }

        context.Renew();
        var found = await MessageSearch.FindAsync(mailbox, context, key, places, progress: null, cancel);
        var matching = found.Select(place => view[place].Uid).ToHashSet();
        var held = _result.PlacesOf([.. places.Select(place => view[place].Uid)]);
        var known = held.Select(place => _result.Uids[place]).ToHashSet();
        var gone = held.FindAll(place => !matching.Contains(_result.Uids[place]));
        var added = found.FindAll(place => !known.Contains(view[place].Uid));

        // Read before anything is changed, as if those that go were gone already.
        var goneBefore = program is null ? null : await new SortedInsertion(mailbox, new MessageSorter(mailbox, program)).FindAsync(_result.Uids, added, cancel);
        var removed = _result.Remove(gone);
        var inserted = goneBefore is null
            ? _result.PlacesFor([.. added.Select(place => view[place].Uid)])
            : goneBefore.ConvertAll(one => one with { Before = one.Before - CountBelow(gone, one.Before) });
        _last = last;
        return new ResultChange(this, removed, _result.Add(inserted));
    }

    private static int CountBelow(List<int> ascending, int place) => ascending.BinarySearch(place) is >= 0 and var index ? index : ~ascending.BinarySearch(place);

    private static List<int> Places(IReadOnlyList<MailboxMessage> view, IReadOnlyList<uint> uids)
    {
        var places = new List<int>(uids.Count);
        foreach (var uid in uids)
        {
            var place = SequenceSet.FirstAtOrAbove(view, uid);
            if (place < view.Count && view[place].Uid == uid)
                places.Add(place);
        }

        return places;
    }

    private static uint LastOf(IReadOnlyList<MailboxMessage> view) => view.Count == 0 ? 0 : view[^1].Uid;
}
