using System.Collections;
using System.Runtime.CompilerServices;
using MailOps.Maildir.Names;

namespace MailOps.Maildir.Folders;

/// <summary>
/// The messages of a view, as it was told of them: three arrays, of which messages are made as they are asked for. A list that
/// was handed out never changes; one with more messages at the end shares its arrays.
/// </summary>
internal sealed class MessageList : IReadOnlyList<MailboxMessage>
{
    internal static readonly MessageList Empty = new([], [], [], 0, new KeywordTable());

    private const ulong RecentBit = 1ul << 63;

    private readonly FolderEntry[] _entries;
    private readonly ulong[] _told;
    private readonly ulong[] _modSeqs;
    private readonly KeywordTable _keywords;

    private MessageList(FolderEntry[] entries, ulong[] told, ulong[] modSeqs, int count, KeywordTable keywords)
    {
        _entries = entries;
        _told = told;
        _modSeqs = modSeqs;
        _keywords = keywords;
        Count = count;
    }

    public int Count { get; }

    public MailboxMessage this[int index]
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        get
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Count, nameof(index));
            var letters = LettersAt(index);
            return new MailboxMessage(_entries[index], new MessageFlagSet(letters.System, _keywords.KeywordsOf(letters.Keywords)), (_told[index] & RecentBit) != 0, _modSeqs[index]);
        }
    }

    /// <summary>How many are \Recent, and the place of the first that is not \Seen, or -1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal (int Recent, int FirstUnseen) CountNews()
    {
        var (recent, unseen) = (0, -1);
        for (var i = 0; i < Count; i++)
        {
            recent += (int)(_told[i] >> 63);
            if (unseen < 0 && !LettersAt(i).System.HasFlag(SystemFlags.Seen))
                unseen = i;
        }

        return (recent, unseen);
    }

    internal uint LastUid => Count == 0 ? 0 : _entries[Count - 1].Uid;

    internal FolderEntry EntryAt(int index) => _entries[index];

    internal ReadOnlySpan<FolderEntry> Entries => _entries.AsSpan(0, Count);

    /// <summary>The place of a UID, or -1.</summary>
    internal int IndexOf(uint uid)
    {
        if (Count == 0)
            return -1;
        // UIDs ascend, each by one at least: from both ends they bound the place, and where none is missing the first look is the last.
        var low = Math.Max(0, Count - 1 - ((long)LastUid - uid));
        var high = Math.Min(Count - 1, (long)uid - _entries[0].Uid);
        while (low <= high)
        {
            var middle = (int)((low + high) >>> 1);
            var found = _entries[middle].Uid;
            if (found == uid)
                return middle;
            if (found < uid)
                low = middle + 1;
            else
                high = middle - 1;
        }

        return -1;
    }

    /// <summary>True if the view was told of other flags than its entry has.</summary>
    internal bool IsFlagStale(int index, KeywordTable keywords)
    {
        var (told, now) = (LettersAt(index), _entries[index].Letters);
        if (told.System != now.System || ((told.Keywords ^ now.Keywords) & keywords.NamedLetters) != 0)
            return true;
        return keywords != _keywords && (now.Keywords & keywords.Differences(_keywords)) != 0;
    }

    /// <summary>True if a message that was just changed has the flags that one expects who was told of it as this view was.</summary>
    /// <param name="index">The message's place.</param>
    /// <param name="change">How it was changed.</param>
    /// <param name="asked">The flags that were asked for.</param>
    /// <param name="keywords">The folder's keywords now.</param>
    internal bool IsAsExpected(int index, FlagChange change, MessageLetters asked, KeywordTable keywords)
    {
        var (told, now, named) = (LettersAt(index), _entries[index].Letters, keywords.NamedLetters);
        var (system, letters) = change switch
        {
            FlagChange.Add => (told.System | asked.System, told.Keywords | asked.Keywords),
            FlagChange.Remove => (told.System & ~asked.System, told.Keywords & ~asked.Keywords),
            _ => (asked.System, asked.Keywords),
        };
        return now.System == system
            && ((now.Keywords ^ letters) & named) == 0
            && (keywords == _keywords || (now.Keywords & ~asked.Keywords & keywords.Differences(_keywords)) == 0);
    }

    internal bool IsModSeqStale(int index) => _modSeqs[index] != _entries[index].ModSeq;

    /// <summary>The list after these places were told of what their entries have now.</summary>
    internal MessageList Tell(IEnumerable<int> places, KeywordTable keywords)
    {
        var told = _told.AsSpan(0, Count).ToArray();
        var modSeqs = _modSeqs.AsSpan(0, Count).ToArray();
        foreach (var i in places)
        {
            told[i] = (told[i] & RecentBit) | _entries[i].Letters.Bits;
            modSeqs[i] = _entries[i].ModSeq;
        }

        return new MessageList(_entries, told, modSeqs, Count, keywords);
    }

    /// <summary>The list without the entries that are gone.</summary>
    internal MessageList WithoutGone(int gone)
    {
        var entries = new FolderEntry[Count - gone];
        var told = new ulong[entries.Length];
        var modSeqs = new ulong[entries.Length];
        var to = 0;
        for (var i = 0; i < Count; i++)
        {
            if (_entries[i].IsGone)
                continue;
            (entries[to], told[to], modSeqs[to]) = (_entries[i], _told[i], _modSeqs[i]);
            to++;
        }

        return new MessageList(entries, told, modSeqs, to, _keywords);
    }

    /// <summary>The list with more messages at its end.</summary>
    /// <param name="added">The messages.</param>
    /// <param name="recent">Those that this view is the first to see.</param>
    /// <param name="showsUnclaimed">True if those that nobody has claimed are \Recent here too.</param>
    /// <param name="keywords">The folder's keywords now.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal MessageList With(ReadOnlySpan<FolderEntry> added, HashSet<FolderEntry> recent, bool showsUnclaimed, KeywordTable keywords)
    {
        var (entries, told, modSeqs) = (_entries, _told, _modSeqs);
        var count = Count + added.Length;
        if (entries.Length < count || (Count < entries.Length && entries[Count] is not null) || told.Length < count)
        {
            // The first time exactly as many as there are; room to grow comes with growing.
            var capacity = Count == 0 ? count : Math.Max(count, Count + (Count / 8) + 16);
            (entries, told, modSeqs) = (new FolderEntry[capacity], new ulong[capacity], new ulong[capacity]);
            _entries.AsSpan(0, Count).CopyTo(entries);
            _told.AsSpan(0, Count).CopyTo(told);
            _modSeqs.AsSpan(0, Count).CopyTo(modSeqs);
        }

        for (var i = 0; i < added.Length; i++)
        {
            var entry = added[i];
            var isRecent = (showsUnclaimed && entry.RecentUnclaimed) || (recent.Count > 0 && recent.Contains(entry));
            entries[Count + i] = entry;
            told[Count + i] = entry.Letters.Bits | (isRecent ? RecentBit : 0);
            modSeqs[Count + i] = entry.ModSeq;
        }

        return new MessageList(entries, told, modSeqs, count, keywords);
    }

    public IEnumerator<MailboxMessage> GetEnumerator()
    {
        for (var i = 0; i < Count; i++)
            yield return this[i];
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private MessageLetters LettersAt(int index) => new(_told[index] & ~RecentBit);
}
