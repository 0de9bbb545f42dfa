using MailOps.Maildir;
using MailOps.Messages;

namespace MailOps.Server.Imap.Search;

/// <summary>One condition of a SEARCH (RFC 3501 section 6.4.4).</summary>
internal abstract record SearchKey
{
    /// <summary>What it costs to ask: 0 from the view, 1 a look at the file's times, 2 the header, 3 the whole message. Cheap keys are asked first.</summary>
    public virtual int Cost => 0;

    /// <summary>True if the answer may be made of the message's digest.</summary>
    public virtual bool NeedsDigest => false;

    /// <summary>The keys that this one is made of.</summary>
    protected virtual IEnumerable<SearchKey> Parts => [];

    /// <summary>This key, and all that it is made of.</summary>
    public IEnumerable<SearchKey> All => Parts.SelectMany(part => part.All).Prepend(this);

    /// <summary>True if mod-sequences are asked for, and so are told (RFC 7162 section 3.1.5).</summary>
    public bool AsksModSeq => All.Any(key => key is ModSeqKey);

    /// <summary>True if messages are named by sequence number.</summary>
    public bool NamesNumbers => All.Any(key => key is NumbersKey { Numbers: MessageNumbers.Sequence, Set.Ranges.Count: > 0 });

    /// <summary>The answer as far as the view alone gives it; null if something must be read.</summary>
    public virtual bool? MatchesView(SearchedMessage message) => null;

    /// <summary>The answer.</summary>
    public virtual ValueTask<bool> MatchesAsync(SearchedMessage message, CancellationToken cancel) =>
        new(MatchesView(message) ?? throw new InvalidOperationException("A key that must read says how."));
}

/// <summary>ALL.</summary>
internal sealed record AllKey : SearchKey
{
    public override bool? MatchesView(SearchedMessage message) => true;
}

/// <summary>SEEN, UNSEEN and the like.</summary>
internal sealed record FlagKey(SystemFlags Flag, bool Set) : SearchKey
{
    public override bool? MatchesView(SearchedMessage message) => message.Message.Flags.System.HasFlag(Flag) == Set;
}

/// <summary>KEYWORD and UNKEYWORD.</summary>
internal sealed record KeywordKey(string Keyword, bool Set) : SearchKey
{
    public override bool? MatchesView(SearchedMessage message) =>
        message.Message.Flags.Keywords.Contains(Keyword, StringComparer.OrdinalIgnoreCase) == Set;
}

/// <summary>RECENT and OLD.</summary>
internal sealed record RecentKey(bool Set) : SearchKey
{
    public override bool? MatchesView(SearchedMessage message) => message.Message.Recent == Set;
}

/// <summary>A sequence set, or UID with a set.</summary>
internal sealed record NumbersKey(SequenceSet Set, MessageNumbers Numbers) : SearchKey
{
    public override bool? MatchesView(SearchedMessage message) => message.Search.Names(this, message);
}

/// <summary>UIDAFTER and UIDBEFORE (RFC 9738 section 4): above or below a UID, which is not among them.</summary>
internal sealed record UidBoundKey(uint Uid, bool After) : SearchKey
{
    public override bool? MatchesView(SearchedMessage message) => After ? message.Message.Uid > Uid : message.Message.Uid < Uid;
}

/// <summary>LARGER and SMALLER.</summary>
internal sealed record SizeKey(long Size, bool Larger) : SearchKey
{
    public override bool? MatchesView(SearchedMessage message) => Larger ? message.Message.Size > Size : message.Message.Size < Size;
}

/// <summary>BEFORE, ON and SINCE, their SENT forms, and their SAVED forms (RFC 8514 section 4.3). Times and zones are disregarded.</summary>
internal sealed record DateKey(DateOnly Date, DateComparison Comparison, MessageDate Of) : SearchKey
{
    public override int Cost => Of == MessageDate.Sent ? 2 : 1;

    public override bool NeedsDigest => Of == MessageDate.Sent;

    public override ValueTask<bool> MatchesAsync(SearchedMessage message, CancellationToken cancel)
    {
        var date = Of switch
        {
            MessageDate.Sent => message.SentDate,
            MessageDate.Saved => message.SaveDate,
            _ => message.ArrivalDate,
        };
        return new(date is { } day && Comparison switch
        {
            DateComparison.Before => day < Date,
            DateComparison.On => day == Date,
            _ => day >= Date,
        });
    }
}

/// <summary>OLDER and YOUNGER (RFC 5032): to the second, and what arrived in that very second is both.</summary>
internal sealed record WithinKey(TimeSpan Interval, bool Older) : SearchKey
{
    public override int Cost => 1;

    public override ValueTask<bool> MatchesAsync(SearchedMessage message, CancellationToken cancel)
    {
        var target = (message.Search.Now - Interval).ToUnixTimeSeconds();
        return new(message.ArrivalTime?.ToUnixTimeSeconds() is { } arrived && (Older ? arrived <= target : arrived >= target));
    }
}

/// <summary>EMAILID, and THREADID, which no message has here (RFC 8474 section 6).</summary>
internal sealed record EmailIdKey(string? Id) : SearchKey
{
    public override bool? MatchesView(SearchedMessage message) => Id is not null && message.EmailId == Id;
}

/// <summary>Which of a message's dates is meant.</summary>
internal enum MessageDate
{
    /// <summary>INTERNALDATE.</summary>
    Arrival,

    /// <summary>Its Date field.</summary>
    Sent,

    /// <summary>When it came into this mailbox.</summary>
    Saved,
}

/// <summary>How a date is compared.</summary>
internal enum DateComparison
{
    Before,
    On,
    Since,
}

/// <summary>HEADER, and FROM, TO, CC, BCC and SUBJECT. An empty text asks whether the field is there.</summary>
internal sealed record HeaderKey(string Field, SearchText Text) : SearchKey
{
    private readonly HeaderField _kept = HeaderFieldNames.Find(Field);

    public override int Cost => 2;

    public override bool NeedsDigest => _kept != HeaderField.None;

    public override ValueTask<bool> MatchesAsync(SearchedMessage message, CancellationToken cancel) =>
        NeedsDigest ? new(message.HasField(_kept, Text)) : MatchesHeaderAsync(message, cancel);

    private async ValueTask<bool> MatchesHeaderAsync(SearchedMessage message, CancellationToken cancel)
    {
        foreach (var header in await message.HeadersAsync(cancel))
        {
            if (header.Field.Equals(Field, StringComparison.OrdinalIgnoreCase)
                && (Text.IsEmpty || Text.IsIn(header.Value)))
                return true;
        }

        return false;
    }
}

/// <summary>BODY, and TEXT, which looks at the header as well.</summary>
internal sealed record TextKey(SearchText Text, bool WithHeader) : SearchKey
{
    public override int Cost => 3;

    public override async ValueTask<bool> MatchesAsync(SearchedMessage message, CancellationToken cancel)
    {
        if (WithHeader)
        {
            foreach (var header in await message.HeadersAsync(cancel))
            {
                if (Text.IsIn($"{header.Field}: {header.Value}"))
                    return true;
            }
        }

        return await message.BodyContainsAsync(Text, cancel);
    }
}

/// <summary>NOT.</summary>
internal sealed record NotKey(SearchKey Key) : SearchKey
{
    public override int Cost => Key.Cost;

    public override bool NeedsDigest => Key.NeedsDigest;

    protected override IEnumerable<SearchKey> Parts => [Key];

    public override bool? MatchesView(SearchedMessage message) => !Key.MatchesView(message);

    public override async ValueTask<bool> MatchesAsync(SearchedMessage message, CancellationToken cancel) =>
        !await Key.MatchesAsync(message, cancel);
}

/// <summary>OR.</summary>
internal sealed record OrKey(SearchKey First, SearchKey Second) : SearchKey
{
    public override int Cost => Math.Max(First.Cost, Second.Cost);

    public override bool NeedsDigest => First.NeedsDigest || Second.NeedsDigest;

    protected override IEnumerable<SearchKey> Parts => [First, Second];

    // Three-valued: what is true is so whatever the other one is.
    public override bool? MatchesView(SearchedMessage message) => First.MatchesView(message) | Second.MatchesView(message);

    public override async ValueTask<bool> MatchesAsync(SearchedMessage message, CancellationToken cancel) =>
        await First.MatchesAsync(message, cancel) || await Second.MatchesAsync(message, cancel);
}

/// <summary>Keys that must all match, the cheapest first.</summary>
internal sealed record AndKey : SearchKey
{
    private readonly SearchKey[] _keys;

    public AndKey(IEnumerable<SearchKey> keys) => _keys = [.. keys.OrderBy(k => k.Cost)];

    public override int Cost => _keys[^1].Cost;

    public override bool NeedsDigest => _keys.Any(key => key.NeedsDigest);

    protected override IEnumerable<SearchKey> Parts => _keys;

    public override bool? MatchesView(SearchedMessage message)
    {
        bool? all = true;
        foreach (var key in _keys)
        {
            all &= key.MatchesView(message);
            if (all == false)
                break;
        }

        return all;
    }

    public override async ValueTask<bool> MatchesAsync(SearchedMessage message, CancellationToken cancel)
    {
        foreach (var key in _keys)
        {
            if (!await key.MatchesAsync(message, cancel))
                return false;
        }

        return true;
    }
}
