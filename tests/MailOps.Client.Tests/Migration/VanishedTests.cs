using System.Globalization;
using System.Runtime.CompilerServices;
using MailOps.Client.Mailboxes;
using MailOps.Client.Migration;
using MailOps.Client.Migration.Imap;
using MailOps.Client.Migration.Maildirs;
using MailOps.Tests.Support;
using MailOps.Wire;
using Xunit;

namespace MailOps.Client.Tests.Migration;

/// <summary>Servers that tell which messages are gone (QRESYNC, RFC 7162): a folder from which some went is not listed anew.</summary>
public sealed class VanishedTests : MailboxCopyTest
{
    [Theory]
    [InlineData("", 1)]
    [InlineData("imap_capability = IMAP4rev1 UIDPLUS CONDSTORE ENABLE", 2)]
    public async Task What_is_gone_at_Dovecot_is_asked_for(string config, int lists)
    {
        await using var from = await PrivateDovecot.StartAsync(config);
        await using var to = await PrivateDovecot.StartAsync();
        await using var source = new Counting(End(from));
        await using var target = End(to);
        await AddAsync(from, "INBOX", Message("1"), Message("2"), Message("2"), Message("3"), Message("4"));
        await CheckAsync(source, target, lists, () => ImapAccount.OpenAsync(Options(from.ImapPort), TimeProvider.System, Cancel), () => AddAsync(from, "INBOX", Message("5")));
    }

    [Fact]
    public async Task What_is_gone_at_Cyrus_is_asked_for()
    {
        await using var from = await PrivateCyrus.StartAsync();
        await using var to = await PrivateDovecot.StartAsync();
        await using var cyrus = new ImapMailboxEnd("cyrus", Options(from.ImapPort), TimeProvider.System);
        await using var source = new Counting(cyrus);
        await using var target = End(to);
        await AddAsync(cyrus, Message("1"), Message("2"), Message("2"), Message("3"), Message("4"));
        await CheckAsync(source, target, 1, () => ImapAccount.OpenAsync(Options(from.ImapPort), TimeProvider.System, Cancel), () => AddAsync(cyrus, Message("5")));
    }

    // What a server tells has to come to the messages that are there; else all are listed.
    [Theory]
    [InlineData("* VANISHED (EARLIER) 1\r\n", 1, 1)]
    [InlineData("* VANISHED (EARLIER) 1,7:9\r\n", 1, 1)]
    [InlineData("* VANISHED 1\r\n", 2, 1)]
    [InlineData("* VANISHED (EARLIER) 1:2\r\n", 2, 1)]
    [InlineData("* VANISHED (EARLIER) 1:4294967295\r\n", 2, 1)]
    [InlineData("* VANISHED (EARLIER) x\r\n", 2, 1)]
    [InlineData("", 2, 1)]
    public async Task What_does_not_come_to_what_is_there_is_not_believed(string vanished, int lists, int removed)
    {
        var content = new Content(["1", "2", "3"], ["1", "2", "3"], ModSeq: 10);
        await using var peer = Serve("IMAP4rev1 ENABLE CONDSTORE QRESYNC", () => content, vanished);
        var options = Options(peer);
        await using var target = await PrivateDovecot.StartAsync();
        await using var writer = End(target);
        await using (var source = new Counting(new ImapMailboxEnd("peer", options, TimeProvider.System)))
            Assert.Equal("", ErrorsOf(await CopyAsync(source, writer, Removing)));
        content = new Content(["2", "3"], ["2", "3"], ModSeq: 20);
        await using var again = new Counting(new ImapMailboxEnd("peer", options, TimeProvider.System));
        var result = await CopyAsync(again, writer, Removing);
        Assert.Equal(("", removed, lists - 1), (ErrorsOf(result), result.Removed, again.Lists));
        Assert.Contains(" (CHANGEDSINCE 10 VANISHED)\r\n", peer.Received, StringComparison.Ordinal);
    }

    // A deletion before leaves more noted than there is: what came and is not shown would pass for one of them.
    [Fact]
    public async Task What_a_server_finds_and_does_not_show_comes_when_it_does()
    {
        var content = new Content(["1", "2"], ["1", "2"], ModSeq: null);
        await using var peer = Serve("IMAP4rev1", () => content);
        var options = Options(peer);
        await using var target = await MaildirMailboxEnd.OpenAsync("target", Folder.Of("to"), isMade: true, Cancel);
        Assert.Equal((2, 0), await RunAsync());
        content = content with { There = ["2"], Shown = ["2"] };
        Assert.Equal((0, 1), await RunAsync());
        content = content with { There = ["2", "3"] };
        Assert.Equal((0, 1), await RunAsync());
        Assert.Contains("INBOX has 2 messages, and peer showed 1", Assert.Single(Warnings), StringComparison.Ordinal);
        content = content with { Shown = content.There };
        Assert.Equal((1, 1), await RunAsync());

        async Task<(long, long)> RunAsync()
        {
            await using var source = new ImapMailboxEnd("peer", options, TimeProvider.System);
            var result = await CopyAsync(source, target);
            Assert.Equal("", ErrorsOf(result));
            return Counts(result);
        }
    }

    private async Task CheckAsync(Counting source, IMailboxWriter target, int lists, Func<Task<ImapAccount>> open, Func<Task> add)
    {
        Assert.Equal("", ErrorsOf(await CopyAsync(source, target, Removing)));
        Assert.Equal(1, source.Lists);
        await using var account = await open();
        await account.DeleteAsync("INBOX", [1, 3], Cancel);
        await account.SetFlagsAsync("INBOX", [4], ["\\Seen"], null, null, Cancel);
        await add();
        var result = await CopyAsync(source, target, Removing);
        Assert.Equal(("", 2, 1, 1, 3), (ErrorsOf(result), result.Removed, result.FlagsChanged, result.Copied, result.AlreadyThere));
        Assert.Equal(lists, source.Lists);
        await AssertSameAsync(source, (IMailboxReader)target, result);

        // Of equal messages the last as well, and all that are left.
        await account.DeleteAsync("INBOX", [2, 4, 5, 6], Cancel);
        Assert.Equal(4, (await CopyAsync(source, target, Removing)).Removed);
        await using var emptied = await ((IMailboxReader)target).OpenAsync("INBOX", Cancel);
        Assert.Equal(0, emptied.Count);
        Assert.Empty(Warnings);
    }

    // One folder, of which it shows what it is told to.
    private static ScriptedPeer Serve(string capabilities, Func<Content> now, string vanished = "") => ScriptedPeer.Start(async server =>
    {
        await server.SayAsync($"* OK [CAPABILITY {capabilities}] ready");
        while (await server.HearLineAsync() is { } line)
        {
            var (there, shown, modSeq) = now();
            var next = int.Parse(there[^1], CultureInfo.InvariantCulture) + 1;
            var said = line.Split(' ')[1] switch
            {
                "ENABLE" => "* ENABLED QRESYNC\r\n",
                "LIST" => "* LIST () \"/\" INBOX\r\n",
                "STATUS" => $"* STATUS INBOX (MESSAGES {there.Length} UIDNEXT {next} UIDVALIDITY 7{(modSeq is null ? "" : $" HIGHESTMODSEQ {modSeq}")} UNSEEN 0)\r\n",
                "EXAMINE" => $"* {there.Length} EXISTS\r\n* OK [UIDVALIDITY 7] .\r\n* OK [UIDNEXT {next}] .\r\n{(modSeq is null ? "" : $"* OK [HIGHESTMODSEQ {modSeq}] .\r\n")}",
                "UID" when line.Contains("VANISHED", StringComparison.Ordinal) => vanished,
                "UID" when line.Contains("SEARCH UID", StringComparison.Ordinal) => $"* SEARCH {there[^1]}\r\n",
                "UID" when line.Contains("SEARCH", StringComparison.Ordinal) => $"* SEARCH {string.Join(' ', there)}\r\n",
                "UID" when line.Contains("BODY", StringComparison.Ordinal) => string.Concat(shown.Select(uid => $"* 1 FETCH (UID {uid} BODY[] \"{uid}\")\r\n")),
                "UID" => string.Concat(shown.Select(uid => $"* 1 FETCH (UID {uid} FLAGS () RFC822.SIZE 1)\r\n")),
                _ => "",
            };
            await server.SendAsync($"{said}{line.Split(' ')[0]} OK done\r\n");
        }
    });

    private static MailboxOptions Options(ScriptedPeer peer) => new() { Server = "127.0.0.1", Port = peer.Port, Tls = TlsMode.None, Credential = new("john", "summersun") };

    private static CopyOptions Removing(CopyOptions options) => options with { Mirrors = true, RemovesDeleted = true };

    /// <summary>The UIDs that a folder has, and those of which it shows messages.</summary>
    private sealed record Content(string[] There, string[] Shown, int? ModSeq);

    /// <summary>Counts how often a folder is listed.</summary>
    private sealed class Counting(IMailboxReader reader) : IMailboxReader
    {
        public int Lists { get; private set; }

        public string Name => reader.Name;

        public Task<IReadOnlyList<MailFolder>> ListAsync(CancellationToken cancel) => reader.ListAsync(cancel);

        public async Task<IFolderReader> OpenAsync(string folder, CancellationToken cancel) => new Opened(this, await reader.OpenAsync(folder, cancel));

        public ValueTask DisposeAsync() => reader.DisposeAsync();

        private sealed class Opened(Counting owner, IFolderReader folder) : IFolderReader
        {
            public string Epoch => folder.Epoch;

            public int Count => folder.Count;

            public string? State => folder.State;

            public string? FlagState => folder.FlagState;

            public Task<IReadOnlyList<MailEntry>?> ChangedSinceAsync(string state, string? flagState, CancellationToken cancel) => folder.ChangedSinceAsync(state, flagState, cancel);

            public Task<FolderChanges?> ChangedAndGoneSinceAsync(string state, string flagState, CancellationToken cancel) => folder.ChangedAndGoneSinceAsync(state, flagState, cancel);

            public async IAsyncEnumerable<IReadOnlyList<MailEntry>> ListAsync([EnumeratorCancellation] CancellationToken cancel)
            {
                owner.Lists++;
                await foreach (var entries in folder.ListAsync(cancel))
                    yield return entries;
            }

            public IAsyncEnumerable<MailContent> ReadAsync(IReadOnlyList<MailEntry> entries, CancellationToken cancel) => folder.ReadAsync(entries, cancel);

            public ValueTask DisposeAsync() => folder.DisposeAsync();
        }
    }
}
