using MailOps.Maildir;
using MailOps.Maildir.Access;

namespace MailOps.Server.Imap;

/// <content>Whole responses.</content>
internal sealed partial class ImapReplyWriter
{
    // At 22 octets each, within the 8 KiB that RFC 7162 section 4 speaks of.
    private const int MostRanges = 350;

    private static readonly (SystemFlags Flag, string Name)[] SystemFlagNames =
        [(SystemFlags.Answered, "\\Answered"), (SystemFlags.Flagged, "\\Flagged"), (SystemFlags.Deleted, "\\Deleted"), (SystemFlags.Seen, "\\Seen"), (SystemFlags.Draft, "\\Draft")];

    /// <summary>The tagged end of a command.</summary>
    public void Complete(string tag, Completion completion)
    {
        Ascii(tag);
        Raw(completion.Status switch
        {
            CompletionStatus.Ok => " OK "u8,
            CompletionStatus.No => " NO "u8,
            _ => " BAD "u8,
        });
        Rest(completion.Code, completion.Text);
    }

    /// <summary>An untagged OK with a response code.</summary>
    public void Ok(string code, string text)
    {
        Raw("* OK "u8);
        Rest(new ResponseCode(code), text);
    }

    /// <summary>An untagged NO with a response code: a command goes on, and a part of it is not done.</summary>
    public void No(ResponseCode code, string text)
    {
        Raw("* NO "u8);
        Rest(code, text);
    }

    /// <summary>An untagged BAD: for input that has no tag to answer to.</summary>
    public void Bad(string text)
    {
        Raw("* BAD "u8);
        Rest(null, text);
    }

    /// <summary>The session ends, and why.</summary>
    public void Bye(string text)
    {
        Raw("* BYE "u8);
        Rest(null, text);
    }

    /// <summary>The client may go on with a literal or an exchange.</summary>
    public void Continue(string text)
    {
        Raw("+ "u8);
        Ascii(text);
        EndLine();
    }

    /// <summary>How many messages there are.</summary>
    public void Exists(int count) => Counted(count, " EXISTS\r\n"u8);

    /// <summary>How many messages this session is the first to see.</summary>
    public void Recent(int count) => Counted(count, " RECENT\r\n"u8);

    /// <summary>A message is gone; those after it move up.</summary>
    public void Expunge(int sequenceNumber) => Counted(sequenceNumber, " EXPUNGE\r\n"u8);

    /// <summary>
    /// Messages are gone: with EARLIER before this session, so that no sequence number moves; else those after them move up (RFC 7162
    /// section 3.2.10). A line has no more than clients are sure to take.
    /// </summary>
    public async ValueTask VanishedAsync(IReadOnlyList<UidRange> uids, bool earlier)
    {
        for (var i = 0; i < uids.Count;)
        {
            Raw(earlier ? "* VANISHED (EARLIER) "u8 : "* VANISHED "u8);
            for (var end = Math.Min(i + MostRanges, uids.Count); i < end; i++)
            {
                Number(uids[i].First);
                if (uids[i].Last > uids[i].First)
                {
                    Raw(":"u8);
                    Number(uids[i].Last);
                }

                if (i < end - 1)
                    Raw(","u8);
            }

            EndLine();
            await FlushIfLargeAsync();
        }
    }

    /// <summary>The UID and flags of a message, and maybe its mod-sequence.</summary>
    /// <param name="sequenceNumber">Its number; null for a client that knows it by its UID alone (RFC 9586 section 3.2).</param>
    /// <param name="message">The message.</param>
    /// <param name="recent">True if it is told to be \Recent.</param>
    /// <param name="withModSeq">True if the mod-sequence is told.</param>
    public void FetchFlags(int? sequenceNumber, MailboxMessage message, bool recent, bool withModSeq)
    {
        BeginFetch(sequenceNumber, message);
        Raw("FLAGS "u8);
        Flags(message.Flags, recent);
        if (withModSeq)
            ModSeq(" MODSEQ ("u8, message);
        Raw(")\r\n"u8);
    }

    /// <summary>The UID and mod-sequence of a message whose flags the client knows (RFC 7162 sections 3.1.3 and 3.2.4).</summary>
    public void FetchModSeq(int? sequenceNumber, MailboxMessage message)
    {
        BeginFetch(sequenceNumber, message);
        ModSeq("MODSEQ ("u8, message);
        Raw(")\r\n"u8);
    }

    /// <summary>
    /// The mod-sequence of a message as the client sees it. It is positive (RFC 7162 section 3.1): a change that is in no log yet has none
    /// of its own, and counts as old until it has.
    /// </summary>
    public static long ModSeqOf(MailboxMessage message) => Math.Max(1, (long)message.ModSeq);

    /// <summary>The extensions that were enabled (RFC 5161 section 3.2).</summary>
    public void Enabled(IEnumerable<string> names)
    {
        Raw("* ENABLED"u8);
        foreach (var name in names)
        {
            Raw(" "u8);
            Ascii(name);
        }

        EndLine();
    }

    /// <summary>The mod-sequence up to which the client was told everything (RFC 7162 section 3.1.2.1).</summary>
    public void HighestModSeq(ulong modSeq) => Ok(ResponseCode.HighestModSeq(modSeq).Text, "Highest");

    /// <summary>The flags that the mailbox knows, and those that last (RFC 3501 section 7.1): all that the rights allow to change (RFC 4314 section 5.1.1), and new keywords while there is room for them.</summary>
    public void FlagsOf(IMailbox mailbox)
    {
        Raw("* FLAGS ("u8);
        Known(mailbox, FlagMask.All);
        Raw(")\r\n* OK [PERMANENTFLAGS ("u8);
        if (!mailbox.ReadOnly)
            Known(mailbox, FlagMask.Of(mailbox.Rights), mailbox.TakesKeywords ? ["\\*"] : []);
        Raw(")] "u8);
        Raw(mailbox.ReadOnly ? "Read-only\r\n"u8 : "Flags permitted\r\n"u8);
    }

    /// <summary>COPYUID ahead of the EXPUNGEs of a MOVE (RFC 6851 section 4.3).</summary>
    public void CopyUid(CopiedMessages moved)
    {
        if (moved.SourceUids.Count > 0)
            Ok(ResponseCode.CopyUid(moved, connection).Text, "Moved");
    }

    private void BeginFetch(int? sequenceNumber, MailboxMessage message)
    {
        if (sequenceNumber is { } number)
        {
            Counted(number, " FETCH (UID "u8);
            Number(message.Uid);
            Raw(" "u8);
        }
        else
        {
            Counted(message.Uid, " UIDFETCH ("u8);
        }
    }

    private void ModSeq(ReadOnlySpan<byte> name, MailboxMessage message)
    {
        Raw(name);
        Number(ModSeqOf(message));
        Raw(")"u8);
    }

    private void Known(IMailbox mailbox, FlagMask mask, params ReadOnlySpan<string> more)
    {
        var isFirst = true;
        foreach (var (flag, name) in SystemFlagNames)
        {
            if (mask.System.HasFlag(flag))
                Next(name);
        }

        foreach (var keyword in mask.Keywords ? mailbox.Keywords : [])
            Next(keyword);
        foreach (var name in mask.Keywords ? more : [])
            Next(name);

        void Next(string name)
        {
            if (!isFirst)
                Raw(" "u8);
            Ascii(name);
            isFirst = false;
        }
    }

    private void Counted(long number, ReadOnlySpan<byte> rest)
    {
        Raw("* "u8);
        Number(number);
        Raw(rest);
    }

    private void Rest(ResponseCode? code, string text)
    {
        if (code is { } present)
        {
            Raw("["u8);
            Ascii(present.Text);
            Raw("] "u8);
        }

        Ascii(text);
        EndLine();
    }
}
