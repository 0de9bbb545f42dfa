using System.Net;
using MailOps.Server.Connections;
using MailOps.Server.Hosting;
using MailOps.Tests.Support;
using MailOps.Wire;
using Xunit;

namespace MailOps.Server.Tests.Support;

/// <summary>A whole server on free loopback ports over a store of its own.</summary>
internal sealed class TestServer : IAsyncDisposable
{
    private readonly List<ServerEvent> _events = [];

    private TestServer(MailServer server, string storePath)
    {
        Server = server;
        StorePath = storePath;
        server.Events.Subscribe(happened =>
        {
            lock (_events)
                _events.Add(happened);
        });
    }

    public MailServer Server { get; }

    public string StorePath { get; }

    /// <summary>What happened so far.</summary>
    public IReadOnlyList<ServerEvent> Events
    {
        get
        {
            Assert.True(Server.Events.FlushAsync().Wait(TimeSpan.FromMinutes(1)), "A listener of the events hangs.");
            lock (_events)
                return [.. _events];
        }
    }

    /// <summary>Starts a server with every endpoint. It captures unless <paramref name="configure"/> says otherwise.</summary>
    public static async Task<TestServer> StartAsync(Func<MailServerOptions, MailServerOptions>? configure = null)
    {
        var path = Path.Combine(Path.GetTempPath(), $"mailops-test-{Guid.NewGuid():N}");
        var options = new MailServerOptions
        {
            StorePath = path,
            HostName = "mx.example.com",
            Domains = ["example.com"],
            Capture = true,
            Endpoints =
            [
                At(MailProtocol.Smtp, TlsMode.StartTls),
                At(MailProtocol.Submission, TlsMode.StartTls),
                At(MailProtocol.Submission, TlsMode.Implicit),
                At(MailProtocol.Lmtp, TlsMode.StartTls),
                At(MailProtocol.Pop3, TlsMode.StartTls),
                At(MailProtocol.Pop3, TlsMode.Implicit),
                At(MailProtocol.Imap, TlsMode.StartTls),
                At(MailProtocol.Imap, TlsMode.Implicit),
            ],
        };
        return new TestServer(await MailServer.StartAsync(configure?.Invoke(options) ?? options), path);
    }

    public int Port(MailProtocol protocol, TlsMode tls = TlsMode.StartTls) =>
        Server.Endpoints.First(one => one.Protocol == protocol && one.Tls == tls).Port;

    public Task<LineClient> ConnectAsync(MailProtocol protocol, TlsMode tls = TlsMode.StartTls) => LineClient.ConnectAsync(Port(protocol, tls));

    /// <summary>The message files in an account's INBOX, complete ones only.</summary>
    public IReadOnlyList<string> InboxFiles(string account)
    {
        var at = account.IndexOf('@', StringComparison.Ordinal);
        var inbox = Path.Combine(StorePath, "mail", account[(at + 1)..], account[..at]);
        return [.. new[] { "new", "cur" }.Select(folder => Path.Combine(inbox, folder)).Where(Directory.Exists).SelectMany(folder => Directory.GetFiles(folder)).Order(StringComparer.Ordinal)];
    }

    /// <summary>Waits until an event of a type has come.</summary>
    public async Task<TEvent> WaitForAsync<TEvent>(Func<TEvent, bool>? matches = null)
        where TEvent : ServerEvent
    {
        TEvent? found = null;
        await Waiting.UntilAsync(() => (found = Events.OfType<TEvent>().FirstOrDefault(one => matches?.Invoke(one) ?? true)) is not null, () => $"No {typeof(TEvent).Name} came that is meant.");
        return found!;
    }

    /// <summary>Waits until so many connections are closed, and returns how they were.</summary>
    public async Task<List<ConnectionClosed>> ClosedAsync(int count)
    {
        List<ConnectionClosed> closed = [];
        await Waiting.UntilAsync(() => (closed = [.. Events.OfType<ConnectionClosed>()]).Count >= count, () => $"{closed.Count} of {count} connections are closed.");
        return closed;
    }

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        if (Directory.Exists(StorePath))
            Directory.Delete(StorePath, recursive: true);
    }

    private static MailEndpoint At(MailProtocol protocol, TlsMode tls) => new(protocol, tls, IPAddress.Loopback, 0);
}
