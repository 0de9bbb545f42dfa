using System.Runtime.CompilerServices;
using MailOps.Maildir;

namespace MailOps.Server.Imap.Search;

/// <summary>Tells what was found, in the order given: as a line of numbers, or as the client asked for it (RFC 4731 section 3.1).</summary>
/// <param name="session">The session.</param>
/// <param name="mailbox">The mailbox.</param>
/// <param name="numbers">Whether the client wants sequence numbers or UIDs.</param>
/// <param name="arguments">What was to be found and told.</param>
/// <param name="correlator">Which search it is.</param>
internal sealed class SearchReply(ImapSession session, IMailbox mailbox, MessageNumbers numbers, SearchArguments arguments, SearchCorrelator correlator)
{
    /// <summary>Of the selected mailbox.</summary>
    public SearchReply(ImapSession session, MessageNumbers numbers, SearchArguments arguments)
        : this(session, session.Selected, numbers, arguments, new SearchCorrelator(session.Tag))
    {
    }

    // Numbers that are written between two looks at how much waits to be sent.
    private const int Piece = 256;

    // The highest mod-sequence of what is told is told too (RFC 7162 section 3.1.6).
    private bool TellsModSeq => arguments.Key.AsksModSeq;

    /// <summary>Tells what was found.</summary>
    /// <param name="name">The name of a response of all numbers.</param>
    /// <param name="found">Places in the view.</param>
    public ValueTask GiveAsync(string name, IReadOnlyList<int> found) =>
        arguments.Return is { } asked ? TellAsync(asked, found) : ListAsync(name, found);

    private async ValueTask ListAsync(string name, IReadOnlyList<int> found)
    {
        session.Replies.Raw("* "u8);
        session.Replies.Ascii(name);
        for (var told = 0; told < found.Count; told += Piece)
        {
            session.Replies.MakeRoom();
            Numbers(found, told, Math.Min(told + Piece, found.Count));
            await session.Replies.FlushIfLargeAsync();
        }

        if (TellsModSeq && HighestOf(found) is > 0 and var highest)
        {
            Item(" (MODSEQ "u8, highest);
            session.Replies.Raw(")"u8);
        }

        session.Replies.EndLine();
    }

    // Compiled at its best at once: it runs for each message of a large folder.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Numbers(IReadOnlyList<int> found, int start, int end)
    {
        var span = session.Replies.OpenSpan();
        for (var i = start; i < end; i++)
        {
            span.Raw(" "u8);
            span.Number(NumberOf(found[i]));
        }

        span.Close();
    }

    // One ESEARCH, unless nothing is to be told; and what is to be saved is kept.
    private async ValueTask TellAsync(ReturnOptions options, IReadOnlyList<int> found)
    {
        var part = options.Partial?.Of(found.Count) ?? default;
        if (options.Save)
            session.Saved = NumberRanges.Of(Told(options, found, part).Select(place => mailbox.Messages[place].Uid));
        if (!options.Tells)
            return;

        var replies = session.Replies;
        correlator.Write(replies, numbers);
        if (options.Min && found.Count > 0)
            Item(" MIN "u8, NumberOf(found[0]));
        if (options.Max && found.Count > 0)
            Item(" MAX "u8, NumberOf(found[^1]));
        if (options.All && found.Count > 0)
        {
            replies.Raw(" ALL "u8);
            await SetAsync(found, 0, found.Count);
        }

        if (options.Partial is { } range)
        {
            replies.Raw(" PARTIAL ("u8);
            replies.Ascii(range.ToString());
            replies.Raw(" "u8);
            if (part.Count == 0)
                replies.Raw("NIL"u8);
            else
                await SetAsync(found, part.Start, part.Count);
            replies.Raw(")"u8);
        }

        if (options.Count)
            Item(" COUNT "u8, found.Count);
        // RFC 4731 section 3.2: of those alone that MIN or MAX name.
        if (TellsModSeq && HighestOf(Told(options, found, part)) is > 0 and var highest)
            Item(" MODSEQ "u8, highest);
        replies.EndLine();
    }

    // RFC 5182 section 2.4, RFC 9394 section 3.2: all, unless no more than some of them are asked for.
    private static IEnumerable<int> Told(ReturnOptions options, IReadOnlyList<int> found, (int Start, int Count) part)
    {
        if (options.All || options.Count || !options.IsPart)
            return found;
        var some = found.Skip(part.Start).Take(part.Count);
        if (options.Min)
            some = some.Concat(found.Take(1));
        return options.Max ? some.Concat(found.TakeLast(1)) : some;
    }

    // 0 of none.
    private long HighestOf(IEnumerable<int> places)
    {
        var highest = 0L;
        foreach (var place in places)
            highest = Math.Max(highest, ImapReplyWriter.ModSeqOf(mailbox.Messages[place]));
        return highest;
    }

    private void Item(ReadOnlySpan<byte> name, long value)
    {
        session.Replies.Raw(name);
        session.Replies.Number(value);
    }

    private ValueTask SetAsync(IReadOnlyList<int> found, int start, int count) =>
        NumberSet.WriteAsync(session.Replies, count, i => NumberOf(found[start + i]));

    private uint NumberOf(int place) => numbers == MessageNumbers.Uid ? mailbox.Messages[place].Uid : (uint)place + 1;
}
