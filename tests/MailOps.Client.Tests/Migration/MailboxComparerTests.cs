using System.Text;
using MailOps.Client.Migration;
using MailOps.Client.Migration.Comparison;
using MailOps.Client.Migration.Maildirs;
using MailOps.Tests.Support;
using Xunit;

namespace MailOps.Client.Tests.Migration;

/// <summary>What differs between two Maildirs, and what does not.</summary>
public sealed class MailboxComparerTests : IAsyncLifetime
{
    private readonly PrivateFolder _folder = new();
    private MaildirMailboxEnd _reference = null!;
    private MaildirMailboxEnd _difference = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _reference = await MaildirMailboxEnd.OpenAsync("reference", _folder.Of("a"), isMade: true, Cancel);
        _difference = await MaildirMailboxEnd.OpenAsync("difference", _folder.Of("b"), isMade: true, Cancel);
    }

    public async ValueTask DisposeAsync()
    {
        await _reference.DisposeAsync();
        await _difference.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Nothing_differs_whatever_the_order_and_what_a_delivery_adds()
    {
        await AddAsync(_reference, "INBOX", Message("1"), Message("2"), Message("2"), "Received: from a\r\n\tby b\r\nSubject: 3\r\n\r\nx\r\n\r\n");
        await AddAsync(_difference, "INBOX", "Return-Path: <a@b>\r\nSubject: 3\r\nReceived: from c\r\n\r\nx", Message("2"), Message("1"), Message("2"));
        Assert.Empty(await CompareAsync());
        var all = await CompareAsync(options => options with { IncludeEqual = true });
        Assert.Equal(["1", "2", "2", "3"], all.Select(one => one.Subject).Order(StringComparer.Ordinal));
        Assert.All(all, one => Assert.Equal((DifferenceKind.Equal, "=="), (one.Kind, one.SideIndicator)));
    }

    [Fact]
    public async Task What_is_missing_extra_changed_flagged_or_dated_otherwise_is_told_once()
    {
        await AddAsync(_reference, "INBOX", Message("same"), Message("missing"), Message("twice"), Message("twice"), "Message-ID: <id@x>\r\nSubject: changed\r\n\r\nbefore\r\n", "Seen!" + Message("flags"), Message("date"));
        await AddAsync(_difference, "INBOX", Message("same"), Message("twice"), Message("extra"), "Message-ID: <id@x>\r\nSubject: changed\r\n\r\nafter\r\n", Message("flags"), Message("date"));
        Date("date");
        Assert.Equal(
            ["<= MessageMissing missing", "<= MessageMissing twice", "== Content changed", "== Date date", "== Flags flags", "=> MessageExtra extra"],
            (await CompareAsync()).Select(one => $"{one.SideIndicator} {one.Kind} {one.Subject}").Order(StringComparer.Ordinal));
        Assert.Equal(4, (await CompareAsync(options => options with { IgnoreFlags = true, IgnoreDates = true })).Count);
        var changed = Assert.Single(await CompareAsync(), one => one.Kind == DifferenceKind.Content);
        Assert.Equal(("id@x", "5", "4"), (changed.MessageId, changed.ReferenceId, changed.DifferenceId));
    }

    // They are kept of every message of a folder: who writes one does not say how much memory that takes.
    [Fact]
    public async Task Of_a_subject_and_a_Message_ID_without_end_the_beginning_is_told()
    {
        var (id, subject) = (new string('i', 20_000), new string('s', 20_000));
        await AddAsync(_reference, "INBOX", $"Message-ID: <{id}>\r\nSubject: {subject}\r\n\r\nbefore\r\n");
        await AddAsync(_difference, "INBOX", $"Message-ID: <{id}>\r\nSubject: {subject}\r\n\r\nafter\r\n");
        var told = Assert.Single(await CompareAsync());
        Assert.Equal((DifferenceKind.Content, id[..998], subject[..998]), (told.Kind, told.MessageId, told.Subject));
    }

    [Fact]
    public async Task What_a_filter_leaves_out_is_not_asked_for_and_not_too_much()
    {
        await AddAsync(_reference, "INBOX", Message("large" + new string('x', 500)), Message("1"), Message("2"));
        await AddAsync(_difference, "INBOX", Message("1"), Message("extra"), Message("extra and large" + new string('x', 500)));
        var filter = new MessageFilter { SmallerThan = 300 };
        Assert.Equal(["<= MessageMissing 2", "=> MessageExtra extra"], (await CompareAsync(options => options with { Filter = filter })).Select(one => $"{one.SideIndicator} {one.Kind} {one.Subject}").Order(StringComparer.Ordinal));
        var comparer = new MailboxComparer(_reference, _difference, new ComparisonOptions { Filter = filter });
        await comparer.CompareAsync(Cancel).ToListAsync(Cancel);
        Assert.Equal((2, 1, 1), Assert.Single(comparer.Folders) is var folder ? (folder.ReferenceMessages, folder.Skipped, folder.Matched) : default);
    }

    [Fact]
    public async Task Folders_that_are_missing_or_extra_are_told()
    {
        await AddAsync(_reference, "Archive/2026", Message("1"));
        await AddAsync(_reference, "Both", Message("1"));
        await AddAsync(_difference, "Both", Message("1"));
        await AddAsync(_difference, "Other", Message("1"), Message("2"));
        Assert.Equal(
            ["<= FolderMissing Archive", "<= FolderMissing Archive/2026", "=> FolderExtra Other"],
            (await CompareAsync()).Select(one => $"{one.SideIndicator} {one.Kind} {one.Folder}").Order(StringComparer.Ordinal));
        Assert.Empty(await CompareAsync(options => options with { IsWanted = path => path == "Both" }));
    }

    [Fact]
    public async Task Messages_where_the_reference_has_only_folders_are_too_much()
    {
        await AddAsync(_reference, "Work/2020", Message("1"));
        await AddAsync(_difference, "Work/2020", Message("1"));
        Assert.Empty(await CompareAsync());
        await AddAsync(_difference, "Work", Message("2"));
        Assert.Equal(["=> FolderExtra Work"], (await CompareAsync()).Select(one => $"{one.SideIndicator} {one.Kind} {one.Folder}"));
    }

    [Fact]
    public async Task What_is_there_and_is_not_shown_is_unreadable()
    {
        await AddAsync(_reference, "INBOX", Message("1"), Message("2"));
        await AddAsync(_difference, "INBOX", Message("1"));
        await using var hiding = new TryingSource(_reference) { Hidden = "2" };
        var one = Assert.Single(await new MailboxComparer(hiding, _difference, new ComparisonOptions()).CompareAsync(Cancel).ToListAsync(Cancel));
        Assert.Equal((DifferenceKind.Unreadable, "INBOX", "<="), (one.Kind, one.Folder, one.SideIndicator));
        Assert.StartsWith("of 2 messages 1 were shown", one.Reference, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Subject: x\r\n\r\nbody\r\n", "Subject: x\n\nbody")]
    [InlineData("Received: a\r\n b\r\nSubject: x\r\n\r\n\r\nbody\r\n", "Subject: x\r\nX-UID: 3\r\n\r\n\r\nbody\r\n\r\n")]
    [InlineData("received : a\r\nSubject: x", "Subject: x\r\n")]
    public void What_servers_change_does_not_count(string one, string other) => Assert.Equal(HashOf(one), HashOf(other));

    [Theory]
    [InlineData("Subject: x\r\n\r\nbody\r\n", "Subject: x\r\n\r\nbody.\r\n")]
    [InlineData("Subject: x\r\n\r\nbody\r\n", "Subject: x \r\n\r\nbody\r\n")]
    [InlineData("Subject: x\r\n\r\nbody\r\n", "subject: x\r\n\r\nbody\r\n")]
    [InlineData("Subject: x\r\n\r\na\r\n\r\nb", "Subject: x\r\n\r\na\r\nb")]
    [InlineData("Subject: x\r\n\r\na\rb", "Subject: x\r\n\r\nab")]
    [InlineData("Subject: x\r\n\r\na\r", "Subject: x\r\n\r\na")]
    [InlineData("Subject: pay\r100\r\n\r\na", "Subject: pay100\r\n\r\na")]
    [InlineData("Subject: x\r\r\n\r\na", "Subject: x\r\n\r\na")]
    [InlineData("Subject\r: x\r\n\r\na", "Subject: x\r\n\r\na")]
    [InlineData("Subject: x\r", "Subject: x")]
    [InlineData("Subject\r", "Subject")]
    [InlineData("Subject: x\r\n\r\nReceived: a", "Subject: x\r\n\r\n")]
    [InlineData("X-Received: a\r\n\r\n", "X-Received: b\r\n\r\n")]
    public void Anything_else_counts(string one, string other) => Assert.NotEqual(HashOf(one), HashOf(other));

    private static UInt128 HashOf(string message)
    {
        var octets = Encoding.Latin1.GetBytes(message);
        using var whole = new CanonicalHash();
        whole.Append(octets);
        var hash = whole.Finish();
        using var pieces = new CanonicalHash();
        foreach (var octet in octets)
            pieces.Append([octet]);
        Assert.Equal(hash, pieces.Finish());
        return hash;
    }

    private static string Message(string subject) => $"From: a@example.com\r\nSubject: {subject}\r\n\r\nbody\r\n";

    private async Task<List<MailboxDifference>> CompareAsync(Func<ComparisonOptions, ComparisonOptions>? with = null)
    {
        var options = new ComparisonOptions();
        var found = new List<MailboxDifference>();
        await foreach (var one in new MailboxComparer(_reference, _difference, with?.Invoke(options) ?? options).CompareAsync(Cancel))
            found.Add(one);
        return found;
    }

    private static async Task AddAsync(MaildirMailboxEnd end, string folder, params string[] messages)
    {
        await end.CreateAsync(folder, use: null, Cancel);
        await using var opened = await end.OpenAsync(folder, Cancel);
        await opened.AddAsync([.. messages.Select(text =>
        {
            var isSeen = text.StartsWith("Seen!", StringComparison.Ordinal);
            text = isSeen ? text["Seen!".Length..] : text;
            return new MailContent(new MailEntry("", text.Length, isSeen ? "\\Seen" : "", new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero)), MessageSpool.Of(Encoding.Latin1.GetBytes(text)), Refusal: null);
        })], Cancel);
    }

    private void Date(string subject)
    {
        var path = new[] { "cur", "new" }.SelectMany(part => Directory.EnumerateFiles(Path.Join(_folder.Of("b"), part))).Single(file => File.ReadAllText(file).Contains($"Subject: {subject}", StringComparison.Ordinal));
        File.SetLastWriteTimeUtc(path, new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc));
    }
}
