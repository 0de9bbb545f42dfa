using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using MailOps.Server.Queue;
using MailOps.Server.Queue.Administration;
using MailOps.Server.Queue.Control;
using MailOps.Tests.Support;
using Xunit;

namespace MailOps.Server.Tests.Queue.Control;

/// <summary>Clients of the control socket that send what they should not, too much, half of it, or nothing, and those that read nothing.</summary>
public sealed class HostileClientTests : IAsyncDisposable
{
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(300);

    private readonly PrivateFolder _folder = new();
    private readonly ConcurrentQueue<Exception> _faults = [];
    private ControlServer? _server;

    private string SocketPath => Path.Join(_folder.Path, "control");

    [Theory]
    [InlineData("", "The request is not what version 1 of the protocol has: ")]
    [InlineData("\0\0\0\0", "The request is not what version 1 of the protocol has: ")]
    [InlineData("GET / HTTP/1.1", "The request is not what version 1 of the protocol has: ")]
    [InlineData("{", "The request is not what version 1 of the protocol has: ")]
    [InlineData("[]", "The request is not what version 1 of the protocol has: ")]
    [InlineData("null", "The request is empty.")]
    [InlineData("{}", "The request is not what version 1 of the protocol has: ")]
    [InlineData("""{"version":"1","verb":"queues"}""", "The request is not what version 1 of the protocol has: ")]
    [InlineData("""{"version":1,"verb":null}""", "The request is not what version 1 of the protocol has: ")]
    [InlineData("""{"version":1,"verb":"queues","filter":{"senders":null}}""", "The request is not what version 1 of the protocol has: ")]
    [InlineData("""{"version":1,"verb":"queues","filter":{"senders":[null]}}""", "A list of the filter has an item that is null.")]
    [InlineData("""{"version":1,"verb":"messages","after":"../../etc/passwd"}""", "'../../etc/passwd' is no id of a message that a list could go on behind.")]
    [InlineData("""{"version":1,"verb":"eject\u001b[2J"}""", "'eject?[2J' is nothing that can be asked, or lacks what it is about. There are queues, messages, change with order, content with id, and route with recipient.")]
    [InlineData("""{"version":1,"verb":"change"}""", "'change' is nothing that can be asked, or lacks what it is about.")]
    [InlineData("""{"version":1,"verb":"content"}""", "'content' is nothing that can be asked, or lacks what it is about.")]
    [InlineData("""{"version":1,"verb":"route"}""", "'route' is nothing that can be asked, or lacks what it is about.")]
    [InlineData("""{"version":1,"verb":"change","order":{"id":"1"}}""", "The request is not what version 1 of the protocol has: ")]
    [InlineData("""{"version":1,"verb":"change","order":{"action":"Explode","id":"1"}}""", "The request is not what version 1 of the protocol has: ")]
    [InlineData("""{"version":1,"verb":"change","order":{"action":99,"id":"1"}}""", "99 is nothing that can be done with a message. There are Suspend, Resume, Remove, RemoveWithReport, Move.")]
    [InlineData("""{"version":1,"verb":"change","order":{"action":"Remove","id":null}}""", "The request is not what version 1 of the protocol has: ")]
    public async Task What_is_no_request_is_told_so_and_nothing_is_done(string line, string error)
    {
        var queue = Listen(new FakeQueue());
        var reply = await AskAsync(Encoding.UTF8.GetBytes(line + "\n"));
        var told = reply.GetProperty("error");
        Assert.Equal("Invalid", told.GetProperty("fault").GetString());
        Assert.StartsWith(error, told.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.DoesNotContain(told.GetProperty("message").GetString()!, char.IsControl);
        Assert.Empty(queue.Orders);
        await IsWellAsync();
    }

    [Fact]
    public async Task Octets_that_are_no_text_and_depths_without_an_end_are_no_request()
    {
        Listen(new FakeQueue());
        foreach (var octets in new byte[][]
        {
            [.. "{\"version\":1,\"verb\":\""u8, 0xff, 0xfe, .. "\"}\n"u8],
            [.. Enumerable.Repeat((byte)'[', 200_000), (byte)'\n'],
            [.. "{\"version\":1,\"verb\":\"change\",\"order\":"u8, .. Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("{\"a\":", 10_000))), (byte)'\n'],
            Noise(7, 5000),
        })
        {
            Assert.Equal("Invalid", (await AskAsync(octets)).GetProperty("error").GetProperty("fault").GetString());
        }

        await IsWellAsync();
    }

    [Fact]
    public async Task Another_version_is_told_which_is_spoken()
    {
        Listen(new FakeQueue());
        var error = (await AskAsync("{\"version\":2,\"verb\":\"queues\"}\n"u8.ToArray())).GetProperty("error");
        Assert.Equal(("OtherVersion", 1), (error.GetProperty("fault").GetString(), error.GetProperty("version").GetInt32()));
        Assert.Contains("was asked in version 2. Use the version of MailOps that the server runs.", error.GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_line_that_does_not_end_is_read_to_its_limit_and_no_further()
    {
        Listen(new FakeQueue());
        using var client = await ConnectAsync();
        var sent = 0L;
        try
        {
            var piece = Enumerable.Repeat((byte)'x', 64 * 1024).ToArray();
            for (; sent < 64 << 20; sent += piece.Length)
                await client.SendAsync(piece);
        }
        catch (SocketException)
        {
            // It is closed on us.
        }

        Assert.True(sent < 8 << 20, $"{sent} octets were taken.");
        await IsWellAsync();
        var (many, error) = (string.Join(',', Enumerable.Repeat("\"1\"", 1001)), "");
        error = (await AskAsync(Encoding.ASCII.GetBytes($"{{\"version\":1,\"verb\":\"messages\",\"filter\":{{\"ids\":[{many}]}}}}\n"))).GetProperty("error").GetProperty("message").GetString();
        Assert.Equal("A request may name 1000 ids, and this one names 1001. Ask for the rest with another.", error);
        error = (await AskAsync([.. Enumerable.Repeat((byte)' ', ControlText.LongestRequest + 1), (byte)'\n'])).GetProperty("error").GetProperty("message").GetString();
        Assert.Equal("The request is longer than 262144 octets, or has no end of line.", error);
    }

    [Fact]
    public async Task Half_a_request_is_none_however_its_client_goes()
    {
        var queue = Listen(new FakeQueue());
        var request = """{"version":1,"verb":"change","order":{"action":"Remove","id":"0000000000001"}}"""u8.ToArray();
        using (var client = await ConnectAsync())
        {
            await client.SendAsync(request);
            client.Shutdown(SocketShutdown.Send);
            Assert.Empty(await ReadAllAsync(client));
        }

        for (var length = 0; length < request.Length; length += 7)
        {
            using var client = await ConnectAsync();
            await client.SendAsync(request.AsMemory(0, length));
        }

        await IsWellAsync();
        Assert.Empty(queue.Orders);
        // The whole of it is done.
        Assert.Equal("Done", (await AskAsync([.. request, (byte)'\n'])).GetProperty("done").GetProperty("change").GetString());
        Assert.Single(queue.Orders);
    }

    [Fact]
    public async Task Who_sends_an_octet_now_and_then_is_left_and_who_reads_nothing_as_well()
    {
        Listen(new FakeQueue { Queues = 20_000 }, Short);
        using var slow = await ConnectAsync();
        await Assert.ThrowsAnyAsync<Exception>(async () =>
        {
            // Ten minutes at the most, which is never reached.
            for (var i = 0; i < 6000; i++)
            {
                await slow.SendAsync(" "u8.ToArray());
                await Task.Delay(100);
            }
        });

        using var deaf = await ConnectAsync();
        await deaf.SendAsync("{\"version\":1,\"verb\":\"queues\"}\n"u8.ToArray());
        await Task.Delay(4 * Short);
        // What lay in the socket is read, and then the end: not the rest of four megabytes.
        var text = Encoding.UTF8.GetString(await ReadAllAsync(deaf));
        Assert.StartsWith("{\"queue\":", text, StringComparison.Ordinal);
        Assert.DoesNotContain("\"done\"", text, StringComparison.Ordinal);
        await IsWellAsync();
    }

    [Fact]
    public async Task Hundreds_that_do_nothing_take_all_places_and_who_asks_is_answered_when_they_are_left()
    {
        Listen(new FakeQueue(), Short);
        var idle = new List<Socket>();
        for (var i = 0; i < 150; i++)
            idle.Add(await ConnectAsync());
        await IsWellAsync();
        idle.ForEach(one => one.Dispose());
    }

    [Fact]
    public async Task Many_at_once_are_all_answered()
    {
        // On a machine that does much else they read slowly.
        Listen(new FakeQueue { Queues = 500 }, TimeSpan.FromMinutes(5));
        var pages = await Task.WhenAll(Enumerable.Range(0, 300).Select(_ => Task.Run(async () =>
            await new ControlClient(await ConnectAsync()).GetQueuesAsync(QueueFilter.All, null, CancellationToken.None))));
        Assert.All(pages, page => Assert.Equal(500, page.Items.Count));
        Assert.Empty(_faults);
    }

    [Fact]
    public async Task Clients_that_are_gone_in_the_middle_of_an_answer_cost_nothing()
    {
        Listen(new FakeQueue { Queues = 20_000, Content = new byte[8 << 20] });
        for (var i = 0; i < 100; i++)
        {
            using var client = await ConnectAsync();
            await client.SendAsync(Encoding.ASCII.GetBytes($"{{\"version\":1,\"verb\":\"{(i % 2 == 0 ? "queues" : "content")}\",\"id\":\"1\"}}\n"));
            Assert.True(await client.ReceiveAsync(new byte[100]) > 0);
        }

        await IsWellAsync();
    }

    [Fact]
    public async Task What_was_begun_is_done_although_its_client_is_gone_and_the_end_waits_for_it()
    {
        var gate = new TaskCompletionSource();
        var queue = Listen(new FakeQueue { Gate = gate.Task });
        using (var client = await ConnectAsync())
        {
            await client.SendAsync("{\"version\":1,\"verb\":\"change\",\"order\":{\"action\":\"Suspend\",\"id\":\"1\"}}\n"u8.ToArray());
            await QueueFixture.UntilAsync(() => !queue.Orders.IsEmpty, "the order");
        }

        var end = _server!.DisposeAsync().AsTask();
        _server = null;
        await Task.Delay(100);
        Assert.False(end.IsCompleted);
        gate.SetResult();
        await end;
        Assert.False(File.Exists(SocketPath));
        Assert.Empty(_faults);
    }

    [Theory]
    [InlineData("", QueueAccessFault.Lost, "The server that has the queue ended before it answered.")]
    [InlineData("{\"queue\":{", QueueAccessFault.Lost, "The server that has the queue ended before it answered.")]
    [InlineData("{}\n", QueueAccessFault.OtherVersion, "The server that has the queue answered what this version of MailOps does not understand. Use the version of MailOps that the server runs.")]
    [InlineData("hello\n", QueueAccessFault.OtherVersion, "The server that has the queue answered what this version of MailOps does not understand. Use the version of MailOps that the server runs.")]
    [InlineData("null\n", QueueAccessFault.OtherVersion, "The server that has the queue answered what this version of MailOps does not understand. Use the version of MailOps that the server runs.")]
    [InlineData("{\"error\":{\"fault\":\"Failed\",\"message\":\"The disk is full.\",\"version\":1}}\n", QueueAccessFault.Failed, "The disk is full.")]
    public async Task A_server_that_ends_or_answers_nonsense_is_named(string answer, QueueAccessFault fault, string message)
    {
        using var listener = ControlSocket.Listen(SocketPath);
        var serving = Task.Run(async () =>
        {
            using var one = await listener.AcceptAsync();
            await one.ReceiveAsync(new byte[1000]);
            await one.SendAsync(Encoding.ASCII.GetBytes(answer));
        });
        var thrown = await Assert.ThrowsAsync<QueueAccessException>(async () => await new ControlClient(await ConnectAsync()).GetQueuesAsync(QueueFilter.All, null, CancellationToken.None));
        Assert.Equal((fault, message), (thrown.Fault, thrown.Message));
        await serving;
    }

    [Fact]
    public async Task A_copy_that_breaks_off_is_no_message()
    {
        using var listener = ControlSocket.Listen(SocketPath);
        var serving = Task.Run(async () =>
        {
            using var one = await listener.AcceptAsync();
            await one.ReceiveAsync(new byte[1000]);
            await one.SendAsync("{\"content\":{\"envelope\":\"{}\",\"size\":1000}}\nonly this"u8.ToArray());
        });
        await using var message = await new ControlClient(await ConnectAsync()).OpenMessageAsync("1", CancellationToken.None);
        using var copy = new MemoryStream();
        var thrown = await Assert.ThrowsAsync<QueueAccessException>(() => message!.CopyToAsync(copy, CancellationToken.None));
        Assert.Equal(QueueAccessFault.Lost, thrown.Fault);
        Assert.Equal("only this", Encoding.ASCII.GetString(copy.ToArray()));
        await serving;
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
            await _server.DisposeAsync();
        _folder.Dispose();
    }

    private FakeQueue Listen(FakeQueue queue, TimeSpan? patience = null)
    {
        _server = new ControlServer(SocketPath, queue, _faults.Enqueue, patience);
        return queue;
    }

    private static byte[] Noise(int seed, int length)
    {
        var octets = new byte[length];
        new Random(seed).NextBytes(octets);
        return [.. octets.Where(octet => octet != '\n'), (byte)'\n'];
    }

    private async Task<Socket> ConnectAsync() => await ControlSocket.TryConnectAsync(SocketPath, CancellationToken.None) ?? throw new InvalidOperationException("Nobody listens.");

    // The one line that is answered.
    private async Task<JsonElement> AskAsync(byte[] request)
    {
        using var client = await ConnectAsync();
        await client.SendAsync(request);
        return JsonDocument.Parse(Encoding.UTF8.GetString(await ReadAllAsync(client))).RootElement;
    }

    private static async Task<byte[]> ReadAllAsync(Socket client)
    {
        using var all = new MemoryStream();
        var piece = new byte[64 * 1024];
        try
        {
            while (await client.ReceiveAsync(piece) is > 0 and var count)
                all.Write(piece, 0, count);
        }
        catch (SocketException)
        {
            // Closed with something unread.
        }

        return all.ToArray();
    }

    // Whoever came before, the next is answered, and nothing broke.
    private async Task IsWellAsync()
    {
        var page = await new ControlClient(await ConnectAsync()).GetMessagesAsync(QueueFilter.All, null, CancellationToken.None);
        Assert.Empty(page.Items);
        Assert.Empty(_faults);
    }
}
