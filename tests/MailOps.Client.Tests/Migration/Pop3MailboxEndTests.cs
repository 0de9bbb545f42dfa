using System.Net;
using System.Text;
using MailOps.Client.Mailboxes;
using MailOps.Client.Migration;
using MailOps.Client.Migration.Comparison;
using MailOps.Client.Migration.Imap;
using MailOps.Client.Migration.Journal;
using MailOps.Client.Migration.Maildirs;
using MailOps.Client.Migration.Pop3;
using MailOps.Client.Tests.Mailboxes.Pop3;
using MailOps.Tests.Support;
using MailOps.Wire;
using Xunit;

namespace MailOps.Client.Tests.Migration;

/// <summary>Maildrops of POP3 as the source of a copy and the reference of a comparison.</summary>
public sealed class Pop3MailboxEndTests : IAsyncDisposable
{
    private readonly PrivateFolder _folder = new();
    private readonly StandInMaildrop _server = new();
    private readonly List<string> _warnings = [];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private string Maildir => _folder.Of("maildir");

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _folder.Dispose();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_second_run_copies_what_came_since_and_fetches_nothing_else(bool isPipelining)
    {
        _server.IsPipelining = isPipelining;
        Put(30);
        Assert.Equal(("Completed", 30, 0), await CopyAsync());
        Assert.Equal(Texts(30), Found());
        Put(5, from: 30);
        Assert.Equal(("Completed", 5, 30), await CopyAsync());
        Assert.Equal(("Completed", 0, 35), await CopyAsync());
        Assert.Equal(35, _server.Sent);
        Assert.Equal(Texts(35), Found());
        Assert.Equal(35, _server.Messages.Count);
        Assert.DoesNotContain("DELE", _server.Received, StringComparison.Ordinal);

        // The time of arrival is that of the server that keeps the message.
        var file = Directory.GetFiles(Path.Join(Maildir, "new")).Single(file => File.ReadAllText(file, Encoding.Latin1) == Text(7));
        Assert.Equal(new DateTime(2026, 1, 8, 12, 0, 0, DateTimeKind.Utc), File.GetLastWriteTimeUtc(file));
    }

    [Fact]
    public async Task A_lost_journal_other_unique_ids_and_none_double_nothing()
    {
        Put(20);
        await CopyAsync();
        File.Delete(_folder.Of("journal"));
        Assert.Equal(("Completed", 0, 20), await CopyAsync());
        _server.Renumber(uidl => "new-" + uidl);
        _server.Put("new-20", Text(20));
        Assert.Equal(("Completed", 1, 20), await CopyAsync());
        var sent = _server.Sent;
        Assert.Equal(("Completed", 0, 21), await CopyAsync());
        Assert.Equal(sent, _server.Sent);
        _server.HasUidl = false;
        Assert.Equal(("Completed", 0, 21), await CopyAsync());
        _server.Put("", Text(21));
        Assert.Equal(("Completed", 1, 21), await CopyAsync());
        Assert.Equal(Texts(22), Found());
    }

    [Fact]
    public async Task Copies_with_one_unique_id_arrive_each_and_once()
    {
        foreach (var i in new[] { 1, 1, 2 })
            _server.Put("same", Text(i));
        _server.Put("same 2", Text(3));
        Assert.Equal(("Completed", 4, 0), await CopyAsync());
        Assert.Equal(("Completed", 0, 4), await CopyAsync());
        Assert.Equal(new[] { Text(1), Text(1), Text(2), Text(3) }.Order(StringComparer.Ordinal), Found());
    }

    [Fact]
    public async Task Connections_that_break_and_a_maildrop_that_is_still_locked_are_made_good()
    {
        Put(40);
        var left = 2;
        var locked = 0;
        _server.Answer = line =>
        {
            if (line == "RETR 23" && left > 0)
            {
                left--;
                locked = 1;
                return "+OK\r\nSubject: half";
            }

            if (line == "RETR 24" && locked == 1)
                return "";
            return line.StartsWith("PASS", StringComparison.Ordinal) && locked-- == 1 ? "-ERR [IN-USE] locked\r\n" : null;
        };
        Assert.Equal(("Completed", 40, 0), await CopyAsync());
        Assert.Equal(Texts(40), Found());
        Assert.Contains(_warnings, warning => warning.Contains("closed the connection", StringComparison.Ordinal) || warning.Contains("was lost", StringComparison.Ordinal));
        Assert.Contains(_warnings, warning => warning.Contains("[IN-USE]", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_message_that_is_refused_is_counted_and_the_others_go_on()
    {
        Put(4);
        _server.Answer = line => line == "RETR 2" ? "-ERR unreadable\r\n" : null;
        Assert.Equal(("CompletedWithWarnings", 3, 0), await CopyAsync());
        _server.Answer = null;
        Assert.Equal(("Completed", 1, 3), await CopyAsync(retryRefused: true));
        Assert.Equal(Texts(4), Found());
    }

    [Fact]
    public async Task Messages_of_any_size_keep_their_octets()
    {
        var sizes = new[] { 0, 60_000, 70_000, 1_000_000, MessageSpool.MaxInMemory, 3_000_000 };
        foreach (var size in sizes)
            _server.Put($"s{size}", $"Subject: {size}\r\n\r\n{new string('y', size)}\r\n");
        await CopyAsync();
        Assert.Equal(sizes.Select(size => $"Subject: {size}\r\n\r\n{new string('y', size)}\r\n").Order(StringComparer.Ordinal), Found());
    }

    [Fact]
    public async Task A_comparison_tells_of_messages_and_of_nothing_that_POP3_does_not_know()
    {
        Put(10);
        await CopyAsync();
        Assert.Empty(await CompareAsync());
        _server.Put("extra", Text(10));
        File.Delete(Directory.GetFiles(Path.Join(Maildir, "new")).Single(file => File.ReadAllText(file, Encoding.Latin1) == Text(3)));
        Assert.Equal(["<= MessageMissing 10", "<= MessageMissing 3"], (await CompareAsync()).Select(one => $"{one.SideIndicator} {one.Kind} {one.Subject}").Order(StringComparer.Ordinal));
        Assert.DoesNotContain("DELE", _server.Received, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nothing_is_copied_into_it()
    {
        await using var end = await MailboxEnd.OpenAsync(MailboxLocation.Parse("pop3+plain://john@localhost:1/"), new MailboxEndOptions(), TimeProvider.System, Cancel);
        var error = Assert.Throws<MigrationException>(() => end.Writer);
        Assert.Equal((MigrationFault.KindNotSupported, "pop3+plain://john@localhost:1/ can be read and not written to: POP3 takes no messages. Name it as the mailbox that is copied from, or as the reference of a comparison."), (error.Fault, error.Message));
    }

    [Fact]
    public async Task Courier_is_copied_into_Dovecot()
    {
        await using var courier = new CourierMaildrop();
        await using var dovecot = await PrivateDovecot.StartAsync();
        await RunAsync(courier.Options, courier.Put, dovecot);
        Assert.Equal(33, courier.Count);
    }

    [Fact]
    public async Task Dovecot_is_copied_into_Dovecot()
    {
        await using var from = await PrivateDovecot.StartAsync();
        await using var to = await PrivateDovecot.StartAsync();
        await RunAsync(new MailboxOptions { Server = "localhost", Port = from.Pop3TlsPort, Tls = TlsMode.Implicit, Credential = new NetworkCredential("john", "summersun"), SkipCertificateCheck = true }, (number, text) => from.Put(number, text), to);
        Assert.Equal(33, from.CountOnDisk);
    }

    // As a server does that numbers them anew in each session.
    [Fact]
    public async Task Unique_ids_that_come_to_mean_other_messages_hide_none()
    {
        Put(4);
        Assert.Equal(("Completed", 4, 0), await CopyAsync());
        _server.Clear();
        for (var i = 1; i <= 4; i++)
            _server.Put($"u{i - 1}", Text(i));
        Assert.Equal(("Completed", 1, 3), await CopyAsync());
        Assert.Equal(Texts(5), Found());
        Assert.Contains("under the number u0 than the one that was copied: its unique-ids do not last, as they should (RFC 1939, section 7). All its messages are told by their content.", Assert.Single(_warnings), StringComparison.Ordinal);
    }

    private async Task RunAsync(MailboxOptions options, Action<int, string> put, PrivateDovecot to)
    {
        for (var i = 1; i <= 30; i++)
            put(i, Text(i).Replace("\r\n", "\n", StringComparison.Ordinal));
        await using var target = new ImapMailboxEnd("target", new MailboxOptions { Server = "localhost", Port = to.ImapPort, Tls = TlsMode.None, Credential = new NetworkCredential("john", "summersun") }, TimeProvider.System);
        Assert.Equal(("Completed", 30, 0), await CopyAsync(options, target));
        for (var i = 31; i <= 33; i++)
            put(i, Text(i).Replace("\r\n", "\n", StringComparison.Ordinal));
        Assert.Equal(("Completed", 3, 30), await CopyAsync(options, target));
        File.Delete(_folder.Of("journal"));
        Assert.Equal(("Completed", 0, 33), await CopyAsync(options, target));
        await using var source = new Pop3MailboxEnd("source", options, TimeProvider.System);
        var comparer = new MailboxComparer(source, target, new ComparisonOptions());
        Assert.Empty(await comparer.CompareAsync(Cancel).ToListAsync(Cancel));
        Assert.Equal(33, comparer.Matched);
    }

    private void Put(int count, int from = 0)
    {
        for (var i = from; i < from + count; i++)
            _server.Put($"u{i}", Text(i));
    }

    private async Task<(string Status, int Copied, int AlreadyThere)> CopyAsync(bool retryRefused = false)
    {
        await using var target = await MaildirMailboxEnd.OpenAsync("maildir", Maildir, isMade: true, Cancel);
        return await CopyAsync(_server.Options, target, retryRefused);
    }

    private async Task<(string Status, int Copied, int AlreadyThere)> CopyAsync(MailboxOptions options, IMailboxWriter target, bool retryRefused = false)
    {
        await using var source = new Pop3MailboxEnd("source", options, TimeProvider.System);
        await using var journal = CopyJournal.Open(_folder.Of("journal"), "source", "target");
        var copying = new CopyOptions
        {
            QuarantinePath = _folder.Of("quarantine"),
            RetryRefused = retryRefused,
            RetryDelay = TimeSpan.FromMilliseconds(10),
            Warn = warning =>
            {
                _warnings.Add(warning);
                return ValueTask.CompletedTask;
            },
        };
        var result = await new MailboxCopier(source, target, journal, copying, TimeProvider.System).RunAsync(Cancel);
        Assert.Equal("", string.Join('\n', result.Folders.Select(folder => folder.Error)));
        return (result.Status, (int)result.Copied, (int)result.AlreadyThere);
    }

    private async Task<IReadOnlyList<MailboxDifference>> CompareAsync()
    {
        await using var source = new Pop3MailboxEnd("source", _server.Options, TimeProvider.System);
        await using var target = await MaildirMailboxEnd.OpenAsync("maildir", Maildir, isMade: false, Cancel);
        return await new MailboxComparer(source, target, new ComparisonOptions()).CompareAsync(Cancel).ToListAsync(Cancel);
    }

    private IEnumerable<string> Found() => Directory.GetFiles(Path.Join(Maildir, "new")).Concat(Directory.GetFiles(Path.Join(Maildir, "cur"))).Select(file => File.ReadAllText(file, Encoding.Latin1)).Order(StringComparer.Ordinal);

    private static IEnumerable<string> Texts(int count) => Enumerable.Range(0, count).Select(Text).Order(StringComparer.Ordinal);

    private static string Text(int number) =>
        $"Received: from a by b; {new DateTime(2026, 1, 1, 12, 0, 0, DateTimeKind.Utc).AddDays(number):ddd, dd MMM yyyy HH:mm:ss} +0000\r\nReceived: from c by a; Thu, 01 Jan 1998 00:00:00 +0000\r\nSubject: {number}\r\n\r\n.dot\r\n{new string('x', number * 1009)}\r\n";
}
