using System.Text;
using MailOps.Client.Migration;
using MailOps.Client.Migration.Journal;
using MailOps.Tests.Support;
using Microsoft.Data.Sqlite;
using Xunit;

namespace MailOps.Client.Tests.Migration.Journal;

/// <summary>A journal as a file: whose it is, and what else may lie in its place.</summary>
public sealed class CopyJournalTests : IDisposable
{
    private const string From = "imaps://ann@old.example/";
    private const string To = "imaps://ann@new.example/";
    private readonly PrivateFolder _folder = new();

    private string Journal => _folder.Of("ann.journal");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_journal_that_is_closed_is_one_file()
    {
        await FillAsync(10);
        Assert.Equal([Journal], Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public async Task A_process_opens_a_journal_once()
    {
        await using (CopyJournal.Open(Journal, From, To))
            Assert.Equal(MigrationFault.JournalInUse, Assert.Throws<MigrationException>(() => CopyJournal.Open(Journal, From, To)).Fault);
        await using var again = CopyJournal.Open(Journal, From, To);
        Assert.Equal(Journal, again.Path);
    }

    [Fact]
    public async Task A_journal_that_is_closed_is_used_no_more()
    {
        var journal = CopyJournal.Open(Journal, From, To);
        var folder = journal.Folder("INBOX", "1", "INBOX", "1");
        await journal.DisposeAsync();
        await journal.DisposeAsync();
        Assert.Throws<ObjectDisposedException>(() => folder.Count);
        Assert.Throws<ObjectDisposedException>(() => folder.Begin([("1", 1, 1)]));
        Assert.Throws<ObjectDisposedException>(() => journal.Folder("Other", "1", "Other", "1"));
    }

    [Fact]
    public async Task The_journal_of_other_mailboxes_says_whose_it_is()
    {
        await FillAsync(1);
        const string Other = "imaps://bob@new.example/";
        var error = Fails(MigrationFault.JournalOfOtherMailboxes, From, Other);
        Assert.Equal($"The journal {Journal} is of the copy from {From} to {To}, not from {From} to {Other}. Give this copy a journal of its own.", error.Message);
        Fails(MigrationFault.JournalOfOtherMailboxes, To, From);
    }

    [Fact]
    public async Task A_journal_of_a_newer_version_is_left_alone()
    {
        await FillAsync(1);
        await ChangeAsync("PRAGMA user_version = 2");
        var error = Fails(MigrationFault.JournalTooNew);
        Assert.Equal($"The journal {Journal} is of a newer version of MailOps (format 2; this one knows 1). Update MailOps, or begin a new journal: what the target already has is found by its content.", error.Message);
    }

    [Fact]
    public void A_file_that_is_no_SQLite_file_is_left_alone()
    {
        File.WriteAllText(Journal, "Dear diary,\r\nthis is no journal, but it is long enough to be looked at for what it is by anyone who opens it.\r\n");
        var before = File.ReadAllBytes(Journal);
        var error = Fails(MigrationFault.NotAJournal);
        Assert.Equal($"{Journal} is not the journal of a copy: it is no SQLite file, or the head of it is damaged. Give the copy another place for its journal. If it was one, move it away: what the target already has is found by its content.", error.Message);
        Assert.Equal(before, File.ReadAllBytes(Journal));
    }

    [Fact]
    public async Task A_file_of_another_program_is_left_alone()
    {
        await ChangeAsync("CREATE TABLE entry (id INTEGER)");
        var before = await File.ReadAllBytesAsync(Journal);
        Assert.StartsWith($"{Journal} is not the journal of a copy: it is an SQLite file of another program. ", Fails(MigrationFault.NotAJournal).Message, StringComparison.Ordinal);
        Assert.Equal(before, await File.ReadAllBytesAsync(Journal));
    }

    [Fact]
    public async Task An_empty_file_becomes_a_journal()
    {
        await File.WriteAllBytesAsync(Journal, []);
        await FillAsync(1);
    }

    [Fact]
    public void A_folder_that_is_not_there_is_said() =>
        Assert.Equal(
            $"The journal {_folder.Of("missing/ann.journal")} cannot be made or written: the folder {_folder.Of("missing")} does not exist. Make it first.",
            Fails(MigrationFault.JournalNotWritable, path: _folder.Of("missing/ann.journal")).Message);

    [Fact]
    public void A_folder_in_the_place_of_the_file_is_said() =>
        Assert.Equal(
            $"The journal {_folder.Path} cannot be made or written: that is a folder. Name a file in it.",
            Fails(MigrationFault.JournalNotWritable, path: _folder.Path).Message);

    [Fact]
    public void A_place_where_nobody_may_write_is_said()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Needs a folder in which root may make no files.");
        var error = Fails(MigrationFault.JournalNotWritable, path: "/proc/ann.journal");
        Assert.StartsWith("The journal /proc/ann.journal cannot be made or written: ", error.Message, StringComparison.Ordinal);
        Assert.EndsWith(". Name a file that you may write, in a folder where you may make files.", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("page")]
    [InlineData("cut")]
    [InlineData("nobody's")]
    public async Task A_damaged_journal_says_what_to_do(string damage)
    {
        await FillAsync(2000);
        switch (damage)
        {
            case "page":
                await using (var file = File.OpenWrite(Journal))
                {
                    file.Position = file.Length - 8192;
                    file.Write(Encoding.ASCII.GetBytes(new string('x', 4096)));
                }

                break;
            case "cut":
                await using (var file = File.OpenWrite(Journal))
                    file.SetLength(file.Length / 2);
                break;
            default:
                await ChangeAsync("DELETE FROM pair");
                break;
        }

        var error = Fails(MigrationFault.JournalDamaged);
        Assert.StartsWith($"The journal {Journal} is damaged (", error.Message, StringComparison.Ordinal);
        Assert.EndsWith("). Move it away and begin a new journal: what the target already has is found by its content, and not copied twice.", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Fact]
    public async Task Of_a_log_that_is_torn_what_was_whole_is_there()
    {
        var copy = _folder.Of("copy.journal");
        await using (var journal = CopyJournal.Open(Journal, From, To))
        {
            var folder = journal.Folder("INBOX", "1", "INBOX", "1");
            folder.Begin([("1", 1, 100)]);
            Copy(Journal, copy);
            Copy(Journal + "-wal", copy + "-wal");
            folder.Complete([("1", "7", "")]);
            Copy(Journal + "-wal", copy + "-wal");
            await using var torn = File.OpenWrite(copy + "-wal");
            torn.SetLength(torn.Length - 1000);
        }

        await using var left = CopyJournal.Open(copy, From, To);
        Assert.Equal("1", Assert.Single(left.Folder("INBOX", "1", "INBOX", "1").Begun()).SourceId);

        // Not opened by name: closing it would take SQLite's locks off the journal.
        static void Copy(string from, string to) => System.Diagnostics.Process.Start("cp", [from, to]).WaitForExit();
    }

    [Fact]
    public async Task A_disk_without_room_leaves_what_was_noted_and_goes_on_when_there_is_some()
    {
        await using var journal = CopyJournal.Open(Journal, From, To);
        var folder = journal.Folder("INBOX", "1", "INBOX", "1");
        folder.Begin([.. Messages(1, 100)]);
        journal.LimitTo(pages: 10);
        var error = Assert.Throws<MigrationException>(() => folder.Begin([.. Messages(101, 5000)]));
        Assert.Equal(MigrationFault.JournalFull, error.Fault);
        Assert.Equal($"The disk has no room for the journal {Journal}. Make some and run the copy again: it goes on where it stopped.", error.Message);
        Assert.Equal(100, folder.Count);
        journal.LimitTo(pages: 10_000);
        folder.Begin([.. Messages(101, 5000)]);
        Assert.Equal(5100, folder.Count);
    }

    [Theory]
    [InlineData(3, MigrationFault.JournalNotWritable)]
    [InlineData(5, MigrationFault.JournalInUse)]
    [InlineData(6, MigrationFault.JournalInUse)]
    [InlineData(8, MigrationFault.JournalNotWritable)]
    [InlineData(10, MigrationFault.JournalFailed)]
    [InlineData(11, MigrationFault.JournalDamaged)]
    [InlineData(13, MigrationFault.JournalFull)]
    [InlineData(14, MigrationFault.JournalNotWritable)]
    [InlineData(23, MigrationFault.JournalNotWritable)]
    [InlineData(26, MigrationFault.NotAJournal)]
    public void Each_error_of_SQLite_has_its_kind(int code, MigrationFault fault)
    {
        var error = JournalFailure.Of(Journal, new SqliteException("what SQLite said", code));
        Assert.Equal(fault, error.Fault);
        Assert.Contains(Journal, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_disk_that_fails_is_said_with_SQLite_s_words() =>
        Assert.Equal(
            $"The journal {Journal} cannot be read or written: disk I/O error (SQLite 1034). If the disk is in order, run the copy again: it goes on where it stopped. Otherwise move it away and begin a new journal: what the target already has is found by its content, and not copied twice.",
            JournalFailure.Of(Journal, new SqliteException("disk I/O error", 10, 1034)).Message);

    private static IEnumerable<(string SourceId, UInt128 Hash, long Size)> Messages(int first, int count) =>
        Enumerable.Range(first, count).Select(id => ($"{id}", (UInt128)id, 1000L));

    private MigrationException Fails(MigrationFault fault, string from = From, string to = To, string? path = null)
    {
        var error = Assert.Throws<MigrationException>(() => CopyJournal.Open(path ?? Journal, from, to));
        Assert.Equal(fault, error.Fault);
        return error;
    }

    private async Task FillAsync(int messages)
    {
        await using var journal = CopyJournal.Open(Journal, From, To);
        journal.Folder("INBOX", "1", "INBOX", "1").Begin([.. Messages(1, messages)]);
    }

    private async Task ChangeAsync(string text)
    {
        await using var connection = new SqliteConnection($"Data Source={Journal};Pooling=False");
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = text;
        await command.ExecuteNonQueryAsync();
    }
}
