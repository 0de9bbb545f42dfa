using System.Buffers;
using System.Text;
using CsCheck;
using MailOps.Maildir;
using MailOps.Maildir.Names;
using MailOps.Server.Imap;
using MailOps.Server.Imap.Fetch;
using MailOps.Server.Imap.Search;
using Xunit;

namespace MailOps.Server.Tests.Imap;

public sealed class ImapReaderTests
{
    private static ImapReader Read(string text) => new(new ReadOnlySequence<byte>(Encoding.Latin1.GetBytes(text)));

    [Theory]
    [InlineData("atom", "atom")]
    [InlineData("a]b", "a]b")]
    [InlineData("\"quoted \\\"string\\\" \\\\\"", "quoted \"string\" \\")]
    [InlineData("\"\"", "")]
    [InlineData("{3}\r\nabc", "abc")]
    [InlineData("{3+}\r\na\nb", "a\nb")]
    [InlineData("{0}\r\n", "")]
    public void A_string_has_four_spellings(string wire, string expected)
    {
        var reader = Read(wire);
        Assert.True(reader.AString(out var text));
        Assert.Equal(expected, text);
        Assert.True(reader.End);
    }

    [Theory]
    [InlineData("")]
    [InlineData("(")]
    [InlineData("\"open")]
    [InlineData("\"a\\b\"")]
    [InlineData("\"a\nb\"")]
    [InlineData("{4}\r\nabc")]
    [InlineData("{a}\r\nabc")]
    [InlineData("{99999999999999999999}\r\n")]
    public void What_is_no_string_is_none(string wire)
    {
        var reader = Read(wire);
        Assert.False(reader.AString(out _));
    }

    [Theory]
    [InlineData("APPEND {5+}\r\n", false, true)]
    [InlineData("APPEND {0+}\r\n", false, true)]
    [InlineData("APPEND {5+}\r\nINBOX {5+}\r\n", true, false)]
    [InlineData("APPEND INBOX catenate (url {1+}\r\nx url {1}\r\n", false, true)]
    [InlineData("APPEND INBOX catenate (url {1+}\r\nx text {1}\r\n", true, false)]
    [InlineData("APPEND INBOX catenate (url {1+}\r\nx file {1}\r\n", false, false)]
    [InlineData("APPEND INBOX catenate (file {1+}\r\nx text {1}\r\n", false, false)]
    [InlineData("LOGIN {5}\r\n", false, false)]
    public void A_literal_is_streamed_or_a_part_and_behind_what_cannot_be_read_none_is_looked_at(string wire, bool isStreamed, bool isPart)
    {
        var reader = Read(wire);
        Assert.True(reader.Word(out var name));
        var command = ImapProtocol.Table.Single(command => command.Name == name);
        Assert.Equal(isStreamed, command.Streams(ref reader));
        if (!isStreamed)
            Assert.Equal(isPart, reader.EndsInLiteral);
    }

    [Theory]
    [InlineData("4294967295", true, 4294967295)]
    [InlineData("4294967296", false, 0)]
    [InlineData("0", true, 0)]
    [InlineData("x", false, 0)]
    public void A_number_has_32_bits(string wire, bool isNumber, long expected)
    {
        var reader = Read(wire);
        Assert.Equal(isNumber, reader.Number(out var number));
        if (isNumber)
            Assert.Equal(expected, number);
    }

    [Theory]
    [InlineData("1", "1-1")]
    [InlineData("2,4:7,9,12:*", "2-2 4-7 9-9 12-0")]
    [InlineData("*", "0-0")]
    [InlineData("*:4,5:7", "0-4 5-7")]
    public void A_sequence_set_is_read_as_written(string wire, string expected)
    {
        var reader = Read(wire);
        Assert.True(reader.SequenceSet(out var set));
        Assert.Equal(expected, string.Join(' ', set.Ranges.Select(r => $"{r.First}-{r.Last}")));
    }

    [Theory]
    [InlineData("0")]
    [InlineData("1,")]
    [InlineData(":1")]
    [InlineData("1:0")]
    [InlineData("a")]
    public void A_broken_sequence_set_is_refused(string wire)
    {
        var reader = Read(wire);
        Assert.False(reader.SequenceSet(out _) && reader.End);
    }

    [Fact]
    public void A_sequence_set_has_a_greatest_size()
    {
        var reader = Read(string.Join(',', Enumerable.Repeat("1", SequenceSet.MaxRanges + 1)));
        Assert.False(reader.SequenceSet(out _));
    }

    [Theory]
    [InlineData("\"17-Jul-1996 02:44:25 -0700\"", "1996-07-17T02:44:25-07:00")]
    [InlineData("\" 7-feb-2024 23:59:60 +0530\"", "2024-02-07T23:59:59+05:30")]
    public void A_date_and_time_is_read(string wire, string expected)
    {
        var reader = Read(wire);
        Assert.True(reader.DateTime(out var time));
        Assert.Equal(DateTimeOffset.Parse(expected, System.Globalization.CultureInfo.InvariantCulture), time);
    }

    [Theory]
    [InlineData("\"31-Feb-2024 00:00:00 +0000\"")]
    [InlineData("\"01-Foo-2024 00:00:00 +0000\"")]
    [InlineData("\"01-Jan-2024 24:00:00 +0000\"")]
    [InlineData("\"01-Jan-2024 00:00:00 +9900\"")]
    [InlineData("\"01-Jan-0001 00:00:00 +0100\"")]
    public void A_date_that_is_none_is_refused(string wire)
    {
        var reader = Read(wire);
        Assert.False(reader.DateTime(out _));
    }

    [Fact]
    public void Flags_are_read_without_regard_to_case_and_a_keyword_once()
    {
        var reader = Read("(\\seen $Work \\Recent \\DELETED $work)");
        Assert.True(reader.FlagList(out var flags));
        Assert.Equal(SystemFlags.Seen | SystemFlags.Deleted, flags.System);
        Assert.Equal(["$Work"], flags.Keywords);
    }

    [Theory]
    [InlineData("(\\Unknown)")]
    [InlineData("(a")]
    [InlineData("(a  b)")]
    public void Flags_that_are_none_are_refused(string wire)
    {
        var reader = Read(wire);
        Assert.False(reader.FlagList(out _));
    }

    [Theory]
    [InlineData("inbox", "INBOX")]
    [InlineData("\"~peter/mail/&U,BTFw-/&ZeVnLIqe-\"", "~peter/mail/台北/日本語")]
    [InlineData("&-", "&")]
    [InlineData("&AOQ-", "ä")]
    public void A_mailbox_name_comes_in_modified_UTF_7_RFC3501_5_1_3(string wire, string expected)
    {
        var reader = Read(wire);
        Assert.True(reader.Mailbox(out var name));
        Assert.Equal(expected, name);
        if (expected != "INBOX")
            Assert.Equal(wire.Trim('"'), ModifiedUtf7.Encode(name));
    }

    [Theory]
    [InlineData("&AGE-")]
    [InlineData("&Jjo")]
    [InlineData("&AOQ-&AOQ-")]
    [InlineData("&2AA-")]
    [InlineData("&AO%-")]
    [InlineData("\"\u00e4\"")]
    public void A_name_with_a_second_spelling_is_refused(string wire)
    {
        var reader = Read(wire);
        Assert.False(reader.Mailbox(out _));
    }

    [Theory]
    [InlineData("BODY[]", "BODY[]", "", SectionKind.Whole, true)]
    [InlineData("body.peek[1.2.header]<10.20>", "BODY[1.2.HEADER]<10>", "1.2", SectionKind.Header, false)]
    [InlineData("BODY[HEADER.FIELDS (From {2}\r\nTo)]", "BODY[HEADER.FIELDS (From To)]", "", SectionKind.HeaderFields, true)]
    [InlineData("BODY[3.HEADER.FIELDS.NOT (\"x y\")]", "BODY[3.HEADER.FIELDS.NOT (\"x y\")]", "3", SectionKind.HeaderFieldsNot, true)]
    [InlineData("BODY[2.MIME]", "BODY[2.MIME]", "2", SectionKind.Mime, true)]
    [InlineData("RFC822.HEADER", "RFC822.HEADER", "", SectionKind.Header, false)]
    [InlineData("RFC822", "RFC822", "", SectionKind.Whole, true)]
    internal void A_section_is_read_and_named(string wire, string name, string path, SectionKind kind, bool setsSeen)
    {
        var reader = Read(" 1 " + wire);
        Assert.True(FetchArguments.TryParse(ref reader, out var arguments));
        Assert.True(reader.End);
        var section = Assert.Single(arguments.Sections);
        Assert.Equal(name, Encoding.ASCII.GetString(section.ResponseName));
        Assert.Equal(path, string.Join('.', section.Path));
        Assert.Equal(kind, section.Kind);
        Assert.Equal(setsSeen, section.SetsSeen);
    }

    [Theory]
    [InlineData("1 BODY[MIME]")]
    [InlineData("1 BODY[1.]")]
    [InlineData("1 BODY[0]")]
    [InlineData("1 BODY[]<1.0>")]
    [InlineData("1 BODY[HEADER.FIELDS ()]")]
    [InlineData("1 BODY[")]
    [InlineData("1 (ALL)")]
    [InlineData("1 ()")]
    [InlineData("1 (FLAGS")]
    [InlineData("1 NONSENSE")]
    [InlineData("1")]
    public void A_fetch_that_is_none_is_refused(string wire)
    {
        var reader = Read(" " + wire);
        Assert.False(FetchArguments.TryParse(ref reader, out _) && reader.End);
    }

    [Fact]
    public void Search_keys_nest_only_so_deep()
    {
        var reader = Read(" " + string.Concat(Enumerable.Repeat("(", 1000)) + "ALL" + new string(')', 1000));
        Assert.False(SearchArguments.TryParse(ref reader, out _));
        reader = Read(" " + string.Concat(Enumerable.Repeat("NOT ", 1000)) + "ALL");
        Assert.False(SearchArguments.TryParse(ref reader, out _));
    }

    [Fact]
    public void No_octets_make_a_command_throw_or_hang() =>
        Gen.Select(Gen.Int[0, ImapProtocol.Table.Count - 1], Gen.Byte.Array[0, 60], Gen.Int[1, 7]).Sample((command, octets, piece) =>
        {
            var reader = new ImapReader(Pieces(octets, piece));
            ImapProtocol.Table[command].Prepare(ref reader);
        }, iter: 5000);

    [Fact]
    public void No_text_of_the_grammar_s_own_characters_makes_a_command_throw_or_hang() =>
        Gen.Select(Gen.Int[0, ImapProtocol.Table.Count - 1], Gen.Char[" ()[]{}<>\"\\*%:,.+-&/\r\n012aBODYEHRFILS"].Array[0, 40], Gen.Int[1, 7]).Sample((command, text, piece) =>
        {
            var reader = new ImapReader(Pieces(Encoding.ASCII.GetBytes([' ', .. text]), piece));
            ImapProtocol.Table[command].Prepare(ref reader);
        }, iter: 5000);

    // The same octets in segments as a pipe may hold them.
    private static ReadOnlySequence<byte> Pieces(byte[] octets, int piece)
    {
        if (octets.Length == 0)
            return ReadOnlySequence<byte>.Empty;
        var first = new Segment(octets.AsMemory(0, Math.Min(piece, octets.Length)), 0);
        var last = first;
        for (var at = piece; at < octets.Length; at += piece)
            last = last.Append(octets.AsMemory(at, Math.Min(piece, octets.Length - at)));
        return new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);
    }

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public Segment(ReadOnlyMemory<byte> memory, long index)
        {
            Memory = memory;
            RunningIndex = index;
        }

        public Segment Append(ReadOnlyMemory<byte> memory)
        {
            var next = new Segment(memory, RunningIndex + Memory.Length);
            Next = next;
            return next;
        }
    }
}
