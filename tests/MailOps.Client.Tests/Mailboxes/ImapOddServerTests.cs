using System.Globalization;
using System.Net;
using MailOps.Client.Mailboxes;
using MailOps.Client.Mailboxes.Watching;
using MailOps.Tests.Support;
using MailOps.Wire;
using Xunit;

namespace MailOps.Client.Tests.Mailboxes;

/// <summary>IMAP servers that say what few do, or less than others.</summary>
public sealed class ImapOddServerTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("IDLE", "[READ-ONLY] ")]
    [InlineData("", "[READ-ONLY] ")]
    [InlineData("IDLE", "")]
    [InlineData("", "")]
    public async Task A_watch_goes_on_behind_the_highest_UID_and_where_the_OK_of_EXAMINE_says_no_more(string capability, string code)
    {
        using var done = new CancellationTokenSource();
        var looks = 0;
        await using var peer = Start(capability, code, async (server, command) =>
        {
            // It is looked at again when something may have come.
            if (command == "EXAMINE" && ++looks == 3)
                await done.CancelAsync();
            if (command != "IDLE")
                return;
            await server.SayAsync("+ idling");
            await done.CancelAsync();
            await server.HearUntilAsync("DONE");
        });
        await using var session = new MailSession(MailProtocol.Imap, Options(peer), TimeProvider.System);
        List<uint> told = [];
        List<string> warnings = [];
        var options = new ImapWatchOptions
        {
            Folders = ["INBOX"],
            IncludesExisting = true,
            Poll = TimeSpan.FromMilliseconds(20),
            Tell = message => Keep(told, message.Uid),
            Warn = text => Keep(warnings, text),
            Fail = (_, thrown) => Task.FromException(thrown),
            Note = _ => Task.CompletedTask,
        };
        await new ImapWatch(session, options, TimeProvider.System).RunAsync(done.Token, Cancel).WaitAsync(TimeSpan.FromSeconds(30), Cancel);
        Assert.Equal([5u, uint.MaxValue], told);
        Assert.Empty(warnings);
        Assert.True(done.IsCancellationRequested);
        Assert.Null(peer.Failure);

        static Task Keep<T>(List<T> all, T one)
        {
            all.Add(one);
            return Task.CompletedTask;
        }
    }

    [Theory]
    [InlineData("[READ-WRITE] ", true)]
    [InlineData("", true)]
    [InlineData("[READ-ONLY] ", false)]
    public async Task SELECT_is_for_changes_unless_the_server_says_that_it_is_not(string code, bool changes)
    {
        await using var peer = Start("", code, (_, _) => Task.CompletedTask);
        await using var account = await ImapAccount.OpenAsync(Options(peer), TimeProvider.System, Cancel);
        var thrown = await Record.ExceptionAsync(() => account.SetFlagsAsync("INBOX", [5, uint.MaxValue], ["\\Seen"], null, null, Cancel));
        Assert.Equal(changes, peer.Received.Contains("UID STORE 5,4294967295 +FLAGS.SILENT (\\Seen)", StringComparison.Ordinal));
        if (changes)
            Assert.Null(thrown);
        else
            Assert.Contains("for reading alone", Assert.IsType<MailSessionException>(thrown).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_highest_UID_is_found_and_read()
    {
        await using var peer = Start("", "[READ-ONLY] ", (_, _) => Task.CompletedTask);
        await using var mailbox = await ImapMailbox.OpenAsync(Options(peer), "INBOX", TimeProvider.System, Cancel);
        Assert.Equal([5u, uint.MaxValue], (await mailbox.FindAsync(new ImapFilter { Query = "ALL", LargerThan = 1 }, Cancel))!);
        Assert.Equal([5u, uint.MaxValue], await mailbox.ReadAsync(uids: null, new ImapReading(), first: null, Cancel).Select(message => message.Uid).ToListAsync(Cancel));
    }

    private static ScriptedPeer Start(string capability, string code, Func<ScriptedPeer.Conversation, string, Task> heard) => ScriptedPeer.Start(async server =>
    {
        uint[] uids = [5, uint.MaxValue];
        await server.SayAsync($"* OK [CAPABILITY IMAP4rev1 {capability}] ready");
        while (await server.HearLineAsync() is { } line)
        {
            var (tag, command) = (line.Split(' ')[0], line.Split(' ')[1]);
            await heard(server, command);
            await server.SendAsync(command switch
            {
                "LIST" => "* LIST () \"/\" INBOX\r\n",
                "EXAMINE" or "SELECT" => "* FLAGS (\\Seen)\r\n* 2 EXISTS\r\n* OK [UIDVALIDITY 7] .\r\n",
                "UID" when line.Contains("SEARCH", StringComparison.Ordinal) => "* SEARCH 5 4294967295\r\n",
                "UID" when line.Contains("FETCH", StringComparison.Ordinal) => string.Concat(uids.Select((uid, index) => FetchOf(index + 1, uid))),
                _ => "",
            });
            await server.SayAsync($"{tag} OK {(command is "EXAMINE" or "SELECT" ? code : "")}done");
        }
    });

    private static string FetchOf(int number, uint uid) => string.Create(
        CultureInfo.InvariantCulture,
        $"* {number} FETCH (UID {uid} FLAGS () INTERNALDATE \"01-Jan-2026 10:00:00 +0000\" RFC822.SIZE 2 BODY[HEADER.FIELDS (FROM TO SUBJECT DATE MESSAGE-ID)] {{2}}\r\n\r\n)\r\n");

    private static MailboxOptions Options(ScriptedPeer peer) => new()
    {
        Server = "127.0.0.1",
        Port = peer.Port,
        Tls = TlsMode.None,
        Credential = new NetworkCredential("john", "summersun"),
        Timeout = TimeSpan.FromSeconds(10),
    };
}
