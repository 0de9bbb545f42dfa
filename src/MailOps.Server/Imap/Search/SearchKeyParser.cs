using MailOps.Maildir;

namespace MailOps.Server.Imap.Search;

/// <summary>Reads search keys (RFC 3501 section 9, search-key). Several in a row must all match.</summary>
internal static class SearchKeyParser
{
    private const int MaxDepth = 32;
    private const int MaxKeys = 500;

    public static bool TryParse(ref ImapReader reader, out SearchKey key)
    {
        var budget = MaxKeys;
        return TryParseAll(ref reader, 0, ref budget, out key);
    }

    private static bool TryParseAll(ref ImapReader reader, int depth, ref int budget, out SearchKey all)
    {
        var keys = new List<SearchKey>(1);
        all = null!;
        do
        {
            if (!TryParseKey(ref reader, depth, ref budget, out var key))
                return false;
            keys.Add(key);
        }
        while (reader.Space());
        all = keys.Count == 1 ? keys[0] : new AndKey(keys);
        return true;
    }

    private static bool TryParseKey(ref ImapReader reader, int depth, ref int budget, out SearchKey key)
    {
        key = null!;
        if (depth > MaxDepth || --budget < 0)
            return false;
        if (reader.Is('('))
            return TryParseAll(ref reader, depth + 1, ref budget, out key) && reader.Is(')');
        if (reader.SeesNumber || reader.Sees('*') || reader.Sees('$'))
            return TryParseNumbers(ref reader, out key);
        if (!reader.Word(out var word))
            return false;

        switch (word)
        {
            case "NOT":
                if (!(reader.Space() && TryParseKey(ref reader, depth + 1, ref budget, out var negated)))
                    return false;
                key = new NotKey(negated);
                return true;

            case "OR":
                if (!(reader.Space() && TryParseKey(ref reader, depth + 1, ref budget, out var first)
                    && reader.Space() && TryParseKey(ref reader, depth + 1, ref budget, out var second)))
                    return false;
                key = new OrKey(first, second);
                return true;

            default:
                key = Plain(word) ?? WithArgument(word, ref reader)!;
                return key is not null;
        }
    }

    private static SearchKey? Plain(string word) => word switch
    {
        // Every message has a date of its saving (RFC 8514 section 4.3).
        "ALL" or "SAVEDATESUPPORTED" => new AllKey(),
        "ANSWERED" => new FlagKey(SystemFlags.Answered, Set: true),
        "UNANSWERED" => new FlagKey(SystemFlags.Answered, Set: false),
        "DELETED" => new FlagKey(SystemFlags.Deleted, Set: true),
        "UNDELETED" => new FlagKey(SystemFlags.Deleted, Set: false),
        "DRAFT" => new FlagKey(SystemFlags.Draft, Set: true),
        "UNDRAFT" => new FlagKey(SystemFlags.Draft, Set: false),
        "FLAGGED" => new FlagKey(SystemFlags.Flagged, Set: true),
        "UNFLAGGED" => new FlagKey(SystemFlags.Flagged, Set: false),
        "SEEN" => new FlagKey(SystemFlags.Seen, Set: true),
        "UNSEEN" => new FlagKey(SystemFlags.Seen, Set: false),
        "RECENT" => new RecentKey(Set: true),
        "OLD" => new RecentKey(Set: false),
        "NEW" => new AndKey([new RecentKey(Set: true), new FlagKey(SystemFlags.Seen, Set: false)]),
        _ => null,
    };

    private static SearchKey? WithArgument(string word, ref ImapReader reader)
    {
        if (!reader.Space())
            return null;

        switch (word)
        {
            case "KEYWORD" or "UNKEYWORD":
                return reader.Atom(out var keyword) ? new KeywordKey(keyword, word == "KEYWORD") : null;
            case "UID":
                return reader.SequenceSet(out var uids) ? new NumbersKey(uids, MessageNumbers.Uid) : null;
            case "UIDAFTER" or "UIDBEFORE":
                return reader.Number(out var uid) && uid > 0 ? new UidBoundKey(uid, After: word == "UIDAFTER") : null;
            case "MODSEQ":
                return ModSeqKey.TryParse(ref reader);
            case "LARGER" or "SMALLER":
                return reader.Number64(out var size) ? new SizeKey(size, word == "LARGER") : null;
            case "EMAILID" or "THREADID":
                return ObjectId.TryParse(ref reader, out var id) ? new EmailIdKey(word == "EMAILID" ? id : null) : null;
            case "OLDER" or "YOUNGER":
                return reader.Number(out var seconds) && seconds > 0 ? new WithinKey(TimeSpan.FromSeconds(seconds), word == "OLDER") : null;
            case "BEFORE" or "ON" or "SINCE":
                return reader.Date(out var arrived) ? new DateKey(arrived, Comparison(word), MessageDate.Arrival) : null;
            case "SENTBEFORE" or "SENTON" or "SENTSINCE":
                return reader.Date(out var sent) ? new DateKey(sent, Comparison(word["SENT".Length..]), MessageDate.Sent) : null;
            case "SAVEDBEFORE" or "SAVEDON" or "SAVEDSINCE":
                return reader.Date(out var saved) ? new DateKey(saved, Comparison(word["SAVED".Length..]), MessageDate.Saved) : null;
            case "FROM" or "TO" or "CC" or "BCC" or "SUBJECT":
                return reader.AString(out var part) ? new HeaderKey(word, new SearchText(part)) : null;
            case "HEADER":
                return reader.AString(out var field) && reader.Space() && reader.AString(out var value) ? new HeaderKey(field, new SearchText(value)) : null;
            case "BODY" or "TEXT":
                return reader.AString(out var text) ? new TextKey(new SearchText(text), WithHeader: word == "TEXT") : null;
            default:
                return null;
        }
    }

    private static DateComparison Comparison(string word) => word switch
    {
        "BEFORE" => DateComparison.Before,
        "ON" => DateComparison.On,
        _ => DateComparison.Since,
    };

    private static bool TryParseNumbers(ref ImapReader reader, out SearchKey key)
    {
        var found = reader.SequenceSet(out var set);
        key = new NumbersKey(set, MessageNumbers.Sequence);
        return found;
    }
}
