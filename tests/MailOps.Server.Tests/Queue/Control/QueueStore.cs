using MailOps.Maildir;
using MailOps.Maildir.Disk;
using MailOps.Server.Queue;
using MailOps.Server.Queue.Administration;
using MailOps.Server.Queue.Control;
using MailOps.Server.Queue.Routing;
using MailOps.Server.Queue.Spooling;
using MailOps.Server.Hosting;
using MailOps.Server.Tracking;
using MailOps.Tests.Support;
using MailOps.Wire;
using System.Net;

namespace MailOps.Server.Tests.Queue.Control;

/// <summary>A store whose queue is filled while nobody has it, and that a server may take.</summary>
internal sealed class QueueStore : IAsyncDisposable
{
    private readonly PrivateFolder _folder = new();

    public QueueStore(string? name = null)
    {
        Path = name is null ? _folder.Path : _folder.Of(name);
        Directory.CreateDirectory(Path);
        Access = new StoreQueue(Path) { Tell = async happened => Problem = await MailTrackingWriter.WriteAsync(Path, happened) };
    }

    public string Path { get; }

    /// <summary>Why what was done is not in the tracking log, or null.</summary>
    public string? Problem { get; private set; }

    public string QueuePath => System.IO.Path.Join(Path, "queue");

    public string Socket => ControlSocket.PathIn(QueuePath);

    /// <summary>The queue, whoever has it.</summary>
    public StoreQueue Access { get; }

    public MailServer? Server { get; private set; }

    /// <summary>Makes messages durable, in a queue that nobody has then.</summary>
    /// <returns>Their ids, in order.</returns>
    public async Task<string[]> FillAsync(params (string Sender, string[] Recipients)[] messages)
    {
        await Access.DisposeAsync();
        await using var spool = await SpoolFixture.OpenAsync(Path, OperatingSystem.IsLinux() ? new LinuxDisk() : new PortableDisk());
        var ids = new List<string>();
        foreach (var (sender, recipients) in messages)
            ids.Add((await spool.AddAsync($"Subject: {sender}\r\nMessage-ID: <{ids.Count}@a>\r\n\r\n.body\r\n", SpoolFixture.Envelope(recipients) with { Sender = sender, Login = "ann@example.com" })).Id.ToString());
        return [.. ids];
    }

    /// <summary>The names of the files in the queue.</summary>
    public string[] Files() => [.. SpoolName.Shards.SelectMany(shard => Directory.GetFiles(System.IO.Path.Join(QueuePath, shard))).Select(file => System.IO.Path.GetFileName(file)).Order(StringComparer.Ordinal)];

    /// <summary>Starts a server on it, all of whose mail goes where nobody listens.</summary>
    public async Task<MailServer> StartAsync(Func<OutboundOptions, OutboundOptions>? outbound = null)
    {
        var options = new OutboundOptions { Enabled = true, SmartHost = QueueFixture.Nowhere };
        return Server = await MailServer.StartAsync(new MailServerOptions
        {
            StorePath = Path,
            HostName = "mx.example.com",
            Domains = ["example.com"],
            Endpoints = [new MailEndpoint(MailProtocol.Submission, TlsMode.StartTls, IPAddress.Loopback, 0)],
            Outbound = outbound?.Invoke(options) ?? options,
        });
    }

    public async Task StopAsync()
    {
        if (Server is not null)
            await Server.DisposeAsync();
        Server = null;
    }

    /// <summary>All pages of messages.</summary>
    public Task<List<MailQueueMessage>> MessagesAsync(QueueFilter? filter = null) => MessagesAsync(Access, filter);

    /// <inheritdoc cref="MessagesAsync(QueueFilter?)"/>
    public static async Task<List<MailQueueMessage>> MessagesAsync(IQueueAccess access, QueueFilter? filter)
    {
        var all = new List<MailQueueMessage>();
        string? after = null;
        do
        {
            var page = await access.GetMessagesAsync(filter ?? QueueFilter.All, after, CancellationToken.None);
            all.AddRange(page.Items);
            after = page.After;
        }
        while (after is not null);
        return all;
    }

    public async Task<QueueChange> ChangeAsync(QueueAction action, string id, string? route = null) =>
        await Access.ChangeAsync(new QueueOrder(action, id) { Route = route }, CancellationToken.None);

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        await Access.DisposeAsync();
        _folder.Dispose();
    }
}
