using CsCheck;
using MailOps.Client.Migration.Journal;
using MailOps.Tests.Support;
using Xunit;

namespace MailOps.Client.Tests.Migration.Journal;

public sealed class JournalFolderTests : IAsyncLifetime
{
    private readonly PrivateFolder _files = new();
    private CopyJournal _journal = null!;
    private JournalFolder _folder = null!;

    public ValueTask InitializeAsync()
    {
        Open();
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await _journal.DisposeAsync();
        _files.Dispose();
    }

    [Fact]
    public async Task A_message_is_begun_and_completed_or_refused()
    {
        _folder.Begin([("1", 11, 100), ("2", 22, 200), ("3", 33, 300)]);
        Assert.Equal(["1", "2", "3"], _folder.Begun().Select(entry => entry.SourceId));
        _folder.Complete([("1", "71", "$Forwarded \\Seen")]);
        _folder.Refuse("2", "[TOOBIG] 100 octets at the most");
        await ReopenAsync();
        Assert.Equal(
            [
                new JournalEntry("1", JournalState.Copied, 11, 100, "71", "$Forwarded \\Seen", null),
                new JournalEntry("2", JournalState.Refused, 22, 200, null, null, "[TOOBIG] 100 octets at the most"),
                new JournalEntry("3", JournalState.Begun, 33, 300, null, null, null),
            ],
            _folder.Entries());
        Assert.Equal(["3"], _folder.Begun().Select(entry => entry.SourceId));
        Assert.Equal(["71"], _folder.TargetIds());
        Assert.Equal(3, _folder.Count);
        Assert.Empty(_folder.Orphans());
    }

    [Fact]
    public void What_was_refused_may_be_tried_again_and_what_arrived_may_change_its_flags()
    {
        _folder.Begin([("1", 11, 100)]);
        _folder.Refuse("1", "no");
        _folder.Begin([("1", 12, 101)]);
        Assert.Equal(new JournalEntry("1", JournalState.Begun, 12, 101, null, null, null), Assert.Single(_folder.Begun()));
        _folder.Complete([("1", null, "")]);
        _folder.Complete([("1", "9", "\\Flagged")]);
        Assert.Equal(new JournalEntry("1", JournalState.Copied, 12, 101, "9", "\\Flagged", null), Assert.Single(_folder.Entries()));
    }

    [Fact]
    public void What_is_copied_is_not_begun_again_and_nothing_else_of_that_call_is()
    {
        _folder.Begin([("2", 22, 200)]);
        _folder.Complete([("2", "72", "")]);
        var error = Assert.Throws<InvalidOperationException>(() => _folder.Begin([("1", 11, 100), ("2", 22, 200)]));
        Assert.Equal("Message 2 of INBOX is noted as copied. It has to be forgotten before it is sent again.", error.Message);
        Assert.Equal("2", Assert.Single(_folder.Entries()).SourceId);
        _folder.Forget(["2", "unknown"]);
        _folder.Begin([("1", 11, 100), ("2", 22, 200)]);
        Assert.Equal(2, _folder.Count);
    }

    [Fact]
    public void What_was_not_begun_is_not_completed_or_refused()
    {
        _folder.Begin([("1", 11, 100)]);
        var error = Assert.Throws<InvalidOperationException>(() => _folder.Complete([("1", "71", ""), ("2", "72", "")]));
        Assert.Equal("Message 2 of INBOX is not under way: it has to be begun first.", error.Message);
        Assert.Equal(JournalState.Begun, Assert.Single(_folder.Entries()).State);
        Assert.Throws<InvalidOperationException>(() => _folder.Refuse("2", "no"));
        _folder.Complete([("1", "71", "")]);
        Assert.Throws<InvalidOperationException>(() => _folder.Refuse("1", "no"));
        Assert.Equal(JournalState.Copied, Assert.Single(_folder.Entries()).State);
    }

    [Fact]
    public void What_is_noted_of_some_is_found_by_their_ids()
    {
        _folder.Begin([("1", 11, 100), ("abc", 22, 200)]);
        var found = _folder.Find(["abc", "2", "1"]);
        Assert.Equal(["1", "abc"], found.Keys.Order(StringComparer.Ordinal));
        Assert.Equal((UInt128)22, found["abc"].Hash);
        Assert.Empty(_folder.Find([]));
    }

    [Fact]
    public void Numbers_come_in_their_order_over_any_number_of_pages_while_entries_change()
    {
        _folder.Begin([.. Enumerable.Range(1, 2500).Reverse().Select(id => ($"{id}", (UInt128)id, 1L)), ("b", 1, 1), ("a", 1, 1), ("007", 1, 1)]);
        Assert.Equal([.. Enumerable.Range(1, 2500).Select(id => $"{id}"), "007", "a", "b"], _folder.Entries().Select(entry => entry.SourceId));
        var seen = 0;
        foreach (var entry in _folder.Begun())
        {
            _folder.Complete([(entry.SourceId, $"7{entry.SourceId}", "")]);
            seen++;
        }

        Assert.Equal(2503, seen);
        Assert.Empty(_folder.Begun());
        Assert.Equal(2503, _folder.TargetIds().Distinct().Count());
    }

    [Fact]
    public async Task Folders_are_apart_and_are_found_again_by_both_names()
    {
        var other = _journal.Folder("INBOX", "1", "Old mail", "1");
        Assert.Same(_folder, _journal.Folder("INBOX", "1", "INBOX", "1"));
        _folder.Begin([("1", 11, 100)]);
        _folder.SourceState = "a";
        Assert.Equal(0, other.Count);
        Assert.Null(other.SourceState);
        await ReopenAsync();
        Assert.Equal(1, _folder.Count);
        Assert.Equal(0, _journal.Folder("INBOX", "1", "Old mail", "1").Count);
        Assert.Equal(0, _journal.Folder("inbox", "1", "INBOX", "1").Count);
        Assert.Equal(("INBOX", "Old mail"), (other.Source, other.Target));
    }

    [Fact]
    public async Task States_of_the_two_sides_are_kept_until_they_change_or_an_epoch_does()
    {
        Assert.Null(_folder.SourceState);
        (_folder.SourceState, _folder.TargetState) = ("HIGHESTMODSEQ 7", "UIDNEXT 9");
        await ReopenAsync();
        Assert.Equal(("HIGHESTMODSEQ 7", "UIDNEXT 9"), (_folder.SourceState, _folder.TargetState));
        _folder.TargetState = null;
        Assert.Null(_folder.TargetState);
        _folder.TargetState = "UIDNEXT 10";
        Open("2", "1");
        Assert.Equal((null, null), (_folder.SourceState, _folder.TargetState));
        (_folder.SourceState, _folder.TargetState) = ("s", "t");
        Open("2", "2");
        Assert.Equal((null, null), (_folder.SourceState, _folder.TargetState));
    }

    [Fact]
    public async Task When_the_source_numbers_its_messages_anew_contents_and_copies_are_kept_as_orphans()
    {
        Note();
        await ReopenAsync("2", "1");
        Assert.Equal(0, _folder.Count);
        Assert.Empty(_folder.Begun());
        Assert.Empty(_folder.Find(["1", "2", "3"]));
        Assert.Equal(
            [("1", JournalState.Copied, 11, 100L, "71", "\\Seen"), ("3", JournalState.Begun, (UInt128)33, 300L, null, null)],
            _folder.Orphans().Select(orphan => (orphan.FormerId, orphan.State, orphan.Hash, orphan.Size, orphan.TargetId, orphan.Flags)));

        // The same ids are others now.
        _folder.Begin([("1", 99, 900)]);
        _folder.Complete([("1", "79", "")]);
        Assert.Equal(["71", "79"], _folder.TargetIds().Order());
        await ReopenAsync("2", "1");
        Assert.Equal(1, _folder.Count);
        Assert.Equal(2, _folder.Orphans().Count());
    }

    [Fact]
    public async Task Orphans_are_taken_out_one_by_one()
    {
        Note();
        Open("2", "1");
        var orphans = _folder.Orphans().ToList();
        _folder.Begin([("1", 99, 900)]);
        _folder.Forget([orphans[0]]);
        Assert.Equal(orphans[1], Assert.Single(_folder.Orphans()));
        _folder.Forget(orphans);
        await ReopenAsync("2", "1");
        Assert.Empty(_folder.Orphans());
        Assert.Equal(1, _folder.Count);
        Assert.Empty(_folder.TargetIds());
    }

    [Fact]
    public void Orphans_of_several_epochs_are_all_there_over_any_number_of_pages()
    {
        for (var epoch = 1; epoch <= 3; epoch++)
        {
            Open($"{epoch}", "1");
            _folder.Begin([.. Enumerable.Range(1, 700).Select(id => ($"{id}", (UInt128)((epoch * 1000) + id), 1L))]);
        }

        Open("4", "1");
        Assert.Equal(2100, _folder.Orphans().Select(orphan => orphan.Hash).Distinct().Count());
        Assert.Equal(2100, _folder.Orphans().Count());
    }

    [Fact]
    public async Task When_the_target_is_another_what_had_arrived_is_in_doubt()
    {
        Note();
        Open("2", "1");
        _folder.Begin([("4", 44, 400), ("5", 55, 500)]);
        _folder.Complete([("4", "74", "\\Seen")]);
        _folder.Refuse("5", "no");
        await ReopenAsync("2", "2");
        Assert.Equal(
            [new JournalEntry("4", JournalState.Begun, 44, 400, null, null, null), new JournalEntry("5", JournalState.Refused, 55, 500, null, null, "no")],
            _folder.Entries());
        Assert.Equal("4", Assert.Single(_folder.Begun()).SourceId);
        Assert.Equal([JournalState.Begun, JournalState.Begun], _folder.Orphans().Select(orphan => orphan.State));
        Assert.Empty(_folder.TargetIds());
    }

    [Fact]
    public void Both_sides_may_be_others_at_once()
    {
        Note();
        Open("2", "2");
        Assert.Equal(0, _folder.Count);
        Assert.Equal([(UInt128)11, (UInt128)33], _folder.Orphans().Select(orphan => orphan.Hash));
        Assert.All(_folder.Orphans(), orphan => Assert.Equal((JournalState.Begun, null), (orphan.State, orphan.TargetId)));
    }

    [Fact]
    public void Every_id_and_name_comes_back_as_it_was_and_is_one_of_its_own()
    {
        // Lone surrogates and NUL as well: names of files and folders have them.
        var text = Gen.OneOf(Gen.String, Gen.Int.Select(number => $"{number}"), Gen.String["0129\0\uD800\uDC00é+- "], Gen.Const("999999999999999999"), Gen.Const("9223372036854775807"));
        var epoch = 1;
        Gen.Select(text, text, UInt128s).Sample(
            (sourceId, targetId, hash) =>
            {
                var folder = _journal.Folder(sourceId, $"{++epoch}", targetId, "1");
                folder.Begin([(sourceId, hash, long.MaxValue), (sourceId + "x", 0, 0)]);
                folder.Complete([(sourceId, targetId, "")]);
                Assert.Equal(new JournalEntry(sourceId, JournalState.Copied, hash, long.MaxValue, targetId, "", null), folder.Find([sourceId])[sourceId]);
                Assert.Equal(2, folder.Count);
                Assert.Contains(targetId, folder.TargetIds(), StringComparer.Ordinal);
            },
            iter: 300,
            threads: 1);
    }

    [Fact]
    public void Threads_share_a_journal()
    {
        Parallel.For(0, 8, thread =>
        {
            for (var i = 0; i < 20; i++)
            {
                var id = $"{(thread * 100) + i}";
                _folder.Begin([(id, 1, 1)]);
                _folder.Complete([(id, "7" + id, "")]);
            }
        });
        Assert.Equal(160, _folder.TargetIds().Count());
    }

    private static Gen<UInt128> UInt128s => Gen.Select(Gen.ULong, Gen.ULong).Select(halves => new UInt128(halves.Item1, halves.Item2));

    private void Note()
    {
        _folder.Begin([("1", 11, 100), ("2", 22, 200), ("3", 33, 300)]);
        _folder.Complete([("1", "71", "\\Seen")]);
        _folder.Refuse("2", "no");
    }

    private void Open(string sourceEpoch = "1", string targetEpoch = "1")
    {
        _journal ??= CopyJournal.Open(_files.Of("journal"), "a", "b");
        _folder = _journal.Folder("INBOX", sourceEpoch, "INBOX", targetEpoch);
    }

    private async Task ReopenAsync(string sourceEpoch = "1", string targetEpoch = "1")
    {
        await _journal.DisposeAsync();
        _journal = null!;
        Open(sourceEpoch, targetEpoch);
    }
}
