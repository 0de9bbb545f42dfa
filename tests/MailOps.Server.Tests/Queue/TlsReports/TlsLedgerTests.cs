using MailOps.Server.Queue.TlsReports;
using MailOps.Tests.Support;
using MailOps.Trust.TlsRpt;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace MailOps.Server.Tests.Queue.TlsReports;

/// <summary>What is counted of TLS on a day, and how it is kept.</summary>
public sealed class TlsLedgerTests : IDisposable
{
    private static readonly TlsPolicy NoPolicy = new("no-policy-found", "far.example", [], []);
    private static readonly TlsSessionDetail Detail = new("mx1.far.example", "192.0.2.1", "192.0.2.2", "mx1", null);

    private readonly PrivateFolder _folder = new();
    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2120, 1, 1, 12, 0, 0, TimeSpan.Zero));
    private readonly List<Exception> _faults = [];

    public void Dispose() => _folder.Dispose();

    private string Folder => _folder.Of("tls-reports");

    private TlsLedger Open() => new(new TlsLedgerFiles(Folder, _faults.Add), _clock);

    private static TlsSession Session(TlsFault? fault = null, string domain = "far.example", string? reason = null) =>
        new(domain, NoPolicy with { Domain = domain }, fault, Detail with { Reason = reason });

    [Fact]
    public async Task A_restart_in_the_middle_of_a_day_goes_on_with_its_counts()
    {
        var first = Open();
        first.Count(Session());
        first.Count(Session(TlsFault.StartTlsNotSupported));
        await first.SaveAsync();
        _clock.Advance(TimeSpan.FromHours(1));
        var second = Open();
        second.Count(Session());
        second.Count(Session(TlsFault.StartTlsNotSupported));
        await second.SaveAsync();

        _clock.Advance(TimeSpan.FromDays(1));
        var day = Assert.Single(Open().Closed());
        Assert.Equal((new DateOnly(2120, 1, 1), "far.example"), (day.Date, Assert.Single(day.Domains).Key));
        var tally = Assert.Single(day.Domains["far.example"].Policies);
        Assert.Equal((NoPolicy, 2L, 2L), (tally.Policy, tally.Succeeded, tally.Failed));
        var failure = Assert.Single(tally.Failures);
        Assert.Equal((TlsFault.StartTlsNotSupported, Detail, 2L), (failure.Fault, failure.Detail, failure.Count));
        Assert.Empty(_faults);
    }

    [Fact]
    public async Task At_midnight_of_UTC_another_day_begins_and_its_reports_have_up_to_four_hours()
    {
        var ledger = Open();
        ledger.Count(Session());
        _clock.Advance(TimeSpan.FromHours(12));
        ledger.Count(Session(domain: "next.example"));
        var day = Assert.Single(ledger.Closed());
        Assert.Equal("far.example", Assert.Single(day.Domains).Key);
        Assert.InRange(day.SendAt, new DateTimeOffset(2120, 1, 2, 0, 0, 1, TimeSpan.Zero), new DateTimeOffset(2120, 1, 2, 4, 0, 0, TimeSpan.Zero));
        await ledger.SaveAsync();
        Assert.Equal(day.SendAt, Assert.Single(Open().Closed()).SendAt);
        Assert.Equal(["2120-01-01.json", "2120-01-02.json"], Directory.GetFiles(Folder).Select(Path.GetFileName).Order());
        await ledger.RemoveAsync(day);
        Assert.Empty(Open().Closed());
    }

    [Fact]
    public async Task What_is_kept_is_for_its_owner_alone()
    {
        // Rights on Windows are lists, not bits.
        if (OperatingSystem.IsWindows())
            return;
        var ledger = Open();
        ledger.Count(Session());
        await ledger.SaveAsync();
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(Folder));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Assert.Single(Directory.GetFiles(Folder))));
    }

    [Fact]
    public async Task A_reason_that_names_a_time_makes_no_new_detail_and_a_long_one_is_cut()
    {
        var ledger = Open();
        for (var i = 0; i < 1000; i++)
            ledger.Count(Session(TlsFault.ValidationFailure, reason: $"{i}{new string('x', 1000)}"));
        await ledger.SaveAsync();
        _clock.Advance(TimeSpan.FromDays(1));
        var failure = Assert.Single(Assert.Single(Assert.Single(ledger.Closed()).Domains["far.example"].Policies).Failures);
        Assert.Equal((1000L, 300), (failure.Count, failure.Detail.Reason!.Length));
    }

    [Fact]
    public void What_strangers_make_us_count_has_a_bound_for_each_domain_and_for_all()
    {
        var day = new TlsDay { Date = default, SendAt = default, Key = "k" };
        for (var i = 0; i < 10_000; i++)
            day.Count(new TlsSession("far.example", NoPolicy, TlsFault.ValidationFailure, Detail with { Helo = $"{i}{new string('x', 1000)}" }));
        var tally = Assert.Single(day.Domains["far.example"].Policies);
        Assert.Equal(10_000, tally.Failed);
        Assert.InRange(tally.Failures.Count, 100, 1000);
        Assert.InRange(day.Domains["far.example"].Size, 1, TlsDay.MostOfDomain);

        for (var i = 0; i < 200_000; i++)
            day.Count(Session(domain: $"{i}.example"));
        Assert.InRange(day.Size, TlsDay.MostSize - 1000, TlsDay.MostSize);
        Assert.InRange(TlsLedgerFiles.Octets(day).Length, 1, 2 * TlsDay.MostSize);
        Assert.Equal(10_000, tally.Failed);
    }

    [Fact]
    public async Task A_file_that_cannot_be_read_is_set_aside_and_told()
    {
        var ledger = Open();
        ledger.Count(Session());
        await ledger.SaveAsync();
        var file = Assert.Single(Directory.GetFiles(Folder));
        await File.WriteAllTextAsync(file, "{", TestContext.Current.CancellationToken);
        _clock.Advance(TimeSpan.FromDays(1));
        Assert.Empty(Open().Closed());
        Assert.Contains($"in '{file}' cannot be read", Assert.Single(_faults).Message, StringComparison.Ordinal);
        Assert.Equal([file + ".damaged"], Directory.GetFiles(Folder));
    }

    [Fact]
    public async Task What_was_half_written_when_the_process_was_killed_is_nothing()
    {
        var ledger = Open();
        ledger.Count(Session());
        await ledger.SaveAsync();
        await File.WriteAllTextAsync(Path.Join(Folder, "2120-01-01.json.tmp"), "{", TestContext.Current.CancellationToken);
        _clock.Advance(TimeSpan.FromDays(1));
        Assert.Single(Assert.Single(Open().Closed()).Domains);
        Assert.Single(Directory.GetFiles(Folder));
    }

    [Fact]
    public async Task What_was_sent_is_known_after_a_restart_and_a_line_that_was_cut_off_says_nothing()
    {
        var path = _folder.Of("2120-01-01.sent");
        var log = new TlsSentLog(path).Read();
        await log.SentAsync("far.example", "https://far.example/r");
        await log.BeginAsync("far.example", "a@far.example", "0000000000001");
        await log.BeginAsync("far.example", "b@far.example", "0000000000002");
        await log.SentAsync("far.example", "b@far.example");
        await log.DoneAsync("other.example");
        await File.AppendAllTextAsync(path, "far.example *", TestContext.Current.CancellationToken);

        log = new TlsSentLog(path).Read();
        Assert.True(log.Has("far.example", "https://far.example/r"));
        Assert.False(log.Has("far.example", "a@far.example"));
        Assert.Equal([("far.example", "a@far.example", "0000000000001")], log.Begun());
        Assert.True(log.IsDone("other.example"));
        Assert.False(log.IsDone("far.example"));
        await log.SentAsync("far.example", "a@far.example");
        log = new TlsSentLog(path).Read();
        Assert.Empty(log.Begun());
        Assert.False(log.IsDone("far.example"));
    }
}
