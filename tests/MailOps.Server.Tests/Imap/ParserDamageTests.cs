using System.Buffers;
using System.Text;
using CsCheck;
using MailOps.Server.Imap;
using Xunit;

namespace MailOps.Server.Tests.Imap;

/// <summary>Whatever a client sends in place of arguments, parsers say yes or no, and throw nothing.</summary>
public sealed class ParserDamageTests
{
    private static readonly string[] Seeds =
    [
        "SEARCH RETURN (MIN MAX COUNT SAVE PARTIAL -1:-100) CHARSET UTF-8 OR $ (1:3,5,* NOT UID 4:*) OLDER 5 HEADER X {3+}\r\nabc TEXT \"a\\\"b\"",
        "UID SEARCH MODSEQ \"/flags/\\\\draft\" all 620162338 EMAILID M1 LARGER 5 SINCE 1-Feb-1994",
        "SORT RETURN (ALL) (REVERSE SUBJECT DATE DISPLAYFROM) UTF-8 UNSEEN KEYWORD $Junk",
        "UID SORT RETURN (UPDATE CONTEXT COUNT) (REVERSE ARRIVAL) UTF-8 KEYWORD $Junk",
        "SEARCH RETURN (UPDATE (UID BODY.PEEK[HEADER.FIELDS (TO)]) COUNT) ALL",
        "ESEARCH IN (SELECTED MAILBOXES (INBOX \"a b\") SUBTREE-ONE Lists) RETURN (MIN PARTIAL 1:5) CHARSET UTF-8 SUBJECT \"x\"",
        "NOTIFY SET STATUS (SELECTED-DELAYED (MessageNew (UID ENVELOPE) MessageExpunge FlagChange)) (SUBTREE (a \"b c\") (MailboxName SubscriptionChange)) (INBOXES NONE)",
        "CANCELUPDATE \"a1\" \"b\\\\2\"",
        "THREAD REFERENCES UTF-8 BODY {1}\r\nx",
        "LIST (SUBSCRIBED RECURSIVEMATCH SPECIAL-USE) \"\" (% \"a*\" INBOX) RETURN (CHILDREN STATUS (MESSAGES DELETED-STORAGE) METADATA (/private/a))",
        "STATUS &AOk- (MESSAGES UIDNEXT HIGHESTMODSEQ MAILBOXID SIZE)",
        "GETMETADATA (DEPTH infinity MAXSIZE 10) INBOX (/private/a/b /shared/c)",
        "SETMETADATA INBOX (/private/a ~{3+}\r\na\0b /shared/c NIL /private/d \"x\")",
        "SETACL INBOX \"-jane@example.com\" +lrswipkxteacd",
        "LISTRIGHTS \"user/a@example.com/x\" {7+}\r\n$a team",
        "LIST \"\" * RETURN (MYRIGHTS SUBSCRIBED)",
        "CREATE \"Box\" (USE (\\Drafts \\Sent))",
        "SELECT INBOX (QRESYNC (67890007 20050715194045000 41,43:211 (5,7:9 10,12:14)))",
        "FETCH 1:*,$ (FLAGS ENVELOPE BODY.PEEK[1.2.HEADER.FIELDS (FROM \"To\")]<0.100> PREVIEW (LAZY) EMAILID RFC822.SIZE)",
        "UID FETCH 1:* (UID FLAGS) (CHANGEDSINCE 12345 VANISHED PARTIAL 1:50)",
        "STORE 1:2 (UNCHANGEDSINCE 5) -FLAGS.SILENT (\\Deleted $Work)",
        "APPEND INBOX (\\Seen) \"17-Jul-1996 02:44:25 -0700\" {5+}\r\nhello",
        "ENABLE CONDSTORE QRESYNC",
        "COMPRESS DEFLATE",
        "LANGUAGE en-CA \"*\"",
        "GETQUOTAROOT INBOX",
        "LOGIN {4+}\r\njohn {6+}\r\nsecret",
    ];

    private const string Special = " ()[]<>{}\\\"%*,:.$+~\r\n0123456789";

    [Fact]
    public void Damaged_arguments_are_refused_or_understood()
    {
        var edit = Gen.Select(Gen.Int[0, 3], Gen.Int[0, 250], Gen.OneOf(Gen.Byte, Gen.Int[0, Special.Length - 1].Select(i => (byte)Special[i])), Gen.Int[1, 30]);
        Gen.Select(Gen.Int[0, Seeds.Length - 1], edit.List[0, 6], Gen.Int[1, 40]).Sample(
            (which, edits, segment) =>
            {
                var octets = Encoding.UTF8.GetBytes("a " + Seeds[which]).ToList();
                foreach (var (kind, place, octet, length) in edits)
                {
                    var at = Math.Min(place, octets.Count);
                    switch (kind)
                    {
                        case 0 when at < octets.Count:
                            octets[at] = octet;
                            break;
                        case 1:
                            octets.InsertRange(at, Enumerable.Repeat(octet, length));
                            break;
                        case 2:
                            octets.RemoveRange(at, Math.Min(length, octets.Count - at));
                            break;
                        default:
                            octets.InsertRange(at, octets.Skip(at).Take(length).ToArray());
                            break;
                    }
                }

                Parse(InPieces([.. octets], segment));
            },
            iter: 20_000);
    }

    private static void Parse(ReadOnlySequence<byte> text)
    {
        var reader = new ImapReader(text);
        if (!reader.Tag(out _) || !reader.Space() || !reader.Word(out var name))
            return;
        if (name == "UID" && reader.Space() && reader.Word(out var second))
            name += " " + second;
        if (ImapProtocol.Table.FirstOrDefault(one => one.Name == name) is not { } command)
            return;
        var arguments = reader;
        _ = command.Streams(ref arguments);
        _ = command.Prepare(ref reader);
    }

    // As it may lie in the pipe.
    private static ReadOnlySequence<byte> InPieces(byte[] octets, int length)
    {
        Piece? first = null, last = null;
        for (var start = 0; start < octets.Length; start += length)
        {
            last = new Piece(octets.AsMemory(start, Math.Min(length, octets.Length - start)), last);
            first ??= last;
        }

        return first is null ? ReadOnlySequence<byte>.Empty : new ReadOnlySequence<byte>(first, 0, last!, last!.Memory.Length);
    }

    private sealed class Piece : ReadOnlySequenceSegment<byte>
    {
        public Piece(ReadOnlyMemory<byte> memory, Piece? before)
        {
            Memory = memory;
            if (before is null)
                return;
            RunningIndex = before.RunningIndex + before.Memory.Length;
            before.Next = this;
        }
    }
}
