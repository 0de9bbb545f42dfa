using System.Text;
using CsCheck;
using MailOps.Client.Mboxes;
using MailOps.Tests.Support;
using Xunit;

namespace MailOps.Client.Tests.Mboxes;

/// <summary>Files of many messages: what is written comes out again, and what other programs wrote is read as they mean it.</summary>
public sealed class MboxTests : IDisposable
{
    private static readonly DateTimeOffset Date = new(2024, 2, 3, 4, 5, 6, TimeSpan.Zero);

    private readonly PrivateFolder _folder = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(MboxDialect.Mboxrd)]
    [InlineData(MboxDialect.Mboxcl2)]
    public async Task What_is_written_comes_out_again_octet_for_octet(MboxDialect dialect)
    {
        string[] messages =
        [
            "Subject: plain\n\nbody\n", "Subject: no body\n\n", "Subject: no end of the header\n", "", "\n", "\n\n", "no header at all\n\nbody\n",
            "Subject: ends with empty lines\n\nbody\n\n\n\n", "Status: RO\nX-Status: F\n\nfields of its own\n", "Subject: x\nLines: 3\nStatus: its own\n\nx\n",
            "Subject: x\nContent-Length: 5\n\nmore than five\n", "Subject: x\nContent-Length: 999999\n\nx\n", "Subject: x\nX-Keywords: a b\nX-UID: 4\n\nx\n",
            "Subject: From lines\n\nFrom here\n\nFrom ann@example.com Thu Nov 24 18:22:48 1986\nSubject: inner\n\n>From x\n>>From y\n> From z\nFrom\n>>>Fro\n>",
            "From: in the header\nFrom ann@example.com Thu Nov 24 18:22:48 1986\nX: y\n\nx\n", "Subject: NUL\n\na\0b\rc\r\r\n\0\n", "Subject: long\n\n" + new string('x', 300_000) + "\n>" + new string('>', 200_000) + "From me\n",
        ];
        var path = _folder.Of("box");
        await MboxAppend.AppendAsync(path, dialect, [.. messages.Take(5).Select(text => Message(text))], Cancel);
        await MboxAppend.AppendAsync(path, dialect, [.. messages.Skip(5).Select(text => Message(text))], Cancel);
        // Where lines tell messages apart, the last one has an end.
        var expected = messages.Select(text => dialect == MboxDialect.Mboxcl2 || text.Length == 0 || text.EndsWith('\n') ? text : text + "\n").Select(Unix);
        Assert.Equal(expected, Read(path, dialect));
        Assert.Equal(expected, Read(path, dialect: null));
    }

    [Fact]
    public async Task Random_messages_come_out_of_every_dialect_that_loses_nothing()
    {
        var line = Gen.OneOf(new[] { "", "From ", "From ann Thu Nov 24 18:22:48 1986", ">From x", ">>From y", "Status: RO", "Content-Length: 3", "X-Keywords: k", "Subject: s", " folded", "\r", "\0", ">", "F", "text" }.Select(Gen.Const).ToArray());
        await Gen.Select(line.Array[0, 9].Array[1, 6], Gen.Bool.Select(isRd => isRd ? MboxDialect.Mboxrd : MboxDialect.Mboxcl2), Gen.Bool).SampleAsync(async (lines, dialect, isKnown) =>
        {
            var path = _folder.Of(Guid.NewGuid().ToString("N"));
            var messages = Array.ConvertAll(lines, one => string.Concat(one.Select(text => text + "\n")));
            await MboxAppend.AppendAsync(path, dialect, [.. messages.Select(text => Message(text))], CancellationToken.None);
            Assert.Equal(messages.Select(Unix), Read(path, isKnown ? dialect : null));
            File.Delete(path);
        }, iter: 2_000);
    }

    [Theory]
    [InlineData(MboxDialect.Mboxo, ">From me\n>From me\n>>From me\n", "From me\nFrom me\n>>From me\n")]
    [InlineData(MboxDialect.Mboxrd, ">From me\n>>From me\n>>>From me\n", "From me\n>From me\n>>From me\n")]
    [InlineData(MboxDialect.Mboxcl, ">From me\n>From me\n>>From me\n", "From me\nFrom me\n>>From me\n")]
    [InlineData(MboxDialect.Mboxcl2, "From me\n>From me\n>>From me\n", "From me\n>From me\n>>From me\n")]
    public async Task Lines_that_begin_with_From_are_written_as_the_dialect_has_them(MboxDialect dialect, string written, string read)
    {
        var path = _folder.Of("box");
        await MboxAppend.AppendAsync(path, dialect, [Message("Subject: x\n\nFrom me\n>From me\n>>From me\n", "\\Seen \\Flagged $Work")], Cancel);
        var text = await File.ReadAllTextAsync(path, Cancel);
        var length = dialect is MboxDialect.Mboxcl or MboxDialect.Mboxcl2 ? $"Content-Length: {written.Length}\n" : "";
        Assert.Equal($"From MAILER-DAEMON Sat Feb  3 04:05:06 2024\nSubject: x\nStatus: RO\nX-Status: F\nX-Keywords: $Work\n{length}\n{written}\n", text);
        Assert.Equal(["Subject: x\n\n" + read], Read(path, dialect));
    }

    [Fact]
    public async Task Flags_keywords_date_and_sender_are_kept()
    {
        var path = _folder.Of("box");
        await MboxAppend.AppendAsync(path, MboxDialect.Mboxrd, [Message("Return-Path: <ann@example.com>\r\nSubject: x\r\n\r\nx\r\n", "$Forwarded \\Answered \\Deleted \\Draft \\Flagged \\Seen Work"), Message("\n")], Cancel);
        using var file = MboxFile.Open(path);
        var entries = file.Entries().ToList();
        Assert.Equal(("ann@example.com", Date, "$Forwarded Work \\Answered \\Deleted \\Draft \\Flagged \\Seen"), (entries[0].Sender, entries[0].Date, entries[0].Flags));
        Assert.Equal((null, Date, ""), (entries[1].Sender, entries[1].Date, entries[1].Flags));
    }

    [Theory]
    // What a sender wrote is no flag of the reader's.
    [InlineData("X-Status: D\nSubject: x", "")]
    [InlineData("Subject: x\nX-Status: D\nX-Keywords: k", "")]
    [InlineData("Subject: x\nX-Status: D\nStatus: RO", "\\Seen")]
    [InlineData("Status: RO\nSubject: x", "")]
    [InlineData("Subject: x\nStatus: RO\nX-Status: AFTD\nX-Keywords: $a)b good \\Answered b%\n more", "\\Answered \\Deleted \\Draft \\Flagged \\Seen good more")]
    [InlineData("Subject: x\nX-UID: 4\nStatus: O\nX-Keywords:\nContent-Length: 2\nLines: 1", "")]
    public void Flags_are_those_that_the_keeper_of_the_file_wrote(string header, string flags)
    {
        File.WriteAllText(_folder.Of("box"), $"From a Thu Nov 24 18:22:48 1986\n{header}\n\nx\n");
        using var file = MboxFile.Open(_folder.Of("box"));
        Assert.Equal(flags, Assert.Single(file.Entries()).Flags);
    }

    [Fact]
    public void A_line_that_is_made_to_be_hard_to_read_is_read()
    {
        File.WriteAllText(_folder.Of("box"), $"From a Thu Nov 24 18:22:48 1986\nSubject: x\n\nx\n\nFrom {new string(' ', 600)}mon jan 1 10:10{new string(' ', 1200)}\n\nFrom {new string(' ', 150)}mon jan 1 10:10{new string(' ', 150)}\ny\n");
        using var file = MboxFile.Open(_folder.Of("box"));
        Assert.Single(file.Entries());
    }

    [Theory]
    [InlineData("From ann@example.com Thu Nov 24 18:22:48 1986", "ann@example.com", "1986-11-24T18:22:48+00:00")]
    [InlineData("From - Thu Nov  4 18:22:48 1986", null, "1986-11-04T18:22:48+00:00")]
    [InlineData("From ann Thu Nov 24 18:22 1986", "ann", "1986-11-24T18:22:00+00:00")]
    [InlineData("From ann Thu Nov 24 18:22:48 EST 1986", "ann", "1986-11-24T18:22:48+00:00")]
    [InlineData("From ann Thu Nov 24 18:22:48 -0500 1986", "ann", "1986-11-24T18:22:48-05:00")]
    [InlineData("From ann Thu Nov 24 18:22:48 1986 +0130", "ann", "1986-11-24T18:22:48+01:30")]
    [InlineData("From ann smith Thu Nov 24 18:22:48 1986", "ann smith", "1986-11-24T18:22:48+00:00")]
    [InlineData("From ann Thu Nov 24 18:22:48 1986 remote from host", "ann", "1986-11-24T18:22:48+00:00")]
    [InlineData("From ann", null, null)]
    [InlineData("From ann Thu Nov 44 18:22:48 1986", null, null)]
    public void The_first_line_is_read_as_programs_write_it(string line, string? sender, string? date)
    {
        File.WriteAllText(_folder.Of("box"), line + "\nSubject: x\n\nx\n");
        using var file = MboxFile.Open(_folder.Of("box"));
        var entry = Assert.Single(file.Entries());
        Assert.Equal((sender, date), (entry.Sender, entry.Date?.ToString("yyyy-MM-ddTHH:mm:sszzz", System.Globalization.CultureInfo.InvariantCulture)));
    }

    [Theory]
    // A sentence begins no message where messages have dates.
    [InlineData("From a Thu Nov 24 18:22:48 1986\nSubject: 1\n\nx\n\nFrom now on\n\nFrom b Thu Nov 24 18:22:48 1986\nSubject: 2\n\ny\n", 2)]
    [InlineData("From a\nSubject: 1\n\nx\n\nFrom b\nSubject: 2\n\ny\n", 2)]
    // Nor does one without an empty line before it.
    [InlineData("From a Thu Nov 24 18:22:48 1986\nSubject: 1\n\nx\nFrom b Thu Nov 24 18:22:48 1986\nSubject: 2\n\ny\n", 1)]
    [InlineData("From a Thu Nov 24 18:22:48 1986\r\nSubject: 1\r\n\r\nx\r\n\r\nFrom b Thu Nov 24 18:22:48 1986\r\nSubject: 2\r\n\r\ny\r\n", 2)]
    [InlineData("\n\nFrom a Thu Nov 24 18:22:48 1986\nSubject: 1\n\nx", 1)]
    [InlineData("From a Thu Nov 24 18:22:48 1986", 1)]
    [InlineData("From a Thu Nov 24 18:22:48 1986\nSubject: 1\nContent-Length: 47\n\nFrom b Thu Nov 24 18:22:48 1986\n\nFrom inside\n\nx\n\nFrom c Thu Nov 24 18:22:48 1986\nSubject: 2\n\ny\n", 2)]
    [InlineData("From a Thu Nov 24 18:22:48 1986\nContent-Length: 3\n\nwrong\n\nFrom c Thu Nov 24 18:22:48 1986\nContent-Length: 99999999999999999999\n\ny\n", 2)]
    [InlineData("\n\n\n", 0)]
    [InlineData("", 0)]
    public void Messages_are_told_apart(string text, int count)
    {
        File.WriteAllText(_folder.Of("box"), text);
        using var file = MboxFile.Open(_folder.Of("box"));
        Assert.Equal(count, file.Entries().Count());
    }

    [Fact]
    public void Another_file_is_refused_with_its_name()
    {
        File.WriteAllText(_folder.Of("box"), "Subject: x\n\nFrom a Thu Nov 24 18:22:48 1986\n");
        Assert.False(MboxFile.IsOne(_folder.Of("box")));
        using var file = MboxFile.Open(_folder.Of("box"));
        var error = Assert.Throws<FormatException>(() => file.Entries().ToList());
        Assert.Equal($"{_folder.Of("box")} cannot be read: It does not begin with a line 'From sender date': it is no mbox file.", error.Message);
    }

    [Theory]
    [InlineData("x")]
    [InlineData("From a Thu Nov 24 18:22:48 1986\nSubject: 1\n\nx")]
    [InlineData("From a Thu Nov 24 18:22:48 1986\nSubject: 1\n\nx\n")]
    [InlineData("From a Thu Nov 24 18:22:48 1986\r\nSubject: 1\r\n\r\nx\r\n\r\n")]
    public async Task What_is_added_stands_behind_an_empty_line(string before)
    {
        var path = _folder.Of("box");
        await File.WriteAllTextAsync(path, before, Cancel);
        await MboxAppend.AppendAsync(path, MboxDialect.Mboxrd, [Message("Subject: 2\n\ny\n")], Cancel);
        var text = (await File.ReadAllTextAsync(path, Cancel)).Replace("\r", "", StringComparison.Ordinal);
        Assert.EndsWith("x\n\nFrom MAILER-DAEMON Sat Feb  3 04:05:06 2024\nSubject: 2\nStatus: O\n\ny\n\n", text, StringComparison.Ordinal);
        Assert.DoesNotContain("\n\n\n", text, StringComparison.Ordinal);
    }

    private static MboxMessage Message(string text, string flags = "") => new(_ => Pieces(text), flags, Date);

    private static async IAsyncEnumerable<ReadOnlyMemory<byte>> Pieces(string text)
    {
        // Of any length, so that what belongs together is cut apart.
        var octets = Encoding.UTF8.GetBytes(text);
        for (var (i, length) = (0, 1); i < octets.Length; i += length, length = (length * 3 % 17) + (length > 16 ? 50_000 : 1))
            yield return octets.AsMemory(i, Math.Min(length, octets.Length - i));
        await Task.CompletedTask;
    }

    private static string Unix(string text) => text.Replace("\r\r\n", "\u0001", StringComparison.Ordinal).Replace("\r\n", "\n", StringComparison.Ordinal).Replace("\u0001", "\r\r\n", StringComparison.Ordinal);

    private static List<string> Read(string path, MboxDialect? dialect)
    {
        using var file = MboxFile.Open(path, dialect);
        return [.. file.Entries().Select(entry => new StreamReader(file.OpenRead(entry), Encoding.UTF8, detectEncodingFromByteOrderMarks: false).ReadToEnd())];
    }
}
