using System.Collections.Concurrent;
using System.Net;
using System.Text;
using MailOps.Maildir;
using MailOps.Sasl;
using MailOps.Server.Accounts;
using MailOps.Server.Accounts.Addresses;
using MailOps.Server.Connections;
using MailOps.Server.Imap;
using MailOps.Tests.Support;
using Xunit;

namespace MailOps.Server.Tests.Imap;

/// <summary>An IMAP server on a loopback socket, with a store in memory and the accounts john and jane, whose password is <c>summersun</c>.</summary>
internal sealed class ImapServer : IAsyncDisposable
{
    public const string John = "john@example.com";

    private readonly ServerTls _tls;
    private readonly ServerEvents _events = new();
    private readonly ConcurrentQueue<ServerEvent> _heard = new();
    private readonly ConnectionPool _pool;
    private readonly Listener _listener;

    public ImapServer(bool allowPlaintext = true, ImapOptions? options = null, IMailStore? store = null, TimeProvider? clock = null, bool secured = false)
    {
        clock ??= TimeProvider.System;
        _events.Subscribe(_heard.Enqueue);
        _tls = new ServerTls(TestCertificate.Localhost);
        _pool = new ConnectionPool(new ConnectionLimits(), _tls, _events, clock);
        var authentication = new Authentication(new Directory(), new AuthenticationOptions { AllowPlaintextLogin = allowPlaintext, FailureDelay = TimeSpan.Zero });
        var protocol = new ImapProtocol(options ?? new ImapOptions(), store ?? Store, authentication);
        _listener = new Listener(new IPEndPoint(IPAddress.Loopback, 0), protocol, secured);
        _listener.Start(_pool, _events, clock);
    }

    public MemoryStore Store { get; } = new();

    /// <summary>What happened so far.</summary>
    public IReadOnlyCollection<ServerEvent> Events
    {
        get
        {
            Assert.True(_events.FlushAsync().Wait(TimeSpan.FromMinutes(1)), "A listener of the events hangs.");
            return _heard;
        }
    }

    public MemoryFolder Inbox => Store.Account(John).Folder("INBOX")!;

    public int Port => _listener.Port;

    public Task StopAsync(TimeSpan within) => _pool.StopAsync(within);

    /// <summary>Puts a message into john's INBOX.</summary>
    public uint Deliver(string message, SystemFlags flags = SystemFlags.None) =>
        Inbox.Add(Encoding.UTF8.GetBytes(message.ReplaceLineEndings("\r\n")), new MessageFlagSet(flags), null);

    /// <summary>A client that has read the greeting.</summary>
    public async Task<ImapTestClient> ConnectAsync()
    {
        var client = await ImapTestClient.ConnectAsync(Port);
        client.Greeting = await client.ReadLineAsync() ?? "";
        return client;
    }

    /// <summary>A client that logged in as john.</summary>
    public Task<ImapTestClient> LogInAsync() => ImapTestClient.LogInAsync(Port);

    /// <summary>A client that logged in as john and selected INBOX.</summary>
    public async Task<ImapTestClient> SelectAsync()
    {
        var client = await LogInAsync();
        Assert.StartsWith("s OK", (await client.RunAsync("s select INBOX"))[^1], StringComparison.Ordinal);
        return client;
    }

    public async ValueTask DisposeAsync()
    {
        await _listener.DisposeAsync();
        await _pool.StopAsync(TimeSpan.FromSeconds(2));
        await _pool.DisposeAsync();
    }

    private sealed class Directory : IMailDirectory
    {
        public ValueTask<string?> VerifyPasswordAsync(string user, string password, CancellationToken cancel) =>
            new(user is "john@example.com" or "jane@example.com" or "mary@example.com" or "a/b%c@example.com" && password == "summersun" ? user : null);

        public ValueTask<ScramKeys?> FindScramKeysAsync(string user, string mechanism, CancellationToken cancel) => new((ScramKeys?)null);

        public ValueTask<RecipientAnswer> FindRecipientAsync(string address, CancellationToken cancel) => new(RecipientAnswer.UnknownUser);

        public bool Serves(string address) => true;

        public IReadOnlyList<AddressStep> Trace(string address) => [];

        public string? Canonical(string address) => address;

        public ValueTask<bool> MaySendAsAsync(string account, string address, CancellationToken cancel) => new(false);

        public ValueTask<CramMd5Keys?> FindCramMd5KeysAsync(string user, CancellationToken cancel) => new((CramMd5Keys?)null);

        public ValueTask<string?> FindAccountAsync(string user, CancellationToken cancel) => new((string?)null);

        public (string Account, string Password)? FindPlainPassword(string user) => null;

        public bool OffersScram(string mechanism) => false;

        public bool OffersCramMd5 => false;

        public bool OffersApop => false;
    }
}
