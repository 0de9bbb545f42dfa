using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using MailOps.Maildir;
using MailOps.Server.Hosting;
using MailOps.Server.Queue;
using MailOps.Server.Queue.Administration;
using MailOps.Server.Queue.Control;
using Xunit;

namespace MailOps.Server.Tests.Queue.Control;

/// <summary>The queue of a store: the same, whether a server has it or nobody.</summary>
public sealed class StoreQueueTests : IAsyncDisposable
{
    private readonly QueueStore _store = new();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Messages_are_listed_by_arrival_and_found_by_all_that_they_are_asked_for(bool isServed)
    {
        var ids = await _store.FillAsync(("ann@a.example", ["bob@b.example", "bill@c.example"]), ("", ["carl@c.example"]), ("eve@a.example", ["dora@sub.b.example"]));
        await ServeAsync(isServed);
        var all = await _store.MessagesAsync();
        Assert.Equal(ids, all.Select(message => message.Id));
        Assert.Equal(("ann@a.example", "ann@a.example", "<0@a>", "ann@example.com", 2), (all[0].FromAddress, all[0].Subject, all[0].InternetMessageId, all[0].Login, all[0].Recipient.Length));
        Assert.All(all, message => Assert.True(message is { ServerId: null, StorePath: null, Route: null, Priority: 0, Size: > 20 }));
        Assert.Equal([ids[0], ids[2]], await IdsAsync(new QueueFilter { Senders = ["*@A.example"] }));
        Assert.Equal([ids[1]], await IdsAsync(new QueueFilter { Senders = [""] }));
        Assert.Equal([ids[0], ids[1]], await IdsAsync(new QueueFilter { Recipients = ["carl@*", "b?b@*"] }));
        Assert.Equal([ids[1], ids[2]], await IdsAsync(new QueueFilter { Ids = [ids[2], "nonsense", ids[1].ToLowerInvariant(), "0000000000000"] }));
        Assert.Equal(isServed ? [] : [ids[0], ids[1]], await IdsAsync(new QueueFilter { NextHops = ["c.*"] }));
        Assert.Equal(isServed ? ids : [], await IdsAsync(new QueueFilter { NextHops = ["[127.0.0.1]:9"] }));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Destinations_are_listed(bool isServed)
    {
        var ids = await _store.FillAsync(("ann@a.example", ["bob@b.example", "bill@c.example"]), ("eve@a.example", ["carl@c.example"]));
        await ServeAsync(isServed);
        await _store.ChangeAsync(QueueAction.Suspend, ids[1]);
        if (isServed)
        {
            await QueueFixture.UntilAsync(async () => (await QueuesAsync()) is [{ Status: "Retry", LastError: not null, Connections: 0 }], "a back-off");
            var state = Assert.Single(await QueuesAsync());
            Assert.Equal(("[127.0.0.1]:9", @"\[127.0.0.1]:9", 2, 1), (state.NextHopDomain, state.Identity, state.MessageCount, state.SuspendedCount));
            Assert.StartsWith("451 4.4.1 ", state.LastError, StringComparison.Ordinal);
            return;
        }

        var queues = await QueuesAsync();
        Assert.Equal([("b.example", 1, 0, "Retry"), ("c.example", 2, 1, "Retry")], queues.Select(queue => (queue.NextHopDomain, queue.MessageCount, queue.SuspendedCount, queue.Status == "Ready" ? "Retry" : queue.Status)));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Messages_are_changed_and_it_lasts(bool isServed)
    {
        var ids = await _store.FillAsync(("ann@a.example", ["bob@b.example"]), ("eve@a.example", ["carl@c.example"]));
        await ServeAsync(isServed);
        Assert.Equal(QueueChange.Done, await _store.ChangeAsync(QueueAction.Suspend, ids[0]));
        Assert.Equal(QueueChange.Unchanged, await _store.ChangeAsync(QueueAction.Suspend, ids[0].ToLowerInvariant()));
        Assert.EndsWith(",N=b.example,H", _store.Files()[0], StringComparison.Ordinal);
        Assert.Equal(QueueChange.Done, await EventuallyAsync(QueueAction.Move, ids[0], "[127.0.0.1]:0010"));
        Assert.Equal(QueueChange.Unchanged, await _store.ChangeAsync(QueueAction.Move, ids[0], "[127.0.0.1]:10"));
        Assert.Equal(QueueChange.Done, await EventuallyAsync(QueueAction.Remove, ids[1]));
        Assert.Equal(QueueChange.NotFound, await _store.ChangeAsync(QueueAction.Remove, ids[1]));
        Assert.Equal(QueueChange.NotFound, await _store.ChangeAsync(QueueAction.Resume, "../lock"));
        var left = Assert.Single(await _store.MessagesAsync());
        Assert.Equal((ids[0], "Suspended", "[127.0.0.1]:10"), (left.Id, left.Status, left.Route));

        await _store.StopAsync();
        await _store.StartAsync();
        left = Assert.Single(await _store.MessagesAsync());
        Assert.Equal((ids[0], "Suspended", "[127.0.0.1]:10"), (left.Id, left.Status, Assert.Single(left.NextHopDomain)));
        Assert.Equal(QueueChange.Done, await _store.ChangeAsync(QueueAction.Move, ids[0]));
        Assert.Equal(QueueChange.Done, await _store.ChangeAsync(QueueAction.Resume, ids[0]));
        Assert.Null(Assert.Single(await _store.MessagesAsync()).Route);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_makes_no_sense_is_refused_with_what_to_write(bool isServed)
    {
        var ids = await _store.FillAsync(("ann@a.example", ["bob@b.example"]));
        await ServeAsync(isServed);
        var thrown = await Assert.ThrowsAsync<QueueAccessException>(() => _store.ChangeAsync(QueueAction.Move, ids[0], "192.0.2.1"));
        Assert.Equal((QueueAccessFault.Invalid, "'192.0.2.1' is an address: write it in brackets, [192.0.2.1]."), (thrown.Fault, thrown.Message));
        thrown = await Assert.ThrowsAsync<QueueAccessException>(() => _store.Access.GetMessagesAsync(QueueFilter.All, "x", CancellationToken.None));
        Assert.Equal((QueueAccessFault.Invalid, "'x' is no id of a message that a list could go on behind."), (thrown.Fault, thrown.Message));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_message_that_is_removed_with_a_report_is_told_by_the_server_at_once_or_when_it_starts(bool isServed)
    {
        await File.WriteAllTextAsync(Path.Join(_store.Path, "users"), "ann@example.com:{PLAIN}secret\n");
        var ids = await _store.FillAsync(("ann@example.com", ["bob@b.example", "carl@c.example"]), ("", ["dora@d.example"]));
        await ServeAsync(isServed);
        Assert.Equal(QueueChange.Done, await EventuallyAsync(QueueAction.RemoveWithReport, ids[0]));
        Assert.Equal(QueueChange.Done, await EventuallyAsync(QueueAction.RemoveWithReport, ids[1]));
        Assert.Empty(await _store.MessagesAsync());
        Assert.Empty((await _store.Access.GetQueuesAsync(QueueFilter.All, null, CancellationToken.None)).Items);
        if (!isServed)
        {
            Assert.Equal(QueueChange.Unchanged, await _store.ChangeAsync(QueueAction.RemoveWithReport, ids[0]));
            Assert.Single(_store.Files());
            await _store.StartAsync();
        }

        Assert.Empty(_store.Files());
        var report = await File.ReadAllTextAsync(Assert.Single(Directory.GetFiles(Path.Join(_store.Path, "mail", "example.com", "ann", "new"))));
        Assert.Contains("Reporting-MTA: dns; mx.example.com", report, StringComparison.Ordinal);
        Assert.Contains("removed from the queue by the", report, StringComparison.Ordinal);
        Assert.Contains("carl@c.example", report, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false, 10)]
    [InlineData(true, 10)]
    [InlineData(true, 300_000)]
    public async Task A_message_is_copied_as_it_would_be_sent_with_its_envelope(bool isServed, int length)
    {
        await _store.FillAsync();
        string id;
        var text = $"Subject: x\r\n\r\n.{new string('x', length)}\r\nlast";
        await using (var spool = await SpoolFixture.OpenAsync(_store.Path, new MailOps.Maildir.Disk.LinuxDisk()))
            id = (await spool.AddAsync(text, SpoolFixture.Envelope("bob@b.example"))).Id.ToString();
        await ServeAsync(isServed);
        await using (var message = await _store.Access.OpenMessageAsync(id, CancellationToken.None))
        {
            using var copy = new MemoryStream();
            await message!.CopyToAsync(copy, CancellationToken.None);
            Assert.Equal(text, Encoding.UTF8.GetString(copy.ToArray()));
            var envelope = JsonDocument.Parse(message.Envelope).RootElement;
            Assert.Equal((id, "sender@a.example", text.Length), (envelope.GetProperty("id").GetString(), envelope.GetProperty("sender").GetString(), envelope.GetProperty("size").GetInt32()));
            var recipient = Assert.Single(envelope.GetProperty("recipients").EnumerateArray());
            Assert.Equal(("bob@b.example", "Waiting"), (recipient.GetProperty("address").GetString(), recipient.GetProperty("state").GetString()));
        }

        Assert.Null(await _store.Access.OpenMessageAsync("0000000000000", CancellationToken.None));
    }

    [Fact]
    public async Task Where_no_queue_is_that_is_said_and_none_is_made()
    {
        var thrown = await Assert.ThrowsAsync<QueueAccessException>(() => _store.MessagesAsync());
        Assert.Equal(QueueAccessFault.NoQueue, thrown.Fault);
        Assert.Contains("was started with -Outbound", thrown.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_store.QueuePath));
    }

    [Fact]
    public async Task A_server_that_starts_waits_for_who_works_on_the_queue_and_a_list_goes_on_whoever_has_it()
    {
        var ids = await _store.FillAsync([.. Enumerable.Range(0, 1500).Select(i => ($"s{i}@a.example", new[] { "bob@b.example" }))]);
        var first = await _store.Access.GetMessagesAsync(QueueFilter.All, null, CancellationToken.None);
        Assert.Equal(1000, first.Items.Count);
        await _store.StartAsync();
        var second = await _store.Access.GetMessagesAsync(QueueFilter.All, first.After, CancellationToken.None);
        Assert.Equal(ids, first.Items.Concat(second.Items).Select(message => message.Id));
        Assert.Null(second.After);
        await _store.StopAsync();
        Assert.Equal(1500, (await _store.MessagesAsync()).Count);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Another_user_is_told_whom_to_be(bool isServed)
    {
        if (OperatingSystem.IsWindows())
            return;
        await _store.FillAsync(("ann@a.example", ["bob@b.example"]));
        await ServeAsync(isServed);
        Task asked;
        // Root becomes nobody while it connects; anybody else shuts himself out.
        if (Environment.IsPrivilegedProcess)
        {
            using var nobody = new MailOps.Maildir.Disk.OwnersPlace((65534, 65534));
            asked = _store.Access.GetQueuesAsync(QueueFilter.All, null, CancellationToken.None);
        }
        else
        {
            var mode = File.GetUnixFileMode(_store.QueuePath);
            File.SetUnixFileMode(_store.QueuePath, UnixFileMode.None);
            asked = _store.Access.GetQueuesAsync(QueueFilter.All, null, CancellationToken.None);
            File.SetUnixFileMode(_store.QueuePath, mode);
        }

        var thrown = await Assert.ThrowsAsync<QueueAccessException>(() => asked);
        Assert.Equal(QueueAccessFault.NotPermitted, thrown.Fault);
        Assert.Equal($"This user may not look into the queue '{_store.QueuePath}', or ask the server that has it. Be the user that the server runs as.", thrown.Message);
    }

    [Fact]
    public async Task A_server_that_is_killed_in_the_middle_of_a_list_is_asked_no_more_and_a_change_is_not_made_twice()
    {
        var ids = await _store.FillAsync(("ann@a.example", ["bob@b.example"]));
        using (var listener = ControlSocket.Listen(_store.Socket))
        {
            var order = _store.ChangeAsync(QueueAction.Remove, ids[0]);
            await BreakOffAsync(listener);
            Assert.Equal(QueueAccessFault.Lost, (await Assert.ThrowsAsync<QueueAccessException>(() => order)).Fault);

            var list = _store.MessagesAsync();
            await BreakOffAsync(listener);
            listener.Dispose();
            Assert.Equal(ids, (await list).Select(message => message.Id));
        }

        static async Task BreakOffAsync(System.Net.Sockets.Socket listener)
        {
            using var one = await listener.AcceptAsync();
            await one.ReceiveAsync(new byte[1000]);
            await one.SendAsync("{\"message\":{\"id\":"u8.ToArray());
        }
    }

    [Fact]
    public async Task More_ids_than_one_request_takes_are_asked_for_in_several()
    {
        var ids = await _store.FillAsync([.. Enumerable.Range(0, 5).Select(i => ($"s{i}@a.example", new[] { "bob@b.example" }))]);
        await _store.StartAsync();
        var many = ids.Concat(Enumerable.Range(0, 4000).Select(i => new QueueId((ulong)i * 1_000_000_000_000 + 1).ToString())).ToList();
        Assert.Equal(ids, (await _store.MessagesAsync(new QueueFilter { Ids = many })).Select(message => message.Id));
    }

    [Fact]
    public async Task Another_process_that_has_the_queue_and_does_not_answer_is_named()
    {
        await _store.FillAsync(("ann@a.example", ["bob@b.example"]));
        await using var spool = await SpoolFixture.OpenAsync(_store.Path, new MailOps.Maildir.Disk.LinuxDisk());
        await using var queue = new StoreQueue(_store.Path) { MostWait = TimeSpan.Zero };
        var thrown = await Assert.ThrowsAsync<QueueAccessException>(() => queue.GetQueuesAsync(QueueFilter.All, null, CancellationToken.None));
        Assert.Equal(QueueAccessFault.Busy, thrown.Fault);
        Assert.Contains("Another process has the queue", thrown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_is_still_told_at_once_that_another_has_the_queue()
    {
        await _store.StartAsync();
        var thrown = await Assert.ThrowsAsync<MailServerException>(() => MailServer.StartAsync(_store.Server!.Options));
        Assert.Contains("belongs to another server", thrown.Message, StringComparison.Ordinal);
        Assert.Empty(await _store.MessagesAsync());
    }

    [Fact]
    public async Task A_path_that_is_longer_than_a_socket_may_have_does_as_well()
    {
        await using var store = new QueueStore(Path.Join(new string('x', 200), new string('y', 200)));
        var ids = await store.FillAsync(("ann@a.example", ["bob@b.example"]));
        await store.StartAsync();
        Assert.Equal(ids, (await store.MessagesAsync()).Select(message => message.Id));
        Assert.Equal("[127.0.0.1]:9", Assert.Single(Assert.Single(await store.MessagesAsync()).NextHopDomain));
        Assert.True(File.Exists(store.Socket));
        await store.StopAsync();
        Assert.False(File.Exists(store.Socket));
    }

    [Fact]
    public async Task The_socket_is_its_owners_alone_and_goes_with_the_queue()
    {
        await _store.FillAsync();
        await _store.StartAsync();
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_store.Socket));
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(_store.QueuePath));
        }

        await _store.StopAsync();
        Assert.False(File.Exists(_store.Socket));
    }

    [Fact]
    public async Task A_socket_that_a_kill_left_is_nobodys_and_what_is_no_socket_is_left_alone()
    {
        var ids = await _store.FillAsync(("ann@a.example", ["bob@b.example"]));
        using (var dead = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            dead.Bind(new UnixDomainSocketEndPoint(_store.Socket + "2"));
            File.Move(_store.Socket + "2", _store.Socket);
        }

        Assert.Equal(ids, (await _store.MessagesAsync()).Select(message => message.Id));
        await _store.StartAsync();
        Assert.Equal("[127.0.0.1]:9", Assert.Single(Assert.Single(await _store.MessagesAsync()).NextHopDomain));
        await _store.StopAsync();

        await File.WriteAllTextAsync(_store.Socket, "somebody's notes");
        await _store.StartAsync();
        Assert.Equal(1, (await _store.Server!.Queue!.GetQueuesAsync(QueueFilter.All, null, CancellationToken.None)).Items[0].MessageCount);
        Assert.Equal("somebody's notes", await File.ReadAllTextAsync(_store.Socket));
    }

    public ValueTask DisposeAsync() => _store.DisposeAsync();

    private async Task ServeAsync(bool isServed)
    {
        if (isServed)
            await _store.StartAsync();
    }

    private async Task<IEnumerable<string>> IdsAsync(QueueFilter filter) => (await _store.MessagesAsync(filter)).Select(message => message.Id);

    private async Task<IReadOnlyList<MailQueueInfo>> QueuesAsync() => (await _store.Access.GetQueuesAsync(QueueFilter.All, null, CancellationToken.None)).Items;

    // A message whose destination is being tried is under way for a moment.
    private async Task<QueueChange> EventuallyAsync(QueueAction action, string id, string? route = null)
    {
        var change = QueueChange.UnderWay;
        await QueueFixture.UntilAsync(async () => (change = await _store.ChangeAsync(action, id, route)) is not QueueChange.UnderWay, "the end of the try");
        return change;
    }
}
