using MailOps.Client.Mboxes;
using MailOps.Client.Migration;
using MailOps.Client.Migration.Comparison;
using MailOps.Client.Migration.Files;
using MailOps.Client.Migration.Maildirs;
using MailOps.Tests.Support;
using Xunit;

namespace MailOps.Client.Tests.Migration;

/// <summary>What lies in trees of files beside messages, and what Thunderbird notes in its own.</summary>
public sealed class FileTreeTests : MailboxCopyTest
{
    private const string Mbox = "From a@example.com Thu Nov 24 18:22:48 1986\nSubject: x\n\nx\n\n";

    [Theory]
    [InlineData(MailboxKind.Mbox)]
    [InlineData(MailboxKind.Eml)]
    public async Task What_is_no_file_of_the_tree_is_left_out_and_told(MailboxKind kind)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Pipes and sockets have names on Unix alone.");
        var (ending, text) = kind is MailboxKind.Mbox ? (".mbox", Mbox) : (".eml", "Subject: x\r\n\r\nx\r\n");
        Folder.Write("elsewhere" + ending, text);
        Folder.Write("tree/Box" + (kind is MailboxKind.Mbox ? ending : "/1" + ending), text);
        Folder.Write("tree/.hidden/a" + ending, text);
        Folder.Write("tree/.imap/INBOX/dovecot.index", "x");
        Folder.Write("tree/.DS_Store", "x");
        await PrivateFolder.RunAsync("mkfifo", Folder.Of("tree/pipe" + ending));
        File.CreateSymbolicLink(Folder.Of("tree/link" + ending), Folder.Of("elsewhere" + ending));
        Directory.CreateSymbolicLink(Folder.Of("tree/linked"), Folder.Of("tree/.hidden"));
        using var socket = new System.Net.Sockets.Socket(System.Net.Sockets.AddressFamily.Unix, System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Unspecified);
        socket.Bind(new System.Net.Sockets.UnixDomainSocketEndPoint(Folder.Of("tree/socket" + ending)));
        await using FileMailboxEnd source = kind is MailboxKind.Mbox ? MboxMailboxEnd.Open("tree", Folder.Of("tree"), dialect: null, isMade: false) : EmlMailboxEnd.Open("tree", Folder.Of("tree"), isMade: false);
        await using var target = await MaildirMailboxEnd.OpenAsync("target", Folder.Of("target"), isMade: true, Cancel);
        var result = await CopyAsync(source, target);
        Assert.Equal(("Completed", 1), (result.Status, result.Copied));
        Assert.Equal("Box", Assert.Single(result.Folders).Folder);
        string[] told =
        [
            $"{Folder.Of("tree/.hidden")} begins with a dot, as what programs keep for themselves does, and was left out. If it holds mail, copy it by its own path.",
            $"{Folder.Of("tree/link" + ending)} is a link, and was left out: what it leads to is copied by its own path.",
            $"{Folder.Of("tree/linked")} is a link, and was left out: what it leads to is copied by its own path.",
            $"{Folder.Of("tree/pipe" + ending)} is a pipe and no file, and was left out.",
            $"{Folder.Of("tree/socket" + ending)} is a socket and no file, and was left out.",
        ];
        Assert.Equal(told, Warnings.Order(StringComparer.Ordinal));
        Assert.Empty(await new MailboxComparer(source, target, new ComparisonOptions { IgnoreDates = true }).CompareAsync(Cancel).ToListAsync(Cancel));
        Assert.Equal(told, source.LeftOutOf(isWanted: null).Order(StringComparer.Ordinal));

        // What is left out belongs to a folder, which may not be meant: a link to a message to the one that it lies in.
        Assert.Equal(told[..1], source.LeftOutOf(folder => folder == ".hidden"));
        Assert.Equal(told[2..3], source.LeftOutOf(folder => folder == "linked"));
        Assert.Equal(kind is MailboxKind.Mbox ? told[1..2] : [told[1], told[3], told[4]], source.LeftOutOf(folder => folder == (kind is MailboxKind.Mbox ? "link" : "INBOX")).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_pipe_is_no_mbox()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Pipes have names on Unix alone.");
        var pipe = Folder.Of("a.mbox");
        await PrivateFolder.RunAsync("mkfifo", pipe);
        foreach (var isMade in new[] { true, false })
            Assert.Equal($"{pipe} is a pipe, and no file or folder of messages.", Assert.Throws<IOException>(() => MboxMailboxEnd.Open("a", pipe, dialect: null, isMade)).Message);
    }

    [Fact]
    public async Task What_Thunderbird_notes_are_flags_and_none_of_the_message()
    {
        const string From = "From - Thu Nov 24 18:22:48 1986\n";
        Folder.Write("tb", string.Join('\n',
            From + "X-Mozilla-Status: 0001\nX-Mozilla-Status2: 00000000\nX-Mozilla-Keys: $label1 work                        \nSubject: read\n\nx\n",
            From + "X-Account-Key: account2\nX-UIDL: 77\nX-Mozilla-Status: 1006\nX-Mozilla-Status2: 00800000\nX-Mozilla-Keys:\n folded\nSubject: answered\n\nx\n",
            From + "X-Mozilla-Status: 0008\nX-Mozilla-Status2: 10000000\n\nno header\n",
            From + "X-Mozilla-Status: zz\nX-Mozilla-Status: 0001\nSubject: odd\n\nx\n",
            From + "Subject: own\nX-Mozilla-Status: 0001\n\nx\n",
            From + "X-UIDL: 5\nSubject: uidl\n\nx\n",
            From + "X-Mozilla-Status: 0001\nSubject: kept elsewhere\nStatus: O\n\nx\n"));
        await using var source = MboxMailboxEnd.Open("tb", Folder.Of("tb"), dialect: null, isMade: false);
        Assert.Equal(
            [
                "$Forwarded \\Answered \\Flagged folded|Subject: answered", "$label1 \\Seen work|Subject: read", "\\Deleted|no header", "|Subject: own X-Mozilla-Status: 0001", "|X-Mozilla-Status: 0001 Subject: kept elsewhere",
                "|X-Mozilla-Status: 0001 Subject: odd", "|X-UIDL: 5 Subject: uidl",
            ],
            await HeadsAsync(source));

        // When Thunderbird writes other flags, the message is the same one: nothing is copied again, and the flags are.
        await using var target = await MaildirMailboxEnd.OpenAsync("target", Folder.Of("target"), isMade: true, Cancel);
        Assert.Equal(7, (await CopyAsync(source, target)).Copied);
        Folder.Write("tb", File.ReadAllText(Folder.Of("tb")).Replace("X-Mozilla-Status: 0001\nX-Mozilla-Status2", "X-Mozilla-Status: 0005\nX-Mozilla-Status2", StringComparison.Ordinal));
        await using var changed = MboxMailboxEnd.Open("tb", Folder.Of("tb"), dialect: null, isMade: false);
        var result = await CopyAsync(changed, target, options => options with { Mirrors = true });
        Assert.Equal((0, 7, 1), (result.Copied, result.AlreadyThere, result.FlagsChanged));

        // What came with a message from elsewhere is its own, and comes out of our files as it was.
        await using var mbox = MboxMailboxEnd.Open("own", Folder.Of("own.mbox"), MboxDialect.Mboxrd, isMade: true);
        await using var others = await MaildirMailboxEnd.OpenAsync("others", Folder.Of("others"), isMade: true, Cancel);
        await AddAsync(others, "X-Mozilla-Status: 0001\r\nSubject: x\r\n\r\nx\r\n");
        Assert.Equal(1, (await CopyAsync(others, mbox, journal: "own")).Copied);
        await using var read = MboxMailboxEnd.Open("own", Folder.Of("own.mbox"), dialect: null, isMade: false);
        Assert.Equal(["|X-Mozilla-Status: 0001 Subject: x"], await HeadsAsync(read));
    }

    [Fact]
    public async Task What_a_killed_copy_left_in_a_folder_is_taken_away_and_nothing_else()
    {
        await using var target = EmlMailboxEnd.Open("target", Folder.Of("target"), isMade: true);
        await ((IMailboxWriter)target).CreateAsync("INBOX", use: null, Cancel);
        var old = Folder.Write($"target/INBOX/.{Guid.NewGuid():N}.part", "left");
        string[] kept =
        [
            Folder.Write($"target/INBOX/.{Guid.NewGuid():N}.part", "under way"),
            Folder.Write("target/INBOX/.mine.part", "x"),
            Folder.Write($"target/INBOX/{Guid.NewGuid():N}.part", "x"),
            Folder.Write("target/INBOX/notes.txt", "x"),
        ];
        foreach (var file in kept.Skip(1).Append(old))
            File.SetLastWriteTimeUtc(file, DateTime.UtcNow.AddHours(-2));
        await using (var reader = EmlMailboxEnd.Open("target", Folder.Of("target"), isMade: false))
        {
            await reader.ListAsync(Cancel);
            await using (await reader.OpenAsync("INBOX", Cancel))
                Assert.True(File.Exists(old), "Who only reads changes nothing.");
        }

        await AddAsync(target, Message("1"));
        Assert.False(File.Exists(old));
        Assert.All(kept, file => Assert.True(File.Exists(file), file));
    }

    [Theory]
    [InlineData(MailboxKind.Mbox)]
    [InlineData(MailboxKind.Eml)]
    public async Task A_folder_that_cannot_be_made_is_told_and_the_others_are_copied(MailboxKind kind)
    {
        foreach (var folder in new[] { "A/B", "Box" })
            Folder.Write($"source/{folder}/1.eml", "Subject: x\r\n\r\nx\r\n");
        Folder.Write("target/A", "neither a folder nor messages");
        await using var source = EmlMailboxEnd.Open("source", Folder.Of("source"), isMade: false);
        await using FileMailboxEnd target = kind is MailboxKind.Mbox ? MboxMailboxEnd.Open("target", Folder.Of("target"), dialect: null, isMade: true) : EmlMailboxEnd.Open("target", Folder.Of("target"), isMade: true);
        var result = await CopyAsync(source, target);
        Assert.Equal(("Failed", 1), (result.Status, result.Copied));
        Assert.Null(result.Folders.Single(folder => folder.Folder == "Box").Error);
        var error = result.Folders.Single(folder => folder.Folder == "A/B").Error;
        Assert.StartsWith("The folder 'A/B' of target cannot be made: ", error, StringComparison.Ordinal);
        Assert.Contains(Folder.Of("target/A"), error, StringComparison.Ordinal);

        // Once that is seen to, the next run copies it.
        File.Delete(Folder.Of("target/A"));
        Assert.Equal(("Completed", 1), await CopyAsync(source, target) is var again ? (again.Status, again.Copied) : default);

        // Names that are too long together are one folder's trouble too.
        var deep = string.Join('/', Enumerable.Repeat(new string('d', 150), 40));
        var tooLong = await Assert.ThrowsAsync<MailOps.Client.Maildirs.MaildirException>(() => ((IMailboxWriter)target).CreateAsync(deep, use: null, Cancel));
        Assert.Contains("cannot be made", tooLong.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_folder_below_one_that_is_called_as_a_file_of_messages_stands_beside_that_file()
    {
        foreach (var folder in new[] { "A", "A.mbox/B" })
            Folder.Write($"source/{folder}/1.eml", "Subject: x\r\n\r\nx\r\n");
        await using var source = EmlMailboxEnd.Open("source", Folder.Of("source"), isMade: false);
        await using var target = MboxMailboxEnd.Open("target", Folder.Of("target"), dialect: null, isMade: true);
        var result = await CopyAsync(source, target);
        Assert.Equal(("Completed", 2), (result.Status, result.Copied));
        Assert.Equal("A%2Embox/B", result.Folders.Single(folder => folder.Folder == "A.mbox/B").Target);
        Assert.Equal(("Completed", 2), await CopyAsync(source, target) is var again ? (again.Status, again.AlreadyThere) : default);
    }

    private static async Task<List<string>> HeadsAsync(IMailboxReader end)
    {
        await end.ListAsync(Cancel);
        var heads = new List<string>();
        await using var opened = await end.OpenAsync("INBOX", Cancel);
        await foreach (var entries in opened.ListAsync(Cancel))
        {
            await foreach (var message in opened.ReadAsync(entries, Cancel))
            {
                using (message)
                {
                    var text = System.Text.Encoding.Latin1.GetString(message.Octets!.ToArray());
                    heads.Add($"{message.Entry.Flags}|{text.Split("\r\n\r\n")[0].Replace("\r\n", " ", StringComparison.Ordinal).Trim()}");
                }
            }
        }

        heads.Sort(StringComparer.Ordinal);
        return heads;
    }
}
