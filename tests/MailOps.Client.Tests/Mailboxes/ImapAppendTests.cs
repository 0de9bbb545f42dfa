using System.Net;
using System.Text;
using MailOps.Client.Mailboxes;
using MailOps.Client.Sessions;
using MailOps.Tests.Support;
using MailOps.Wire;
using Xunit;

namespace MailOps.Client.Tests.Mailboxes;

/// <summary>Messages that are put into folders, on a real Dovecot and on servers that refuse.</summary>
public sealed class ImapAppendTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>Messages that a parser would write otherwise than they were.</summary>
    public static TheoryData<string> Odd =>
    [
        "Subject: plain\r\n\r\nbody\r\n",
        "Subject: no line end after it\r\n\r\nbody",
        "Subject: header alone\r\n",
        "Subject: header and the empty line\r\n\r\n",
        "\r\nstarts with the empty line\r\n",
        "From john Thu Jan  1 00:00:00 2026\r\nSubject: of an mbox\r\n\r\nx\r\n",
        "no header at all",
        "Subject:no space\r\nsubject : space before\r\n folded\r\n\tmore\r\nX-8bit: gr\u00fc\u00df\r\n\r\n\u00fc\r\n",
        "Content-Type: multipart/mixed; boundary=b\r\n\r\npreamble\r\n--b\r\n\r\none\r\n--b\r\nContent-Transfer-Encoding: base64\r\n\r\nYQ\r\n",
        "Content-Type: application/x-mailops-octets\r\nMIME-Version: 1.0\r\n\r\nx \r\n",
        "A: b\r\n\r\nbare \r in a line\r\n.\r\n..\r\n",
    ];

    [Theory]
    [MemberData(nameof(Odd))]
    public async Task Octets_go_over_as_they_are_and_no_others(string message)
    {
        string? literal = null;
        await using var peer = Peer("LITERAL+", async (server, tag, line) =>
        {
            literal = await LiteralAsync(server, line);
            await server.SayAsync($"{tag} OK done");
        });
        await using var account = await ImapAccount.OpenAsync(Options(peer.Port), TimeProvider.System, Cancel);
        await using var octets = await ToAddAsync(Encoding.Latin1.GetBytes(message));
        var added = Assert.Single(await account.AddAsync("INBOX", [octets], makes: false, Cancel));
        await account.CloseAsync(Cancel);
        Assert.Null(peer.Failure);
        Assert.Equal(message, literal);
        // Without UIDPLUS nobody tells the UID.
        Assert.Equal(("INBOX", null, null, message.Length), (added.Folder, added.Uid, added.UidValidity, added.Size));
    }

    [Fact]
    public async Task Dovecot_keeps_messages_with_their_flags_and_dates_and_tells_their_UIDs()
    {
        await using var dovecot = await PrivateDovecot.StartAsync();
        dovecot.Put(1, "Subject: makes the Maildir\n\n");
        await using var account = await ImapAccount.OpenAsync(Options(dovecot.ImapPort), TimeProvider.System, Cancel);
        var date = new DateTimeOffset(2001, 2, 3, 4, 5, 6, TimeSpan.FromHours(-7));
        // CR and LF fall on both sides of the border between two chunks, and so does a bare LF.
        var big = new string('x', 64 * 1024 - 10) + "\r\n" + new string('y', 64 * 1024 - 2) + "\n" + new string('z', 3 * 1024 * 1024) + "\r\n";
        string[] texts = ["Subject: first\n\n.\nüñ\n", "Subject: big\n\n" + big, "Subject: last\r\n\r\nno end"];
        var messages = new List<MessageToAdd>();
        foreach (var text in texts)
            messages.Add(await MessageToAdd.PrepareAsync(MessageContent.From(text), ["Flagged", "\\Seen", "$Work"], date, "source", Cancel));
        Assert.True(account.CanAddTogether);
        var added = await account.AddAsync("Import.2026", messages, makes: true, Cancel);
        Assert.Equal([1u, 2u, 3u], added.Select(one => one.Uid!.Value));
        Assert.All(added, one => Assert.True(one.UidValidity > 0 && one.Source == "source"));
        var four = Assert.Single(await account.AddAsync("Import.2026", [messages[0]], makes: false, Cancel));
        Assert.Equal(4u, four.Uid);

        var there = await (await account.ExamineAsync("Import.2026", Cancel)).ReadAsync(null, headersOnly: false, null, Cancel).ToListAsync(Cancel);
        string[] sent = [.. texts.Select(text => text.ReplaceLineEndings("\r\n")), texts[0].ReplaceLineEndings("\r\n")];
        Assert.Equal(sent, there.Select(one => Encoding.UTF8.GetString(one.Raw!)));
        Assert.Equal(sent.Select(text => (long)Encoding.UTF8.GetByteCount(text)), added.Append(four).Select(one => one.Size));
        Assert.All(there, one => Assert.Equal((date.UtcDateTime, 4), (one.InternalDate!.Value.UtcDateTime, one.Flags.Count(flag => flag is "\\Seen" or "\\Flagged" or "$Work" or "\\Recent"))));
        var nowhere = await Assert.ThrowsAsync<MailSessionException>(() => account.AddAsync("Nowhere", messages, makes: false, Cancel));
        Assert.Equal(MailSessionFault.MailboxNotFound, nowhere.Fault);
        foreach (var message in messages)
            await message.DisposeAsync();
    }

    [Theory]
    [InlineData("NO [OVERQUOTA] Not enough disk quota (5 KB left)", MailSessionFault.OverQuota)]
    [InlineData("NO [TOOBIG] Too big for me", MailSessionFault.TooBig)]
    [InlineData("NO [LIMIT] Come again tomorrow", MailSessionFault.CommandRefused)]
    [InlineData("BAD What?", MailSessionFault.CommandRefused)]
    public async Task A_refusal_is_told_in_the_words_of_the_server_and_the_connection_goes_on(string refusal, MailSessionFault fault)
    {
        foreach (var capabilities in new[] { "LITERAL+", "", "MULTIAPPEND", "MULTIAPPEND LITERAL+" })
        {
            var asked = 0;
            await using var peer = Peer(capabilities, async (server, tag, line) =>
            {
                // The second time the answer comes in the place of the "+", where that is waited for.
                if (++asked == 1 || capabilities.Contains('+', StringComparison.Ordinal))
                {
                    while (line.Contains('{', StringComparison.Ordinal))
                    {
                        _ = await LiteralAsync(server, line, readsEnd: false);
                        line = await server.HearLineAsync() ?? "";
                    }
                }

                await server.SayAsync($"{tag} {refusal}");
            });
            await using var account = await ImapAccount.OpenAsync(Options(peer.Port), TimeProvider.System, Cancel);
            await using var one = await ToAddAsync("A: b\n\nc\n"u8.ToArray());
            await using var other = await ToAddAsync("A: b\n\nd\n"u8.ToArray());
            for (var i = 0; i < 2; i++)
            {
                var error = await Assert.ThrowsAsync<MailSessionException>(() => account.AddAsync("INBOX", account.CanAddTogether ? [one, other] : [one], makes: false, Cancel));
                Assert.Equal(fault, error.Fault);
                Assert.True(error.IsRefusal);
                Assert.EndsWith(refusal, error.Message, StringComparison.Ordinal);
            }

            await account.CloseAsync(Cancel);
            Assert.Null(peer.Failure);
            Assert.Equal(2, asked);
        }
    }

    [Fact]
    public async Task What_is_above_the_limit_that_the_server_tells_is_not_sent()
    {
        await using var peer = Peer("APPENDLIMIT=100", (server, tag, _) => server.SayAsync($"{tag} OK done"));
        await using var account = await ImapAccount.OpenAsync(Options(peer.Port), TimeProvider.System, Cancel);
        await using var message = await ToAddAsync(new byte[101].Select(_ => (byte)'x').ToArray());
        var error = await Assert.ThrowsAsync<MailSessionException>(() => account.AddAsync("INBOX", [message], makes: false, Cancel));
        Assert.Equal(MailSessionFault.TooBig, error.Fault);
        Assert.Equal("localhost takes messages of up to 100 octets into INBOX (APPENDLIMIT), and this one has 101. It was not sent.", error.Message);
        Assert.DoesNotContain("APPEND ", peer.Received, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_message_that_IMAP_cannot_carry_is_refused_before_anything_is_sent()
    {
        var nul = await Assert.ThrowsAsync<ArgumentException>(() => ToAddAsync("A: b\n\nx\0y"u8.ToArray()));
        Assert.StartsWith("The message has a NUL at octet 10,", nul.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<ArgumentException>(() => ToAddAsync([]));
        await Assert.ThrowsAsync<MailOps.Client.Maildirs.MaildirException>(() => MessageToAdd.PrepareAsync(MessageContent.From("A: b"), ["two words"], null, null, Cancel));
    }

    [Fact]
    public async Task A_stream_that_cannot_go_back_is_kept_until_it_is_sent()
    {
        string? literal = null;
        await using var peer = Peer("LITERAL+", async (server, tag, line) =>
        {
            literal = await LiteralAsync(server, line);
            await server.SayAsync($"{tag} OK [APPENDUID 7 9] done");
        });
        await using var account = await ImapAccount.OpenAsync(Options(peer.Port), TimeProvider.System, Cancel);
        var pipe = new System.IO.Pipelines.Pipe();
        await pipe.Writer.WriteAsync("A: b\n\nfrom a pipe\n"u8.ToArray(), Cancel);
        await pipe.Writer.CompleteAsync();
        await using var message = await MessageToAdd.PrepareAsync(MessageContent.From(pipe.Reader.AsStream()), [], null, null, Cancel);
        var added = Assert.Single(await account.AddAsync("INBOX", [message], makes: false, Cancel));
        Assert.Equal("A: b\r\n\r\nfrom a pipe\r\n", literal);
        Assert.Equal((7u, 9u), (added.UidValidity, added.Uid));
    }

    [Fact]
    public async Task A_file_that_changes_before_it_is_sent_breaks_the_connection_off()
    {
        await using var peer = Peer("LITERAL+", async (server, tag, line) => _ = await LiteralAsync(server, line));
        await using var account = await ImapAccount.OpenAsync(Options(peer.Port), TimeProvider.System, Cancel);
        using var folder = new PrivateFolder();
        var file = folder.Write("message.eml", "A: b\n\nlong enough\n");
        await using var message = await MessageToAdd.PrepareAsync(MessageContent.From(new FileInfo(file)), [], null, file, Cancel);
        await File.WriteAllTextAsync(file, "A: b\n", Cancel);
        var error = await Assert.ThrowsAsync<MailSessionException>(() => account.AddAsync("INBOX", [message], makes: false, Cancel));
        Assert.Contains($"{file} changed while it was sent", error.Message, StringComparison.Ordinal);
        Assert.False(error.IsRefusal);
    }

    private static Task<MessageToAdd> ToAddAsync(byte[] octets) => MessageToAdd.PrepareAsync(MessageContent.From(octets), [], null, null, Cancel);

    private static MailboxOptions Options(int port) => new()
    {
        Server = "localhost",
        Port = port,
        Tls = TlsMode.None,
        Credential = new NetworkCredential("john", "summersun"),
    };

    private static async Task<string> LiteralAsync(ScriptedPeer.Conversation server, string line, bool readsEnd = true)
    {
        var length = int.Parse(line[(line.LastIndexOf('{') + 1)..].TrimEnd('}', '+'), System.Globalization.CultureInfo.InvariantCulture);
        if (!line.EndsWith("+}", StringComparison.Ordinal))
            await server.SayAsync("+ go on");
        var text = await server.HearAsync(length) ?? throw new IOException("The client closed.");
        if (readsEnd && await server.HearLineAsync() is not "")
            throw new InvalidOperationException("There is more behind the literal.");
        return text;
    }

    private static ScriptedPeer Peer(string capabilities, Func<ScriptedPeer.Conversation, string, string, Task> append) => ScriptedPeer.Start(async server =>
    {
        await server.SayAsync($"* OK [CAPABILITY IMAP4rev1 {capabilities}] ready");
        while (await server.HearLineAsync() is { } line)
        {
            var tag = line.Split(' ')[0];
            if (line.Contains(" APPEND ", StringComparison.Ordinal))
            {
                await append(server, tag, line);
                continue;
            }

            if (line.Contains(" LIST ", StringComparison.Ordinal))
                await server.SayAsync(line.Contains("INBOX", StringComparison.Ordinal) ? "* LIST () \"/\" INBOX" : "* LIST (\\Noselect) \"/\" \"\"");
            else if (line.EndsWith("NAMESPACE", StringComparison.Ordinal))
                await server.SayAsync("* NAMESPACE ((\"\" \"/\")) NIL NIL");
            else if (line.EndsWith("CAPABILITY", StringComparison.Ordinal))
                await server.SayAsync($"* CAPABILITY IMAP4rev1 {capabilities}");
            await server.SayAsync($"{tag} OK done");
        }
    });
}
