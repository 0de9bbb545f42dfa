using System.Text;
using MailOps.Client.Archives;
using MailOps.Client.Mailboxes;
using MailOps.Client.Mboxes;
using MailOps.Client.Sessions;
using MailOps.Tests.Support;
using Xunit;

namespace MailOps.Client.Tests.Messages;

/// <summary>Messages go into files of every kind and come out as they were, also for other programs.</summary>
public sealed class ArchiveTests : IDisposable
{
    private static readonly DateTimeOffset Arrived = new(2026, 11, 30, 10, 20, 30, TimeSpan.Zero);
    private readonly string _root = Directory.CreateTempSubdirectory("mailops-").FullName;

    [Theory]
    [InlineData(MboxDialect.Mboxrd)]
    [InlineData(MboxDialect.Mboxcl2)]
    [InlineData(MboxDialect.Mboxcl)]
    [InlineData(MboxDialect.Mboxo)]
    public async Task An_mbox_file_gives_back_octets_flags_date_and_sender(MboxDialect dialect)
    {
        var path = Path.Join(_root, "a.mbox");
        using var writer = new ArchiveWriter(path, ArchiveFormat.Mbox, dialect, isOverwriting: false);
        string[] texts = ["Subject: one\n\nFrom here\n\nFrom there on\n", "Subject: two\nX: y\n\n\n\nlast", "Subject: three\n\n"];
        foreach (var text in texts)
            Assert.Empty(await writer.AddAsync(await MessageAsync(text, "\\Seen", "Work"), Cancel));
        Assert.Equal([path], await writer.FinishAsync(Cancel));
        Assert.Equal(ArchiveFormat.Mbox, ArchiveReader.FormatOf(path));
        var read = Read(path, dialect).Cast<ArchivedMessage>().ToList();
        // Those that count keep a last line without an end.
        Assert.Equal([texts[0], dialect is MboxDialect.Mboxo or MboxDialect.Mboxrd ? texts[1] + "\n" : texts[1], texts[2]], read.Select(Text));
        Assert.All(read, one => Assert.Equal((Arrived, "s@example.org"), (one.InternalDate!.Value, one.Sender)));
        Assert.All(read, one => Assert.Equal(["\\Seen", "Work"], one.Flags));
        Assert.Equal([1, 2, 3], read.Select(one => one.Number));
    }

    [Fact]
    public async Task MH_gives_back_octets_flags_and_dates_and_Python_reads_and_writes_the_same()
    {
        var path = Path.Join(_root, "mh");
        await AddAsync(path, ArchiveFormat.Mh, await MessageAsync("Subject: one\r\n\r\nx\r\n", "\\Seen", "\\Answered", "work"), await MessageAsync("Subject: two\n\ny\n"), await MessageAsync("Subject: three\n\nz\n", "\\Flagged"));
        var read = Read(path).Cast<ArchivedMessage>().ToList();
        Assert.Equal(["Subject: one\n\nx\n", "Subject: two\n\ny\n", "Subject: three\n\nz\n"], read.Select(Text));
        Assert.Equal(["\\Seen \\Answered work", "", "\\Flagged"], read.Select(one => string.Join(' ', one.Flags)));
        Assert.All(read, one => Assert.Equal(Arrived, one.InternalDate!.Value.ToUniversalTime()));
        Assert.Equal("flagged: 3\nreplied: 1\nunseen: 2-3\nwork: 1\n", string.Join('\n', File.ReadAllLines(Path.Join(path, ".mh_sequences")).Order(StringComparer.Ordinal)) + "\n");

        // Numbers that went are not given again below others, and files of other programs stay.
        File.Delete(Path.Join(path, "2"));
        File.WriteAllText(Path.Join(path, "notes.txt"), "x");
        File.WriteAllText(Path.Join(path, ",1"), "gone");
        var python = await PythonAsync(path, """
            import mailbox, sys
            box = mailbox.MH(sys.argv[1])
            for key in sorted(int(k) for k in box.keys()):
                message = box[key]
                print(key, message['subject'], ' '.join(sorted(message.get_sequences())))
            added = mailbox.MHMessage('Subject: four\n\nfrom Python\n')
            added.add_sequence('flagged')
            print(box.add(added))
            """);
        Assert.Equal("1 one replied work\n3 three flagged unseen\n4\n", python);
        await AddAsync(path, ArchiveFormat.Mh, await MessageAsync("Subject: five\n\n"));
        Assert.Equal(["one:\\Seen \\Answered work", "three:\\Flagged", "four:\\Seen \\Flagged", "five:"], Read(path).Cast<ArchivedMessage>().Select(one => $"{one.Subject}:{string.Join(' ', one.Flags)}"));
    }

    [Fact]
    public async Task What_an_MH_folder_without_sequences_had_is_not_seen_by_what_is_added()
    {
        var path = Directory.CreateDirectory(Path.Join(_root, "mh")).FullName;
        File.WriteAllText(Path.Join(path, "7"), "Subject: old\n\n");
        File.WriteAllText(Path.Join(path, "08"), "Subject: none\n\n");
        Assert.Equal(ArchiveFormat.Mh, ArchiveReader.FormatOf(path));
        await AddAsync(path, ArchiveFormat.Mh, await MessageAsync("Subject: new\n\n", "\\Seen"));
        Assert.Equal(["old:", "new:\\Seen"], Read(path).Cast<ArchivedMessage>().Select(one => $"{one.Subject}:{string.Join(' ', one.Flags)}"));
        Assert.True(File.Exists(Path.Join(path, "8")));
    }

    [Theory]
    [InlineData(int.MaxValue, 1)]
    [InlineData(int.MaxValue - 1, 2)]
    public async Task An_MH_folder_without_numbers_left_says_so_and_gets_nothing(int highest, int count)
    {
        var path = Directory.CreateDirectory(Path.Join(_root, "mh")).FullName;
        File.WriteAllText(Path.Join(path, $"{highest}"), "Subject: last\n\n");
        var error = await Assert.ThrowsAsync<IOException>(async () => await AddAsync(path, ArchiveFormat.Mh, [.. await Task.WhenAll(Enumerable.Range(0, count).Select(i => MessageAsync($"Subject: {i}\n\n")))]));
        Assert.Equal($"'{path}' has a file named {highest}, and the highest number of a message is 2147483647: too few are left. Give that file a lower number, or number the folder anew (folder -pack).", error.Message);
        Assert.Equal([$"{highest}"], Directory.GetFileSystemEntries(path).Select(Path.GetFileName));
    }

    [Fact]
    public async Task An_MH_folder_gives_the_highest_number_too()
    {
        var path = Directory.CreateDirectory(Path.Join(_root, "mh")).FullName;
        File.WriteAllText(Path.Join(path, "2147483646"), "Subject: last\n\n");
        await AddAsync(path, ArchiveFormat.Mh, await MessageAsync("Subject: new\n\n"));
        Assert.True(File.Exists(Path.Join(path, "2147483647")));
    }

    [Fact]
    public async Task An_mbox_file_that_is_locked_is_not_written_over()
    {
        var path = Path.Join(_root, "a.mbox");
        await AddAsync(path, ArchiveFormat.Mbox, await MessageAsync("Subject: old\n\nx\n"));
        var before = File.ReadAllBytes(path);
        File.WriteAllText(path + ".lock", $"{Environment.ProcessId}");
        using var writer = new ArchiveWriter(path, ArchiveFormat.Mbox, MboxDialect.Mboxrd, isOverwriting: true);
        await writer.AddAsync(await MessageAsync("Subject: new\n\ny\n"), Cancel);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => writer.FinishAsync(new CancellationToken(canceled: true)));
        Assert.Equal(before, File.ReadAllBytes(path));

        File.Delete(path + ".lock");
        await writer.AddAsync(await MessageAsync("Subject: new\n\ny\n"), Cancel);
        Assert.Equal([path], await writer.FinishAsync(Cancel));
        await writer.AddAsync(await MessageAsync("Subject: newer\n\ny\n"), Cancel);
        Assert.Empty(await writer.FinishAsync(Cancel));
        Assert.Equal(["new", "newer"], Read(path).Select(one => one.Subject));
        Assert.Equal(["a.mbox"], Directory.GetFileSystemEntries(_root).Select(Path.GetFileName));
    }

    [Fact]
    public async Task An_mbox_file_is_written_over_by_all_messages_or_by_none()
    {
        var path = Path.Join(_root, "a.mbox");
        await AddAsync(path, ArchiveFormat.Mbox, await MessageAsync("Subject: old\n\nx\n"));
        var before = File.ReadAllBytes(path);
        using (var writer = new ArchiveWriter(path, ArchiveFormat.Mbox, MboxDialect.Mboxrd, isOverwriting: true))
        {
            for (var i = 0; i < 600; i++)
                Assert.Empty(await writer.AddAsync(await MessageAsync($"Subject: {i}\n\ny\n"), Cancel));
            Assert.Equal(before, File.ReadAllBytes(path));
            Assert.Equal([path], await writer.FinishAsync(Cancel));
        }

        Assert.Equal(Enumerable.Range(0, 600).Select(i => $"{i}"), Read(path).Select(one => one.Subject));

        // Who stops half-way, or cannot write, leaves what was there.
        before = File.ReadAllBytes(path);
        using (var writer = new ArchiveWriter(path, ArchiveFormat.Mbox, MboxDialect.Mboxrd, isOverwriting: true))
        {
            for (var i = 0; i < 300; i++)
                await writer.AddAsync(await MessageAsync("Subject: stopped\n\ny\n"), Cancel);
        }

        using (var writer = new ArchiveWriter(path, ArchiveFormat.Mbox, MboxDialect.Mboxrd, isOverwriting: true))
        {
            for (var i = 0; i < 300; i++)
                await writer.AddAsync(await MessageAsync("Subject: stopped\n\ny\n"), Cancel);
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => writer.FinishAsync(new CancellationToken(canceled: true)));
            await writer.AddAsync(await MessageAsync("Subject: late\n\ny\n"), Cancel);
            Assert.Contains("is what it was", (await Assert.ThrowsAsync<IOException>(() => writer.FinishAsync(Cancel))).Message, StringComparison.Ordinal);
        }

        Assert.Equal(before, File.ReadAllBytes(path));
        Assert.Equal(["a.mbox"], Directory.GetFileSystemEntries(_root).Select(Path.GetFileName));
    }

    [Fact]
    public void Sequences_that_are_damaged_or_huge_are_passed_over()
    {
        File.WriteAllText(Path.Join(_root, "1"), "Subject: x\n\n");
        File.WriteAllText(Path.Join(_root, ".mh_sequences"), "unseen: 5- x 1-999999999999 1-2000000000 -3 2\nno colon\n: 1\nflagged:1\n");
        Assert.Equal(["\\Seen", "\\Flagged"], Assert.IsType<ArchivedMessage>(Assert.Single(Read(_root))).Flags);
    }

    [Fact]
    public async Task Files_of_one_message_are_named_safely_and_have_the_octets()
    {
        var path = Path.Join(_root, "eml");
        string[] texts = ["Subject: ../../x\r\n\r\n.\r\n", "Subject: CON\n\nFrom y", "Subject: \n\n", "Subject: CON\n\nagain"];
        await AddAsync(path, ArchiveFormat.Eml, [.. await Task.WhenAll(texts.Select(text => MessageAsync(text)))]);
        Assert.Equal([".._.._x.eml", "_CON (2).eml", "_CON.eml", "message.eml"], Directory.GetFiles(path).Select(file => Path.GetFileName(file).Replace("_._.._", ".._.._", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
        Assert.Equal(texts.Order(StringComparer.Ordinal), Read(path).Select(Text).Order(StringComparer.Ordinal));
        Assert.All(Directory.GetFiles(path), file => Assert.Equal(Arrived.UtcDateTime, File.GetLastWriteTimeUtc(file)));

        using var single = new ArchiveWriter(Path.Join(_root, "one.eml"), ArchiveFormat.Eml, MboxDialect.Mboxrd, isOverwriting: false);
        await single.AddAsync(await MessageAsync(texts[0]), Cancel);
        await Assert.ThrowsAsync<IOException>(async () => await single.AddAsync(await MessageAsync(texts[1]), Cancel));
        Assert.Equal(texts[0], Text(Assert.Single(Read(Path.Join(_root, "one.eml")))));
    }

    [Fact]
    public void What_is_no_message_is_told_and_the_others_are_read()
    {
        File.WriteAllBytes(Path.Join(_root, "a.eml"), [0, 1, 2, 3, 255, 254]);
        File.WriteAllText(Path.Join(_root, "b.EML"), "Subject: good\n\n");
        var failed = new List<string>();
        var read = ArchiveReader.Read(_root, format: null, dialect: null, (path, _) => failed.Add(Path.GetFileName(path)), Cancel).ToList();
        Assert.Equal(["good"], read.Select(one => one.Subject));
        Assert.Equal(["a.eml"], failed);
        var empty = Directory.CreateDirectory(Path.Join(_root, "empty")).FullName;
        Assert.Contains("Say with -Format", Assert.Throws<IOException>(() => Read(empty)).Message, StringComparison.Ordinal);
        Assert.Throws<FileNotFoundException>(() => Read(Path.Join(_root, "nosuch")));
        Assert.Throws<FormatException>(() => ArchiveReader.Read(Path.Join(_root, "b.EML"), ArchiveFormat.Mbox, null, (_, _) => { }, Cancel).ToList());
    }

    [Theory]
    [InlineData("")]
    [InlineData("no header at all")]
    public async Task What_is_no_message_is_not_written(string text) => await Assert.ThrowsAsync<ArgumentException>(() => MessageAsync(text));

    public void Dispose() => Directory.Delete(_root, recursive: true);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static Task<MessageToKeep> MessageAsync(string text, params string[] flags) => MessageToKeep.ReadAsync(MessageContent.From(text), flags, Arrived, "s@example.org", Cancel);

    private static async Task AddAsync(string path, ArchiveFormat format, params MessageToKeep[] messages)
    {
        using var writer = new ArchiveWriter(path, format, MboxDialect.Mboxrd, isOverwriting: false);
        foreach (var message in messages)
            await writer.AddAsync(message, Cancel);
        await writer.FinishAsync(Cancel);
    }

    private static List<MailboxItem> Read(string path, MboxDialect? dialect = null) => [.. ArchiveReader.Read(path, format: null, dialect, (file, thrown) => Assert.Fail($"{file}: {thrown}"), Cancel)];

    private static string Text(MailboxItem message) => Encoding.Latin1.GetString(message.Raw!);

    private static async Task<string> PythonAsync(string path, string script)
    {
        var ran = await PeerCommand.RunAsync(Peers.Require("python3", "python3"), ["-c", script, path]);
        Assert.Equal("", ran.Error);
        return ran.Output;
    }
}
