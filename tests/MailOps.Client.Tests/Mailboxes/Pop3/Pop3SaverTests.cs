using System.Text;
using MailOps.Client.Mailboxes;
using MailOps.Client.Mailboxes.Saving;
using MailOps.Client.Mailboxes.Seen;
using MailOps.Tests.Support;
using MailOps.Wire;
using Xunit;

namespace MailOps.Client.Tests.Mailboxes.Pop3;

/// <summary>Messages of a server are saved, remembered and removed, whatever the server does meanwhile.</summary>
public sealed class Pop3SaverTests : IAsyncDisposable
{
    private readonly PrivateFolder _folder = new();
    private readonly StandInMaildrop _server = new();
    private readonly List<string> _refused = [];

    private string Mail => _folder.Of("mail");

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _folder.Dispose();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_second_run_brings_what_is_new_and_octets_are_as_they_were(bool isPipelining)
    {
        _server.IsPipelining = isPipelining;
        var texts = Enumerable.Range(0, 60).Select(i => $"Subject: {i}\r\n\r\n{(i % 3 == 0 ? ".dot\r\n..\r\n" : "")}{new string('x', i * 997)}\r\nend").ToList();
        for (var i = 0; i < 40; i++)
            _server.Put($"u{i}", texts[i] + "\r\n");
        Assert.Equal(40, await RunAsync());
        for (var i = 40; i < 60; i++)
            _server.Put($"u{i}", texts[i] + "\r\n");
        Assert.Equal(20, await RunAsync());
        Assert.Equal(0, await RunAsync());
        Assert.Equal(60, _server.Sent);
        Assert.All(texts, (text, i) => Assert.Equal(text + "\r\n", File.ReadAllText(Path.Join(Mail, $"u{i}.eml"), Encoding.Latin1)));
        Assert.Equal(60, _server.Messages.Count);
    }

    [Fact]
    public async Task A_large_message_goes_through_in_pieces()
    {
        var body = string.Concat(Enumerable.Repeat(new string('y', 998) + "\r\n", 8000));
        _server.Put("big", "Subject: big\r\n\r\n" + body);
        var largest = 0L;
        long before = 0;
        await RunAsync(tell: came =>
        {
            largest = Math.Max(largest, came - before);
            before = came;
            return ValueTask.CompletedTask;
        });
        Assert.InRange(largest, 1, 64 * 1024);
        Assert.Equal("Subject: big\r\n\r\n".Length + body.Length, new FileInfo(Path.Join(Mail, "big.eml")).Length);
    }

    [Fact]
    public async Task A_session_that_dies_before_QUIT_is_made_good_by_the_next_and_saves_nothing_twice()
    {
        Put(5);
        _server.Answer = line => line == "QUIT" ? "" : null;
        var error = await Assert.ThrowsAsync<MailSessionException>(() => RunAsync(removes: true));
        Assert.Equal("localhost closed the connection when it was to delete what was marked and answer QUIT.", error.Message);
        Assert.Equal(5, _server.Messages.Count);
        _server.Answer = null;
        Assert.Equal(0, await RunAsync(removes: true));
        Assert.Equal(10, _server.Sent);
        Assert.Empty(_server.Messages);
        Assert.Equal(5, Directory.GetFiles(Mail).Length);

        // What is gone is forgotten: the id may come again for another message.
        _server.Put("u1", "Subject: again\r\n\r\n");
        Assert.Equal(1, await RunAsync(removes: true));
        Assert.Equal(6, Directory.GetFiles(Mail).Length);
    }

    [Fact]
    public async Task A_connection_that_breaks_in_a_message_leaves_those_before_saved_and_nothing_deleted()
    {
        Put(5);
        _server.Answer = line => line == "RETR 3" ? "+OK\r\nSubject: half\r\n" : line == "RETR 4" ? "" : null;
        var error = await Assert.ThrowsAsync<MailSessionException>(() => RunAsync(removes: true));
        Assert.Equal(MailSessionFault.ConnectionLost, error.Fault);
        Assert.Equal(5, _server.Messages.Count);
        Assert.Equal(["u0.eml", "u1.eml"], Directory.GetFiles(Mail).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        _server.Answer = null;
        Assert.Equal(3, await RunAsync(removes: true));
        Assert.Empty(_server.Messages);
    }

    [Fact]
    public async Task A_message_that_is_refused_is_told_and_the_others_go_on()
    {
        Put(4);
        _server.Answer = line => line == "RETR 2" ? "-ERR [SYS/TEMP] unreadable\r\n" : line == "DELE 3" ? "-ERR no\r\n" : null;
        Assert.Equal(3, await RunAsync(removes: true));
        Assert.Equal(["u1: localhost refused to send message 2: [SYS/TEMP] unreadable", "3: localhost refused to delete message 3: no"], _refused);
        Assert.Equal(["u1", "u2"], _server.Messages.Select(one => one.Uidl));
        _server.Answer = null;
        Assert.Equal(1, await RunAsync(removes: true));
        Assert.Equal(5, _server.Sent);
        Assert.Empty(_server.Messages);
    }

    [Fact]
    public async Task Equal_messages_with_one_unique_id_are_each_dealt_with()
    {
        _server.Put("same", "Subject: same\r\n\r\n");
        _server.Put("same", "Subject: same\r\n\r\n");
        _server.Put("same", "Subject: not the same\r\n\r\n");
        Assert.Equal(3, await RunAsync(removes: true));
        Assert.Empty(_server.Messages);
        Assert.Equal(["same-2.eml", "same.eml"], Directory.GetFiles(Mail).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Messages_that_get_other_unique_ids_are_not_saved_again()
    {
        Put(4);
        await RunAsync();
        _server.Renumber(uidl => "new-" + uidl);
        _server.Put("new-u4", "Subject: new\r\n\r\n");
        Assert.Equal(1, await RunAsync());
        Assert.Equal(5, Directory.GetFiles(Mail).Length);
        Assert.Equal(0, await RunAsync());
        Assert.Equal(9, _server.Sent);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_unique_id_that_came_to_another_message_deletes_none_that_is_not_saved(bool isPipelining)
    {
        _server.IsPipelining = isPipelining;
        Put(2);
        Assert.Equal(2, await RunAsync());
        _server.Clear();
        _server.Put("u0", "Subject: another\r\n\r\nnever saved\r\n");
        _server.Put("u1", "Subject: 1\r\n\r\nbody\r\n");
        Assert.Equal(1, await RunAsync(removes: true));
        Assert.Empty(_server.Messages);
        Assert.Equal(["Subject: 0\r\n\r\nbody\r\n", "Subject: 1\r\n\r\nbody\r\n", "Subject: another\r\n\r\nnever saved\r\n"], Directory.GetFiles(Mail).Select(File.ReadAllText).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_message_that_was_remembered_and_is_refused_now_stays_on_the_server()
    {
        Put(2);
        await RunAsync();
        _server.Answer = line => line == "RETR 1" ? "-ERR no\r\n" : null;
        Assert.Equal(0, await RunAsync(removes: true));
        Assert.Equal(["u0"], _server.Messages.Select(one => one.Uidl));
    }

    [Fact]
    public async Task A_message_of_which_the_header_alone_was_read_is_saved_before_it_is_deleted()
    {
        Put(1);
        await using (var state = await Pop3State.OpenAsync(_folder.Of("state"), Account, isReadOnly: false, TimeProvider.System, default))
            await state.NoteAsync(new Pop3Entry(1, 20, "u0"), (byte[]?)null, default);
        Assert.Equal(1, await RunAsync(removes: true));
        Assert.Empty(_server.Messages);
        Assert.Single(Directory.GetFiles(Mail));
    }

    [Fact]
    public async Task What_was_not_read_is_not_marked()
    {
        Put(1);
        await using var mailbox = await Pop3Mailbox.OpenAsync(_server.Options, TimeProvider.System, default);
        var saver = new Pop3Saver(mailbox, EmlFolder.Open(Mail), state: null);
        var entry = Assert.Single(await mailbox.ListAsync(default));
        Assert.StartsWith("Message 1 was not read", Assert.Throws<InvalidOperationException>(() => saver.Mark(entry)).Message, StringComparison.Ordinal);
        Assert.False(saver.IsMarked(entry));
    }

    [Fact]
    public async Task A_maildrop_that_is_empty_for_once_makes_nothing_new()
    {
        Put(3);
        await RunAsync();
        var messages = _server.Messages;
        _server.Clear();
        Assert.Equal(0, await RunAsync());
        foreach (var message in messages)
            _server.Put(message.Uidl, Encoding.Latin1.GetString(message.Octets));
        Assert.Equal(0, await RunAsync());
        Assert.Equal(3, _server.Sent);
    }

    [Fact]
    public async Task Without_unique_ids_nothing_can_be_remembered_and_all_can_be_taken()
    {
        Put(3);
        _server.HasUidl = false;
        var error = await Assert.ThrowsAsync<MailSessionException>(() => RunAsync());
        Assert.StartsWith("localhost has no unique ids (UIDL)", error.Message, StringComparison.Ordinal);
        Assert.Equal(3, await RunAsync(removes: true, remembers: false));
        Assert.Empty(_server.Messages);
        Assert.Equal(["message-1.eml", "message-2.eml", "message-3.eml"], Directory.GetFiles(Mail).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("-ERR [IN-USE] Do you have another POP session running?", MailSessionFault.MailboxInUse, " The mailbox is open in another session: try again when that is over.")]
    [InlineData("-ERR [LOGIN-DELAY] minimum time between mail checks violation", MailSessionFault.ServerBusy, ". Try again later.")]
    [InlineData("-ERR [SYS/TEMP] too busy", MailSessionFault.ServerBusy, ". Try again later.")]
    [InlineData("-ERR [AUTH] wrong", MailSessionFault.AuthenticationFailed, "")]
    public async Task A_maildrop_that_is_not_opened_says_why(string refusal, MailSessionFault fault, string advice)
    {
        _server.Refusal = refusal;
        var error = await Assert.ThrowsAsync<MailSessionException>(() => RunAsync());
        Assert.Equal(fault, error.Fault);
        Assert.Equal($"localhost refused the login of john: {refusal}{advice}", error.Message);
    }

    [Fact]
    public async Task A_place_that_fails_keeps_what_was_saved_before()
    {
        Put(4);
        await using var state = await Pop3State.OpenAsync(_folder.Of("state"), Account, isReadOnly: false, TimeProvider.System, default);
        await using var mailbox = await Pop3Mailbox.OpenAsync(_server.Options, TimeProvider.System, default);
        var saver = new Pop3Saver(mailbox, new FullDisk(EmlFolder.Open(Mail), room: 2), state) { Removes = true };
        var entries = await mailbox.SelectAsync(null, state, default);
        var error = await Assert.ThrowsAsync<IOException>(() => saver.SaveAsync(entries, default).ToListAsync().AsTask());
        Assert.Equal("No room.", error.Message);
        Assert.Empty(await saver.EndAsync(default));
        Assert.Equal(["u2", "u3"], _server.Messages.Select(one => one.Uidl));
        Assert.Equal(2, Directory.GetFiles(Mail).Length);
    }

    [Fact]
    public async Task A_Maildir_gets_messages_durably_with_their_UIDs()
    {
        Put(3);
        await using var mailbox = await Pop3Mailbox.OpenAsync(_server.Options, TimeProvider.System, default);
        await using var target = await MaildirTarget.OpenAsync(Mail, "Archive/2026", default);
        var saved = await new Pop3Saver(mailbox, target, state: null).SaveAsync(await mailbox.ListAsync(default), default).ToListAsync();
        Assert.Equal([1u, 2u, 3u], saved.Select(one => one.MaildirUid!.Value));
        Assert.Equal(["0", "1", "2"], saved.Select(one => one.Subject));
        Assert.Equal(3, Directory.GetFiles(Path.Join(Mail, ".Archive.2026", "new")).Length);
    }

    private static Pop3Account Account => new("localhost", 110, "john");

    private void Put(int count)
    {
        for (var i = 0; i < count; i++)
            _server.Put($"u{i}", $"Subject: {i}\r\n\r\nbody\r\n");
    }

    // How many were saved.
    private async Task<int> RunAsync(bool removes = false, bool remembers = true, Func<long, ValueTask>? tell = null)
    {
        await using var state = remembers ? await Pop3State.OpenAsync(_folder.Of("state"), Account, isReadOnly: false, TimeProvider.System, default) : null;
        await using var mailbox = await Pop3Mailbox.OpenAsync(_server.Options, TimeProvider.System, default);
        var saver = new Pop3Saver(mailbox, EmlFolder.Open(Mail), state)
        {
            Removes = removes,
            Tell = tell,
            Refused = (entry, why) =>
            {
                _refused.Add($"{entry.Uidl}: {why.Message}");
                return ValueTask.CompletedTask;
            },
        };
        var saved = await saver.SaveAsync(await mailbox.SelectAsync(null, state, default), default).ToListAsync();
        if (removes)
            saved.AddRange(await saver.SaveAsync([.. (await mailbox.ListAsync(default)).Where(entry => state?.TimeOf(entry) is not null && !saver.IsMarked(entry))], default).ToListAsync());
        _refused.AddRange((await saver.EndAsync(default)).Select(one => $"{one.Key}: {one.Value.Message}"));
        return saved.Count;
    }

    private sealed class FullDisk(IMessageTarget target, int room) : IMessageTarget
    {
        private int _left = room;

        public ValueTask<IMessageInSaving> BeginAsync(Pop3Entry entry, CancellationToken cancel) =>
            _left-- > 0 ? target.BeginAsync(entry, cancel) : throw new IOException("No room.");

        public ValueTask DisposeAsync() => target.DisposeAsync();
    }
}
