using System.Net;
using System.Text;
using MailOps.Client.Mailboxes;
using MailOps.Client.Mailboxes.Wire;
using MailOps.Client.Migration;
using MailOps.Client.Migration.Imap;
using MailOps.Tests.Support;
using MailOps.Wire;
using Xunit;

namespace MailOps.Client.Tests.Mailboxes;

/// <summary>What servers may say, and what they may not.</summary>
public sealed class ImapLaneTests
{
    private const string Opened = "* 2 EXISTS\r\n* OK [UIDVALIDITY 7] .\r\n* OK [UIDNEXT 9] .\r\n";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Flags_that_are_none_and_messages_that_nobody_asked_for_are_left_out()
    {
        var (entries, _) = await ReadAsync(
            "* 1 FETCH (UID 003 FLAGS (\\seen $Work \"a) {5+}\" \\Recent \\Odd NIL) INTERNALDATE \" 2-Mar-2026 04:05:06 +0100\" RFC822.SIZE 5)\r\n* 9 FETCH (UID 9 FLAGS () RFC822.SIZE 5)\r\n* 2 FETCH (FLAGS (\\Seen))\r\n",
            "");
        var entry = Assert.Single(entries);
        Assert.Equal(("3", 5, "$Work \\Seen", new DateTimeOffset(2026, 3, 2, 4, 5, 6, TimeSpan.FromHours(1))), (entry.Id, entry.Size, entry.Flags, entry.Arrived));
    }

    [Theory]
    [InlineData("* 1 FETCH (UID 3 BODY[] {5}\r\na\r\nb\r)\r\n", "a\r\nb\r")]
    [InlineData("* 1 FETCH (BODY[] ~{3}\r\na\0b UID 3 FLAGS (\\Seen))\r\n", "a\0b")]
    [InlineData("* 1 FETCH (UID 3 BODY[] \"a\\\"b\")\r\n", "a\"b")]
    [InlineData("* 1 FETCH (BODY[] {0}\r\n UID 3)\r\n* 4 EXISTS\r\n", "")]
    public async Task A_message_is_read_however_it_is_written(string said, string octets)
    {
        var (_, messages) = await ReadAsync(Described, said);
        Assert.Equal(octets, Assert.Single(messages));
    }

    [Fact]
    public async Task A_message_that_is_there_and_is_not_shown_is_told()
    {
        const string Both = "* 1 FETCH (UID 3 FLAGS () RFC822.SIZE 5)\r\n* 2 FETCH (UID 4 FLAGS () RFC822.SIZE 5)\r\n* 3 FETCH (UID 5 FLAGS () RFC822.SIZE 5)\r\n";
        Assert.Equal(["3: 1", "4: the server has it, and does not show it"], await RefusalsAsync("* SEARCH 3 4 5\r\n", Both, "* 1 FETCH (UID 3 BODY[] \"1\")\r\n", "* 1 FETCH (UID 4 FLAGS () RFC822.SIZE 5)\r\n"));
        Assert.Equal(["3: the server has nothing to show of it (NIL)"], await RefusalsAsync("* SEARCH 3\r\n", Described, "* 1 FETCH (UID 3 BODY[] NIL)\r\n", ""));
    }

    [Fact]
    public async Task Messages_of_a_later_command_may_come_before_the_end_of_the_one_before()
    {
        var uids = Enumerable.Range(1, 201).ToList();
        await using var peer = Serve(
            ends: false,
            Opened,
            "* SEARCH " + string.Join(' ', uids) + "\r\n",
            string.Concat(uids.Select(uid => $"* {uid} FETCH (UID {uid} FLAGS () RFC822.SIZE 1)\r\n")),
            "!!",
            "* 201 FETCH (UID 201 BODY[] \"x\")\r\n" + string.Concat(uids.Take(200).Select(uid => $"* {uid} FETCH (UID {uid} BODY[] \"x\")\r\n")));
        await using var end = End(peer);
        await using var folder = await ((IMailboxReader)end).OpenAsync("INBOX", Cancel);
        var read = new List<int>();
        await foreach (var some in folder.ListAsync(Cancel))
        {
            await foreach (var message in folder.ReadAsync(some, Cancel))
            {
                Assert.NotNull(message.Octets);
                read.Add(int.Parse(message.Entry.Id, System.Globalization.CultureInfo.InvariantCulture));
                message.Dispose();
            }
        }

        Assert.Equal(uids, read.Order());
    }

    // Its numbers hold as long as the folder is open.
    [Fact]
    public async Task A_folder_without_UIDVALIDITY_is_another_one_each_time_RFC9051_7_1()
    {
        await using var peer = Serve(ends: false, "* 2 EXISTS\r\n* OK [UIDNEXT 9] .\r\n", "* 2 EXISTS\r\n* OK [UIDNEXT 9] .\r\n");
        await using var end = End(peer);
        await using var once = await ((IMailboxReader)end).OpenAsync("INBOX", Cancel);
        var epoch = once.Epoch;
        Assert.Equal(epoch, once.Epoch);
        await once.DisposeAsync();
        await using var again = await ((IMailboxReader)end).OpenAsync("INBOX", Cancel);
        Assert.NotEqual(epoch, again.Epoch);
        Assert.Null(again.State);
    }

    [Theory]
    [InlineData("NO [LIMIT] too large", 12, null)]
    [InlineData("NO too large", 12, null)]
    [InlineData("NO Message size exceeds fixed maximum message size", 12, null)]
    [InlineData("BAD The size of the message exceeds the limit of 150 MB.", 12, null)]
    [InlineData("NO quota limit exceeded", 12, "127.0.0.1 refuses one message after the other for INBOX: quota limit exceeded")]
    [InlineData("NO try later", 9, null)]
    [InlineData("NO try later", 12, "127.0.0.1 refuses one message after the other for INBOX: try later")]
    [InlineData("NO [OVERQUOTA] full", 1, "127.0.0.1 takes no more messages in INBOX: [OVERQUOTA] full")]
    public async Task What_is_refused_again_and_again_without_a_code_is_not_about_messages(string answer, int count, string? hindrance)
    {
        await using var peer = Serve(ends: false, [Opened, .. Enumerable.Repeat("!" + answer, count)]);
        await using var end = End(peer);
        await using var folder = await end.OpenAsync("INBOX", Cancel);
        var messages = Enumerable.Range(1, count).Select(_ => new MailContent(new MailEntry("1", 1, "", Arrived: null), MessageSpool.Of("x"u8), Refusal: null)).ToList();
        var result = await folder.AddAsync(messages, Cancel);
        Assert.Equal(hindrance, result.Hindrance?.Message);
        Assert.Equal(hindrance is null ? count : 0, result.Outcomes.Count(outcome => outcome is { Refusal: not null }));
    }

    [Theory]
    [InlineData("APPENDLIMIT=3", "", 1)]
    [InlineData("APPENDLIMIT", "* STATUS INBOX (APPENDLIMIT 3)\r\n", 1)]
    [InlineData("APPENDLIMIT", "* STATUS INBOX (APPENDLIMIT NIL)\r\n", 2)]
    [InlineData("APPENDLIMIT", "!NO not that", 2)]
    public async Task What_the_server_or_the_folder_will_not_take_is_not_sent(string capability, string status, int sent)
    {
        string[] answers = [Opened, .. status.Length > 0 ? [status] : Array.Empty<string>(), .. Enumerable.Repeat("!OK done", sent), "!OK done"];
        await using var peer = Serve(ends: false, capability, answers);
        await using var end = End(peer);
        await using var folder = await end.OpenAsync("INBOX", Cancel);
        var result = await folder.AddAsync([Content("abc"), Content("abcd")], Cancel);
        Assert.Equal([null, sent == 1 ? "it has 4 octets, and 127.0.0.1 takes 3 at most (APPENDLIMIT)" : null], result.Outcomes.Select(outcome => outcome!.Value.Refusal));
        Assert.Equal(sent, peer.Received.Split(" APPEND ").Length - 1);

        // The folder's is asked for once.
        Assert.Null((await folder.AddAsync([Content("abc")], Cancel)).Outcomes[0]!.Value.Refusal);
        Assert.Equal(status.Length > 0 ? 1 : 0, peer.Received.Split("STATUS \"INBOX\" (APPENDLIMIT)").Length - 1);
    }

    private static MailContent Content(string octets) => new(new MailEntry("1", octets.Length, "", Arrived: null), MessageSpool.Of(Encoding.Latin1.GetBytes(octets)), Refusal: null);

    [Fact]
    public async Task What_keeps_others_from_being_shown_is_found_by_asking_for_each()
    {
        const string Both = "* 1 FETCH (UID 3 FLAGS () RFC822.SIZE 5)\r\n* 2 FETCH (UID 4 FLAGS () RFC822.SIZE 5)\r\n";
        foreach (var no in new[] { "NO", "BAD" })
            Assert.Equal(["3: broken", "4: 2"], await RefusalsAsync("* SEARCH 3 4\r\n", Both, $"!{no} broken", $"!{no} broken", "* 2 FETCH (UID 4 BODY[] \"2\")\r\n"));
        foreach (var (said, fault) in new[] { ("!NO [UNAVAILABLE] later", MailSessionFault.ServerBusy), ("!NO [NOPERM] not you", MailSessionFault.CommandRefused) })
            Assert.Equal(fault, (await Assert.ThrowsAsync<MailSessionException>(() => RefusalsAsync("* SEARCH 3 4\r\n", Both, said))).Fault);
    }

    [Theory]
    [InlineData("* 1 FETCH (UID 3 BODY[] {5}\r\nab", MailSessionFault.ConnectionLost)]
    [InlineData("* 1 FETCH (UID 3 BODY[] \"a\r\n", MailSessionFault.ProtocolViolation)]
    [InlineData("* 1 FETCH UID 3)\r\n", MailSessionFault.ProtocolViolation)]
    [InlineData("* BYE gone\r\n", MailSessionFault.ConnectionLost)]
    [InlineData("* 1 FETCH (UID 3 BODY[] {90000000}\r\n", MailSessionFault.ProtocolViolation)]
    [InlineData("* 1 FETCH (a {0}\r\n {0}\r\n {0}\r\n {0}\r\n {0}\r\n {0}\r\n {0}\r\n {0}\r\n {0}\r\n {0}\r\n {0}\r\n {0}\r\n {0}\r\n {0}\r\n {0}\r\n {0}\r\n {0}\r\n", MailSessionFault.ProtocolViolation)]
    [InlineData("\r\n", MailSessionFault.ProtocolViolation)]
    public async Task What_is_not_the_protocol_ends_the_conversation(string said, MailSessionFault fault) =>
        Assert.Equal(fault, (await Assert.ThrowsAsync<MailSessionException>(() => ReadAsync(Described, said, ends: true))).Fault);

    [Theory]
    [InlineData("* 1 FETCH (UID 3 BODY[] {33554433}\r\n")]
    [InlineData("* 1 FETCH (UID 3 BODY[] \"\u0080\")\r\n", "* 1 FETCH (UID 3 BINARY[] ~{33554433}\r\n")]
    public async Task A_message_with_NULs_that_has_become_too_large_for_memory_ends_the_conversation(params string[] again)
    {
        await using var peer = Serve(ends: true, "BINARY", [Opened, "* SEARCH 3\r\n", "* 1 FETCH (UID 3 FLAGS () RFC822.SIZE 30000000)\r\n", "* 1 FETCH (UID 3 BODY[] \"\u0080\")\r\n", .. again]);
        var error = await Assert.ThrowsAsync<MailSessionException>(() => ShownAsync(peer));
        Assert.Equal((MailSessionFault.ProtocolViolation, "127.0.0.1 does not answer as IMAP has it: 33554433 octets in a response where so much cannot be."), (error.Fault, error.Message));
    }

    [Fact]
    public async Task A_search_that_finds_more_than_there_is_ends_the_conversation()
    {
        var many = "* SEARCH " + string.Join(' ', Enumerable.Range(1, 60_000)) + "\r\n";
        await using var peer = Serve(ends: false, Opened, many + many);
        await using var end = End(peer);
        await using var folder = await ((IMailboxReader)end).OpenAsync("INBOX", Cancel);
        Assert.Equal(MailSessionFault.ProtocolViolation, (await Assert.ThrowsAsync<MailSessionException>(async () => await folder.ListAsync(Cancel).GetAsyncEnumerator(Cancel).MoveNextAsync())).Fault);
    }

    [Theory]
    [InlineData("", "* SEARCH 4 3 4\r\n* SEARCH 3\r\n")]
    [InlineData("ESEARCH", "* ESEARCH (TAG \"M2\") UID ALL 3:4,4,3\r\n")]
    public async Task A_message_that_a_search_finds_twice_is_one(string capability, string found)
    {
        await using var peer = Serve(ends: false, capability, [Opened, found]);
        await using var lane = ImapLane.Over(await ImapAccount.OpenAsync(Options(peer), TimeProvider.System, Cancel));
        await lane.ExamineAsync("INBOX", Cancel);
        Assert.Equal([3u, 4u], await lane.UidsAsync("ALL", Cancel));
    }

    [Theory]
    [InlineData("1:3", "1 2 3")]
    [InlineData("3:1,7", "1 2 3 7")]
    [InlineData("4294967295", "4294967295")]
    [InlineData("1:4294967295", null)]
    [InlineData("1:*", null)]
    [InlineData("x", null)]
    public void Sets_of_UIDs_are_read(string text, string? uids)
    {
        var read = UidText.Parse(text, 10);
        Assert.Equal(uids, read is null ? null : string.Join(' ', read));
        if (read is not null)
            Assert.Equal(read, UidText.Parse(UidText.Of(read), 10));
    }

    private const string Described = "* 1 FETCH (UID 3 FLAGS () RFC822.SIZE 5)\r\n";

    private static async Task<(IReadOnlyList<MailEntry> Entries, IReadOnlyList<string> Messages)> ReadAsync(string described, string said, bool ends = false)
    {
        await using var peer = Serve(ends, Opened, "* SEARCH 3\r\n", described, said);
        await using var end = End(peer);
        await using var folder = await ((IMailboxReader)end).OpenAsync("INBOX", Cancel);
        var (entries, messages) = (new List<MailEntry>(), new List<string>());
        await foreach (var some in folder.ListAsync(Cancel))
        {
            entries.AddRange(some);
            if (said.Length == 0)
                break;
            await foreach (var message in folder.ReadAsync(some, Cancel))
            {
                using var text = new MemoryStream();
                using (message)
                    await message.Octets!.WriteToAsync(text, Cancel);
                messages.Add(Encoding.Latin1.GetString(text.ToArray()));
            }
        }

        return (entries, messages);
    }

    // Lets anybody in, and answers what a copy asks for in turn (with ! before what is said in the place of OK; at !! the answer comes with the next); with ends, it leaves after the last answer without having finished it.
    private static ScriptedPeer Serve(bool ends, params string[] answers) => Serve(ends, capability: "", answers);

    private static ScriptedPeer Serve(bool ends, string capability, string[] answers) => ScriptedPeer.Start(async server =>
    {
        await server.SayAsync($"* OK [CAPABILITY IMAP4rev1 {capability}] ready");
        var (next, late) = (0, "");
        while (await server.HearLineAsync() is { } line)
        {
            var tag = line.Split(' ')[0];
            if (line.Contains(" APPEND ", StringComparison.Ordinal))
            {
                await server.SayAsync($"{tag} {answers[next++][1..]}");
                continue;
            }

            if (line.Contains(" EXAMINE ", StringComparison.Ordinal) || line.Contains(" SELECT ", StringComparison.Ordinal) || line.Contains(" STATUS ", StringComparison.Ordinal) || line.Contains(" UID ", StringComparison.Ordinal))
            {
                var answer = answers[next++];
                if (answer == "!!")
                {
                    late = tag;
                    continue;
                }

                if (answer.StartsWith('!'))
                {
                    await server.SayAsync($"{tag} {answer[1..]}");
                    continue;
                }

                await server.SendAsync(answer);
                if (ends && next == answers.Length)
                    return;
            }
            else if (line.Contains(" LIST ", StringComparison.Ordinal))
            {
                await server.SayAsync("* LIST () \"/\" INBOX");
            }

            if (late.Length > 0)
                await server.SayAsync($"{late} OK done");
            late = "";
            await server.SayAsync($"{tag} OK done");
        }
    });

    private static async Task<List<string>> RefusalsAsync(params string[] answers)
    {
        await using var peer = Serve(ends: false, [Opened, .. answers]);
        return await ShownAsync(peer);
    }

    private static async Task<List<string>> ShownAsync(ScriptedPeer peer)
    {
        await using var end = End(peer);
        await using var folder = await ((IMailboxReader)end).OpenAsync("INBOX", Cancel);
        var told = new List<string>();
        await foreach (var some in folder.ListAsync(Cancel))
        {
            await foreach (var message in folder.ReadAsync(some, Cancel))
            {
                using var text = new MemoryStream();
                if (message.Octets is { } octets)
                    await octets.WriteToAsync(text, Cancel);
                told.Add($"{message.Entry.Id}: {message.Refusal ?? Encoding.Latin1.GetString(text.ToArray())}");
                message.Dispose();
            }
        }

        return told;
    }

    private static ImapMailboxEnd End(ScriptedPeer peer) => new("peer", Options(peer), TimeProvider.System);

    private static MailboxOptions Options(ScriptedPeer peer) =>
        new() { Server = "127.0.0.1", Port = peer.Port, Tls = TlsMode.None, Credential = new NetworkCredential("john", "summersun") };
}
