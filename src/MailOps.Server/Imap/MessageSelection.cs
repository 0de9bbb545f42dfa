using MailOps.Maildir;

namespace MailOps.Server.Imap;

/// <summary>Messages of a view that a command acts on, by their places: cheap even for 1:*.</summary>
internal sealed class MessageSelection(IReadOnlyList<MailboxMessage> view, IReadOnlyList<Places> places)
{
    /// <summary>How many messages.</summary>
    public int Count => places.Sum(range => range.Last - range.First + 1);

    /// <summary>The places in ranges, ascending, counted from 0.</summary>
    public IReadOnlyList<Places> Ranges => places;

    /// <summary>The places, ascending, counted from 0.</summary>
    public IEnumerable<int> Indexes()
    {
        foreach (var range in places)
        {
            for (var i = range.First; i <= range.Last; i++)
                yield return i;
        }
    }

    /// <summary>Those of the messages for which something holds.</summary>
    public MessageSelection Where(Func<MailboxMessage, bool> holds)
    {
        var kept = new List<Places>();
        foreach (var i in Indexes())
        {
            if (!holds(view[i]))
                continue;
            if (kept.Count > 0 && kept[^1].Last == i - 1)
                kept[^1] = kept[^1] with { Last = i };
            else
                kept.Add(new Places(i, i));
        }

        return new MessageSelection(view, kept);
    }

    /// <summary>So many of the messages, from one of them on.</summary>
    /// <param name="start">The first, counted from 0.</param>
    /// <param name="count">How many.</param>
    public MessageSelection Part(int start, int count)
    {
        var kept = new List<Places>();
        foreach (var range in places)
        {
            var length = range.Last - range.First + 1;
            var taken = Math.Min(length - start, count);
            if (taken > 0)
            {
                kept.Add(new Places(range.First + start, range.First + start + taken - 1));
                count -= taken;
            }

            start = Math.Max(start - length, 0);
        }

        return new MessageSelection(view, kept);
    }

    /// <summary>The messages themselves, one after the other.</summary>
    public IEnumerable<MailboxMessage> All()
    {
        foreach (var i in Indexes())
            yield return view[i];
    }

    /// <summary>The messages themselves.</summary>
    public List<MailboxMessage> ToList() => [.. All()];
}
