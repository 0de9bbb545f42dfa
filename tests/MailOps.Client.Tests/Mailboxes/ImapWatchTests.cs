using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Threading.Channels;
using MailOps.Client.Mailboxes;
using MailOps.Client.Mailboxes.Watching;
using MailOps.Client.Sessions;
using MailOps.Tests.Support;
using MailOps.Wire;
using Xunit;

namespace MailOps.Client.Tests.Mailboxes;

/// <summary>Folders that are watched, on a real Dovecot, through a connection that is cut.</summary>
public sealed class ImapWatchTests
{
    private const string NoIdle = "imap_capability = IMAP4rev1 UNSELECT UIDPLUS NAMESPACE";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("", "(IDLE)")]
    [InlineData(NoIdle, "is asked every")]
    public async Task New_messages_of_a_folder_are_told_once_in_their_order(string configuration, string manner)
    {
        await using var dovecot = await StartAsync(configuration);
        await using var watching = Watch(dovecot.ImapPort, new() { Folders = ["INBOX"] });
        await watching.HasBegunAsync();
        for (var i = 1; i <= 3; i++)
        {
            await AddAsync(dovecot, "INBOX", FormattableString.Invariant($"one {i}"));
            Assert.Equal(FormattableString.Invariant($"one {i}"), (await watching.NextAsync()).Subject);
        }

        await AddAsync(dovecot, "INBOX", "together 1", "together 2", "together 3");
        foreach (var expected in new[] { "together 1", "together 2", "together 3" })
            Assert.Equal(expected, (await watching.NextAsync()).Subject);
        await watching.EndAsync();
        Assert.Contains(manner, Assert.Single(watching.Notes), StringComparison.Ordinal);
        Assert.Empty(watching.Warnings);
        // Ended in good order: the connection is there for the next one.
        Assert.Equal(1, watching.Session.IdleConnections);
        await watching.Session.UseImapAsync(account => account.ListAsync(null, false, false, false, Cancel), Cancel);
        Assert.Equal(0, watching.Untold);
    }

    [Theory]
    [InlineData("", "(NOTIFY)")]
    [InlineData(NoIdle, "is asked every")]
    public async Task New_messages_of_several_folders_are_told(string configuration, string manner)
    {
        await using var dovecot = await StartAsync(configuration);
        await MakeAsync(dovecot, "A", "B");
        await using var watching = Watch(dovecot.ImapPort, new() { Folders = ["INBOX", "A", "B"] });
        await watching.HasBegunAsync();
        for (var i = 0; i < 2; i++)
        {
            foreach (var folder in new[] { "A", "INBOX", "B", "B" })
            {
                await AddAsync(dovecot, folder, $"in {folder}");
                var told = await watching.NextAsync();
                Assert.Equal((folder, $"in {folder}"), (told.Folder, told.Subject));
            }
        }

        await watching.EndAsync();
        Assert.Contains(manner, Assert.Single(watching.Notes), StringComparison.Ordinal);
        Assert.Equal(0, watching.Untold);
    }

    [Theory]
    [InlineData("", "INBOX")]
    [InlineData(NoIdle, "INBOX")]
    [InlineData("", "INBOX,A")]
    public async Task What_came_while_the_connection_was_cut_is_told_afterwards_and_nothing_twice(string configuration, string folders)
    {
        await using var dovecot = await StartAsync(configuration);
        await MakeAsync(dovecot, "A");
        await using var proxy = CuttableProxy.Start(dovecot.ImapPort);
        await using var watching = Watch(proxy.Port, new() { Folders = folders.Split(',') });
        await watching.HasBegunAsync();
        await AddAsync(dovecot, "INBOX", "before");
        Assert.Equal("before", (await watching.NextAsync()).Subject);

        proxy.Cut(staysCut: true);
        await watching.WarnedAsync("The connection is made again");
        await AddAsync(dovecot, "INBOX", "meanwhile 1", "expunged", "meanwhile 2");
        await UseAsync(dovecot, account => account.DeleteAsync("INBOX", [4], Cancel));
        proxy.Mend();
        Assert.Equal("meanwhile 1", (await watching.NextAsync()).Subject);
        Assert.Equal("meanwhile 2", (await watching.NextAsync()).Subject);

        // Cut while nothing comes, and again while much does.
        proxy.Cut(staysCut: false);
        await AddAsync(dovecot, "INBOX", "after");
        Assert.Equal("after", (await watching.NextAsync()).Subject);
        await AddAsync(dovecot, "INBOX", [.. Enumerable.Range(0, 100).Select(i => FormattableString.Invariant($"many {i}"))]);
        for (var i = 0; i < 100; i++)
        {
            Assert.Equal(FormattableString.Invariant($"many {i}"), (await watching.NextAsync()).Subject);
            if (i is 10 or 60)
                proxy.Cut(staysCut: false);
        }

        await watching.EndAsync();
        Assert.Equal(0, watching.Untold);
    }

    [Theory]
    [InlineData("Box")]
    [InlineData("Box,INBOX")]
    public async Task After_a_change_of_UIDVALIDITY_what_was_there_is_not_told_again_and_what_is_new_is(string folders)
    {
        await using var dovecot = await StartAsync("");
        await MakeAsync(dovecot, "Box");
        await AddAsync(dovecot, "Box", "old 1", "old 2");
        await using var proxy = CuttableProxy.Start(dovecot.ImapPort);
        await using var watching = Watch(proxy.Port, new() { Folders = folders.Split(',') });
        await watching.HasBegunAsync();
        await AddAsync(dovecot, "Box", "told");
        Assert.Equal("told", (await watching.NextAsync()).Subject);

        proxy.Cut(staysCut: true);
        await UseAsync(dovecot, async account => await account.DeleteAsync("Box", Cancel));
        await MakeAsync(dovecot, "Box");
        // As long and of the same date as the others were; one more than there were is new.
        await AddAsync(dovecot, "Box", "old 2", "told", "old 1", "new and longer", "same");
        proxy.Mend();
        Assert.Equal("new and longer", (await watching.NextAsync()).Subject);
        Assert.Equal("same", (await watching.NextAsync()).Subject);
        await watching.WarnedAsync("UIDVALIDITY");
        await AddAsync(dovecot, "Box", "last");
        Assert.Equal("last", (await watching.NextAsync()).Subject);
        await watching.EndAsync();
        Assert.Equal(0, watching.Untold);
    }

    [Fact]
    public async Task What_is_there_already_is_told_where_that_is_asked_for()
    {
        await using var dovecot = await StartAsync("");
        await AddAsync(dovecot, "INBOX", "first", "second");
        await using (var all = Watch(dovecot.ImapPort, new() { Folders = ["INBOX"], IncludesExisting = true, Reading = new() { Content = ImapContent.Whole } }))
        {
            Assert.Equal("first", (await all.NextAsync()).Subject);
            Assert.NotNull((await all.NextAsync()).Raw);
            await AddAsync(dovecot, "INBOX", "third");
            Assert.Equal("third", (await all.NextAsync()).Subject);
            await all.EndAsync();
        }

        await UseAsync(dovecot, account => PutAsync(account, "INBOX", DateTimeOffset.UtcNow.AddHours(1), "later"));
        await using var some = Watch(dovecot.ImapPort, new() { Folders = ["INBOX"], Since = DateTimeOffset.UtcNow.AddMinutes(30) });
        Assert.Equal("later", (await some.NextAsync()).Subject);
        await some.EndAsync();
        Assert.Equal(0, some.Untold);
    }

    [Fact]
    public async Task A_folder_that_is_not_there_is_an_error_and_one_that_goes_is_watched_again_when_it_is_back()
    {
        await using var dovecot = await StartAsync(NoIdle);
        await MakeAsync(dovecot, "Box");
        await using var watching = Watch(dovecot.ImapPort, new() { Folders = ["Nowhere", "Box", "INBOX"] });
        await watching.HasBegunAsync();
        Assert.Equal("Nowhere", Assert.Single(watching.Failures).Key);
        await UseAsync(dovecot, async account => await account.DeleteAsync("Box", Cancel));
        await watching.WarnedAsync("It is looked for again.");
        await AddAsync(dovecot, "INBOX", "in the other");
        Assert.Equal("in the other", (await watching.NextAsync()).Subject);
        await MakeAsync(dovecot, "Box");
        await AddAsync(dovecot, "Box", "back");
        Assert.Equal("back", (await watching.NextAsync()).Subject);
        await watching.EndAsync();

        await using var nothing = Watch(dovecot.ImapPort, new() { Folders = ["Nowhere"] });
        // Nothing is left to watch.
        await nothing.Running.WaitAsync(TimeSpan.FromSeconds(30), Cancel);
        Assert.Single(nothing.Failures);
    }

    [Fact]
    public async Task A_login_that_is_refused_later_ends_it()
    {
        await using var dovecot = await StartAsync("");
        await using var proxy = CuttableProxy.Start(dovecot.ImapPort);
        await using var watching = Watch(proxy.Port, new() { Folders = ["INBOX"] });
        await watching.HasBegunAsync();
        proxy.Cut(staysCut: true);
        await watching.WarnedAsync("The connection is made again");
        dovecot.SetPassword("another");
        proxy.Mend();
        var refused = await Assert.ThrowsAsync<MailSessionException>(() => watching.Running.WaitAsync(TimeSpan.FromSeconds(30), Cancel));
        Assert.Equal(MailSessionFault.AuthenticationFailed, refused.Fault);
    }

    private static async Task<PrivateDovecot> StartAsync(string configuration)
    {
        var dovecot = await PrivateDovecot.StartAsync(configuration);
        dovecot.Put(1, "Subject: makes the Maildir\n\n");
        await UseAsync(dovecot, async account =>
        {
            _ = await account.ExamineAsync("INBOX", Cancel);
            await account.DeleteAsync("INBOX", [1], Cancel);
        });
        return dovecot;
    }

    private static MailboxOptions Options(int port) => new()
    {
        Server = "localhost",
        Port = port,
        Tls = TlsMode.None,
        Credential = new NetworkCredential("john", "summersun"),
    };

    private static async Task UseAsync(PrivateDovecot dovecot, Func<ImapAccount, Task> use)
    {
        await using var account = await ImapAccount.OpenAsync(Options(dovecot.ImapPort), TimeProvider.System, Cancel);
        await use(account);
        await account.CloseAsync(Cancel);
    }

    private static Task MakeAsync(PrivateDovecot dovecot, params string[] folders) => UseAsync(dovecot, async account =>
    {
        foreach (var folder in folders)
            await account.CreateAsync(folder, use: null, subscribe: false, Cancel);
    });

    private static Task AddAsync(PrivateDovecot dovecot, string folder, params string[] subjects) =>
        UseAsync(dovecot, account => PutAsync(account, folder, new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero), subjects));

    private static async Task PutAsync(ImapAccount account, string folder, DateTimeOffset date, params string[] subjects)
    {
        foreach (var subject in subjects)
        {
            await using var message = await MessageToAdd.PrepareAsync(MessageContent.From($"Subject: {subject}\n\nbody\n"), [], date, null, Cancel);
            await account.AddAsync(folder, [message], makes: false, Cancel);
        }
    }

    private static Watching Watch(int port, Asked asked) => new(new MailSession(MailProtocol.Imap, Options(port), TimeProvider.System), asked);

    private sealed record Asked
    {
        public string[] Folders { get; init; } = [];

        public bool IncludesExisting { get; init; }

        public DateTimeOffset? Since { get; init; }

        public ImapReading Reading { get; init; } = new();
    }

    private sealed class Watching : IAsyncDisposable
    {
        private readonly Channel<ImapMessage> _told = Channel.CreateUnbounded<ImapMessage>();
        private readonly Channel<string> _warned = Channel.CreateUnbounded<string>();
        private readonly TaskCompletionSource _begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly CancellationTokenSource _done = new();

        public Watching(MailSession session, Asked asked)
        {
            Session = session;
            var options = new ImapWatchOptions
            {
                Folders = asked.Folders,
                IncludesExisting = asked.IncludesExisting,
                Since = asked.Since,
                Reading = asked.Reading,
                Poll = TimeSpan.FromMilliseconds(200),
                Tell = message => _told.Writer.WriteAsync(message).AsTask(),
                Warn = text =>
                {
                    Warnings.Enqueue(text);
                    return _warned.Writer.WriteAsync(text).AsTask();
                },
                Fail = (folder, thrown) =>
                {
                    Failures[folder] = thrown;
                    return Task.CompletedTask;
                },
                Note = text =>
                {
                    Notes.Enqueue(text);
                    _begun.TrySetResult();
                    return Task.CompletedTask;
                },
            };
            Running = Task.Run(() => new ImapWatch(session, options, TimeProvider.System).RunAsync(_done.Token, Cancel));
        }

        public MailSession Session { get; }

        public Task Running { get; }

        public ConcurrentQueue<string> Warnings { get; } = new();

        public ConcurrentQueue<string> Notes { get; } = new();

        public ConcurrentDictionary<string, Exception> Failures { get; } = new(StringComparer.Ordinal);

        /// <summary>What was told beyond what the test has asked for.</summary>
        public int Untold => _told.Reader.Count;

        public async Task HasBegunAsync()
        {
            if (await Task.WhenAny(_begun.Task, Running).WaitAsync(TimeSpan.FromSeconds(30), Cancel) == Running)
                await Running;
        }

        public async Task<ImapMessage> NextAsync()
        {
            try
            {
                using var patience = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
                patience.CancelAfter(TimeSpan.FromSeconds(60));
                return await _told.Reader.ReadAsync(patience.Token);
            }
            catch (OperationCanceledException e)
            {
                throw new TimeoutException(string.Create(CultureInfo.InvariantCulture, $"No message was told. {Running.Status} {Running.Exception} Warnings: {string.Join("; ", Warnings)}; notes: {string.Join("; ", Notes)}"), e);
            }
        }

        public async Task WarnedAsync(string part)
        {
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
            patience.CancelAfter(TimeSpan.FromSeconds(30));
            while (!(await _warned.Reader.ReadAsync(patience.Token)).Contains(part, StringComparison.Ordinal))
            {
            }
        }

        public async Task EndAsync()
        {
            await _done.CancelAsync();
            await Running.WaitAsync(TimeSpan.FromSeconds(30), Cancel);
        }

        public async ValueTask DisposeAsync()
        {
            await _done.CancelAsync();
            await Running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await Session.DisposeAsync();
            _done.Dispose();
        }
    }
}
