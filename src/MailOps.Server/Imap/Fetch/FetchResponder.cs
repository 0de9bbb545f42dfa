using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using MailOps.Maildir;
using MailOps.Messages;

namespace MailOps.Server.Imap.Fetch;

/// <summary>Writes FETCH responses, one message after the other.</summary>
internal sealed class FetchResponder(ImapSession session, FetchItems items, IReadOnlyList<BodySection> sections)
{
    // What stands around the octets of sections, and the end of the command.
    private const int RoomForTheRest = 1024;

    // Some tens of octets each: together they fill a buffer that is sent at once.
    private const int MostShort = 1000;

    private readonly ImapReplyWriter _replies = session.Replies;
    private readonly SectionContent[] _contents = new SectionContent[sections.Count];
    private readonly bool _isUidOnly = session.IsUidOnly;
    private bool _isFirst;

    /// <summary>True if a part could not be decoded: its message has no response, and the command is refused (RFC 3516 section 4.3).</summary>
    public bool MetUnknownEncoding { get; private set; }

    /// <summary>True if responses are made of the messages' digests.</summary>
    public bool NeedsDigest { get; } = items.HasFlag(FetchItems.Envelope) || sections.Any(s => s.NeedsHeader);

    /// <summary>True if responses are made of the messages' structures.</summary>
    public bool NeedsStructure { get; } = (items & (FetchItems.Body | FetchItems.BodyStructure)) != FetchItems.None || sections.Any(s => s.Path.Length > 0);

    /// <summary>True if responses are made of the messages' previews.</summary>
    public bool NeedsPreview { get; } = (items & (FetchItems.Preview | FetchItems.Snippet)) != FetchItems.None;

    /// <summary>True if the view itself knows all that responses are made of.</summary>
    public bool IsShort { get; } = sections.Count == 0 && (items & ~(FetchItems.Uid | FetchItems.Flags | FetchItems.Size | FetchItems.ModSeq)) == FetchItems.None;

    /// <summary>Writes short responses for messages that follow each other, as many as go out in one piece.</summary>
    /// <returns>The place of the next message.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public int RespondShortly(int first, int last)
    {
        var messages = session.Selected.Messages;
        _replies.MakeRoom();
        _replies.InResponse = true;
        var line = _replies.OpenSpan();
        var next = first;
        for (; next <= last && next - first < MostShort; next++)
        {
            Begin(ref line, next, messages[next], date: null, tellFlags: false);
            line.Raw(")\r\n"u8);
        }

        line.Close();
        _replies.InResponse = false;
        return next;
    }

    /// <summary>Writes one response.</summary>
    /// <param name="index">The message's place in the view.</param>
    /// <param name="record">What the store keeps of it.</param>
    /// <param name="tellFlags">True if its flags are to be told although they were not asked for: it was just marked \Seen.</param>
    /// <param name="cancel">Ends the wait for the disk.</param>
    /// <returns>False if the message is gone.</returns>
    public ValueTask<bool> RespondAsync(int index, FetchRecord record, bool tellFlags, CancellationToken cancel)
    {
        if ((NeedsDigest && record.Digest is null) || (NeedsStructure && record.Structure is null) || (NeedsPreview && record.Preview is null))
            return new(false);
        var known = new MessageDigest(record.Digest ?? default);
        var message = session.Selected.Messages[index];
        if (NeedsStructure || sections.Count > 0)
            return RespondFromFileAsync(index, message, known, record, tellFlags, cancel);

        DateTimeOffset? date = null;
        if (items.HasFlag(FetchItems.InternalDate) && (date = session.Selected.InternalDate(message)) is null)
            return new(false);
        Begin(index, message, date, tellFlags);
        Envelope(known);
        Facts(message);
        Preview(record.Preview);
        End();
        return new(true);
    }

    private async ValueTask<bool> RespondFromFileAsync(int index, MailboxMessage message, MessageDigest digest, FetchRecord record, bool tellFlags, CancellationToken cancel)
    {
        var structure = record.Structure is { } known ? StructureRecord.Read(known.Span) : null;
        using var fetched = new FetchedMessage(session.Selected, message, digest, structure);
        DateTimeOffset? date = items.HasFlag(FetchItems.InternalDate) ? session.Selected.InternalDate(message) ?? DateTimeOffset.UnixEpoch : null;
        // Whatever may fail is read before the first octet of the response is written.
        for (var i = 0; i < sections.Count; i++)
        {
            if (await SectionContent.FindAsync(fetched, sections[i], cancel) is not { } content)
                return false;
            if (content.IsUnknown)
            {
                MetUnknownEncoding = true;
                return true;
            }

            _contents[i] = content;
        }

        _replies.MakeRoom(RoomForTheRest + _contents.Sum(content => content.Octets?.Length ?? content.Count));
        Begin(index, message, date, tellFlags);
        Envelope(digest);
        Facts(message);
        Preview(record.Preview);
        if (items.HasFlag(FetchItems.Body))
        {
            Item("BODY "u8);
            BodyStructureWriter.Write(_replies, structure!.Root, extended: false, session.IsRev2);
        }

        if (items.HasFlag(FetchItems.BodyStructure))
        {
            Item("BODYSTRUCTURE "u8);
            BodyStructureWriter.Write(_replies, structure!.Root, extended: true, session.IsRev2);
        }

        for (var i = 0; i < sections.Count; i++)
        {
            Item(sections[i].ResponseName);
            _replies.Raw(" "u8);
            await _contents[i].WriteAsync(_replies, fetched, sections[i].Partial, cancel);
        }

        End();
        await _replies.FlushIfLargeAsync();
        return true;
    }

    private void Envelope(MessageDigest digest)
    {
        if (!items.HasFlag(FetchItems.Envelope))
            return;
        Item("ENVELOPE "u8);
        EnvelopeWriter.Write(_replies, digest);
    }

    // RFC 8474 section 5.3, where NIL says that threads have no ids here, and RFC 8514.
    private void Facts(MailboxMessage message)
    {
        if (items.HasFlag(FetchItems.EmailId))
        {
            Item("EMAILID ("u8);
            _replies.Ascii(ObjectId.OfMessage(session.Selected, message));
            _replies.Raw(")"u8);
        }

        if (items.HasFlag(FetchItems.ThreadId))
            Item("THREADID NIL"u8);
        if (items.HasFlag(FetchItems.SaveDate))
        {
            Item("SAVEDATE "u8);
            _replies.Ascii(session.Selected.SaveDate(message) is { } saved ? Format(saved) : "NIL");
        }
    }

    private void Preview(ReadOnlyMemory<byte>? preview)
    {
        if (items.HasFlag(FetchItems.Preview))
        {
            Item("PREVIEW "u8);
            _replies.NOctets(preview ?? default(ReadOnlyMemory<byte>));
        }

        if (items.HasFlag(FetchItems.Snippet))
        {
            Item("SNIPPET (FUZZY "u8);
            _replies.NOctets(preview ?? default(ReadOnlyMemory<byte>));
            _replies.Raw(")"u8);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Begin(int index, MailboxMessage message, DateTimeOffset? date, bool tellFlags)
    {
        _replies.InResponse = true;
        var line = _replies.OpenSpan();
        _isFirst = !Begin(ref line, index, message, date, tellFlags);
        line.Close();
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private bool Begin(ref ReplySpan line, int index, MailboxMessage message, DateTimeOffset? date, bool tellFlags)
    {
        line.Raw("* "u8);
        line.Number(_isUidOnly ? message.Uid : index + 1);
        line.Raw(_isUidOnly ? " UIDFETCH ("u8 : " FETCH ("u8);
        var separator = ""u8;
        // RFC 9051 appendix E: what was not asked for is told with the UID.
        if (items.HasFlag(FetchItems.Uid) || (tellFlags && !_isUidOnly && (session.TellsModSeqs || session.IsRev2)))
        {
            line.Raw("UID "u8);
            line.Number(message.Uid);
            separator = " "u8;
        }

        if (tellFlags || items.HasFlag(FetchItems.Flags))
        {
            line.Raw(separator);
            line.Raw("FLAGS "u8);
            line.Flags(message.Flags, session.ShowsRecent(message));
            separator = " "u8;
        }

        // RFC 7162 section 3.2.4: a message that this FETCH marked \Seen is told with both.
        if (items.HasFlag(FetchItems.ModSeq) || (tellFlags && session.TellsModSeqs))
        {
            session.NoteModSeq(message.ModSeq);
            line.Raw(separator);
            line.Raw("MODSEQ ("u8);
            line.Number(ImapReplyWriter.ModSeqOf(message));
            line.Raw(")"u8);
            separator = " "u8;
        }

        if (items.HasFlag(FetchItems.Size))
        {
            line.Raw(separator);
            line.Raw("RFC822.SIZE "u8);
            line.Number(message.Size);
            separator = " "u8;
        }

        if (date is { } arrived)
        {
            line.Raw(separator);
            line.Raw("INTERNALDATE "u8);
            line.Raw(Encoding.ASCII.GetBytes(Format(arrived)));
            separator = " "u8;
        }

        return !separator.IsEmpty;
    }

    private void End()
    {
        _replies.Raw(")\r\n"u8);
        _replies.InResponse = false;
    }

    private void Item(ReadOnlySpan<byte> name)
    {
        if (!_isFirst)
            _replies.Raw(" "u8);
        _isFirst = false;
        _replies.Raw(name);
    }

    // RFC 3501's date-time: the day has two places, the zone no colon.
    private static string Format(DateTimeOffset time)
    {
        var zone = time.Offset < TimeSpan.Zero ? '-' : '+';
        return string.Create(CultureInfo.InvariantCulture, $"\"{time.Day,2}-{time:MMM-yyyy HH:mm:ss} {zone}{time.Offset:hhmm}\"");
    }
}
