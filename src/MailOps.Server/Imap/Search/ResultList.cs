using System.Runtime.InteropServices;

namespace MailOps.Server.Imap.Search;

/// <summary>The result of a search as its client knows it: UIDs, four octets each, in the order of the mailbox or of a sort.</summary>
/// <param name="uids">What was found, in its order.</param>
/// <param name="isSorted">True if the order is that of a sort.</param>
internal sealed class ResultList(IEnumerable<uint> uids, bool isSorted)
{
    // So many are sought one by one; more, in one pass.
    private const int FewSought = 8;

    private readonly List<uint> _uids = [.. uids];

    /// <summary>The UIDs in their order.</summary>
    public IReadOnlyList<uint> Uids => _uids;

    /// <summary>Which of some messages are in the result.</summary>
    /// <param name="uids">UIDs, ascending.</param>
    /// <returns>Their places in the result, ascending, counted from 0.</returns>
    public List<int> PlacesOf(IReadOnlyList<uint> uids)
    {
        var places = new List<int>();
        if (!isSorted || uids.Count <= FewSought)
        {
            var all = CollectionsMarshal.AsSpan(_uids);
            foreach (var uid in uids)
            {
                var place = isSorted ? all.IndexOf(uid) : all.BinarySearch(uid);
                if (place >= 0)
                    places.Add(place);
            }

            places.Sort();
            return places;
        }

        var sought = uids.ToHashSet();
        for (var i = 0; i < _uids.Count; i++)
        {
            if (sought.Contains(_uids[i]))
                places.Add(i);
        }

        return places;
    }

    /// <summary>Takes messages out.</summary>
    /// <param name="places">Their places, ascending.</param>
    /// <returns>How a client takes them out (RFC 5267 section 4.3.4): from the end on, so that no place moves before its turn.</returns>
    public List<ResultStep> Remove(IReadOnlyList<int> places)
    {
        if (places.Count == 0)
            return [];
        var steps = isSorted ? new List<ResultStep>() : [new ResultStep(0, places.Select(place => _uids[place]).ToList())];
        for (var end = places.Count; isSorted && end > 0;)
        {
            var start = end - 1;
            while (start > 0 && places[start - 1] == places[start] - 1)
                start--;
            steps.Add(new ResultStep(places[start] + 1, _uids.GetRange(places[start], end - start)));
            end = start;
        }

        var next = 0;
        var kept = places[0];
        for (var i = kept; i < _uids.Count; i++)
        {
            if (next < places.Count && places[next] == i)
                next++;
            else
                _uids[kept++] = _uids[i];
        }

        _uids.RemoveRange(kept, _uids.Count - kept);
        return steps;
    }

    /// <summary>Puts messages in.</summary>
    /// <param name="added">UIDs in the order of the result, each with the number of those in it before that stand before it.</param>
    /// <returns>How a client puts them in (RFC 5267 section 4.3.3): from the beginning on, each place the one it has in the end.</returns>
    public List<ResultStep> Add(IReadOnlyList<(uint Uid, int Before)> added)
    {
        if (added.Count == 0)
            return [];
        var steps = new List<ResultStep>();
        for (var i = 0; i < added.Count;)
        {
            var end = i + 1;
            while (end < added.Count && added[end].Before == added[i].Before)
                end++;
            steps.Add(new ResultStep(added[i].Before + i + 1, [.. added.Skip(i).Take(end - i).Select(one => one.Uid)]));
            i = end;
        }

        // From the end on, so that nothing is written over before it has moved.
        var old = _uids.Count;
        CollectionsMarshal.SetCount(_uids, old + added.Count);
        for (var (from, next, to) = (old - 1, added.Count - 1, _uids.Count - 1); next >= 0; to--)
            _uids[to] = from >= added[next].Before ? _uids[from--] : added[next--].Uid;

        // In the order of the mailbox a client finds the places itself.
        return isSorted ? steps : [new ResultStep(0, [.. added.Select(one => one.Uid)])];
    }

    /// <summary>Where messages belong in the order of the mailbox.</summary>
    /// <param name="uids">UIDs that are not in the result, ascending.</param>
    public List<(uint Uid, int Before)> PlacesFor(IReadOnlyList<uint> uids)
    {
        var all = CollectionsMarshal.AsSpan(_uids);
        var places = new List<(uint Uid, int Before)>(uids.Count);
        foreach (var uid in uids)
            places.Add((uid, ~all.BinarySearch(uid)));
        return places;
    }
}
