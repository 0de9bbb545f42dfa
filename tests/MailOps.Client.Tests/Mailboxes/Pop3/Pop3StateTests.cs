using MailOps.Client.Mailboxes;
using MailOps.Client.Mailboxes.Seen;
using MailOps.Client.Migration;
using MailOps.Tests.Support;
using Xunit;

namespace MailOps.Client.Tests.Mailboxes.Pop3;

/// <summary>The file that remembers messages.</summary>
public sealed class Pop3StateTests : IDisposable
{
    private static readonly Pop3Account Ann = new("Pop.Example.com", 995, "ann@example.com");
    private static readonly Pop3Account Ben = new("pop.example.com", 995, "ben %\u00fc\u2028 x");
    private readonly PrivateFolder _folder = new();

    private string File_ => _folder.Of("state");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task What_was_noted_is_known_in_the_next_session_of_that_account_alone()
    {
        await using (var ann = await OpenAsync(Ann))
        {
            Assert.Equal(["a", "b"], New(ann, "a", "b"));
            await ann.NoteAsync(new Pop3Entry(1, 5, "a"), "x"u8.ToArray(), default);
        }

        await using (var ben = await OpenAsync(Ben))
        {
            Assert.Equal(["a"], New(ben, "a"));
            await ben.NoteAsync(new Pop3Entry(1, 5, "ä b%\u0001"), octets: null, default);
        }

        await using var again = await OpenAsync(new Pop3Account("POP.example.COM", 995, "ann@example.com"));
        Assert.Equal(["b"], New(again, "a", "b"));
        await using var other = await OpenAsync(Ben);
        Assert.Empty(New(other, "ä b%\u0001"));
        await using var port = await OpenAsync(new Pop3Account("pop.example.com", 110, "ann@example.com"));
        Assert.Equal(["a"], New(port, "a"));
        Assert.Equal(["state", "state.lock"], Directory.GetFiles(_folder.Path).Select(Path.GetFileName).Where(name => !name!.Contains(".lock", StringComparison.Ordinal) || name == "state.lock").Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Copies_with_one_unique_id_count_each()
    {
        await using var state = await OpenAsync(Ann);
        Assert.Equal(["a", "a"], New(state, "a", "a"));
        await state.NoteAsync(new Pop3Entry(1, 5, "a"), [1], default);
        Assert.Equal(["a"], New(state, "a", "a"));
        await state.NoteAsync(new Pop3Entry(2, 5, "a"), [1], default);
        Assert.Empty(New(state, "a", "a"));
        Assert.Empty(New(state, "a"));
        Assert.Equal(["a"], New(state, "a", "a", "a"));
    }

    [Fact]
    public async Task What_the_listing_has_no_more_is_forgotten_but_not_by_an_empty_one()
    {
        await NoteAsync(Ben, "kept");
        await using (var state = await OpenAsync(Ann))
        {
            New(state, "a", "b", "c");
            for (var i = 1; i <= 3; i++)
                await state.NoteAsync(new Pop3Entry(i, 5, "abc"[(i - 1)..i]), [1], default);
            await state.SettleAsync(new HashSet<int>(), default);
        }

        await using (var state = await OpenAsync(Ann))
        {
            New(state);
            await state.SettleAsync(new HashSet<int>(), default);
            Assert.Equal(3, state.Count);
            Assert.Empty(New(state, "a", "c"));
            await state.SettleAsync(new HashSet<int> { 1 }, default);
            Assert.Equal(1, state.Count);
        }

        await using var next = await OpenAsync(Ann);
        Assert.Equal(["a", "b"], New(next, "a", "b", "c"));
        await using var ben = await OpenAsync(Ben);
        Assert.Empty(New(ben, "kept"));
    }

    [Fact]
    public async Task Other_unique_ids_for_all_are_seen_through_by_the_octets_once_each()
    {
        await NoteAsync(Ann, "a", "b");
        await using var state = await OpenAsync(Ann);
        Assert.Equal(["x", "y", "z"], New(state, "x", "y", "z"));
        Assert.True(state.IsKnownBy(ContentHash.Of("a"u8)));
        Assert.False(state.IsKnownBy(ContentHash.Of("a"u8)));
        Assert.False(state.IsKnownBy(ContentHash.Of("c"u8)));
        Assert.Equal(1, state.Renumbered);

        // Where some ids are there still, a message with the octets of one that is gone came anew.
        Assert.Equal(["x"], New(state, "a", "x"));
        Assert.False(state.IsKnownBy(ContentHash.Of("b"u8)));
    }

    [Fact]
    public async Task One_works_with_an_account_at_a_time_and_others_with_other_accounts()
    {
        await using var ann = await OpenAsync(Ann);
        await using var ben = await OpenAsync(Ben);
        var error = await Assert.ThrowsAsync<Pop3StateException>(() => OpenAsync(Ann));
        Assert.Equal(Pop3StateFault.InUse, error.Fault);
        Assert.Equal($"Another command works with the messages of ann@example.com at pop.example.com:995 that {File_} remembers. Wait until it is done, or give this one a file of its own.", error.Message);
        await Task.WhenAll(Enumerable.Range(0, 50).SelectMany(i => new[] { (ann, $"a{i}"), (ben, $"b{i}") }).GroupBy(one => one.Item1).Select(group => Task.Run(async () =>
        {
            foreach (var (state, uidl) in group)
                await state.NoteAsync(new Pop3Entry(1, 5, uidl), [1], default);
        })));
        await ann.DisposeAsync();
        await using var again = await OpenAsync(Ann);
        Assert.Equal(50, again.Count);
    }

    [Fact]
    public async Task A_look_makes_and_writes_nothing()
    {
        await using (var none = await Pop3State.OpenAsync(File_, Ann, isReadOnly: true, TimeProvider.System, default))
            Assert.Equal(["a"], New(none, "a"));
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));
        await NoteAsync(Ann, "a");
        var before = File.ReadAllText(File_);
        await using var state = await Pop3State.OpenAsync(File_, Ann, isReadOnly: true, TimeProvider.System, default);
        Assert.Equal(["b"], New(state, "a", "b"));
        await state.NoteAsync(new Pop3Entry(2, 5, "b"), [1], default);
        await state.SettleAsync(new HashSet<int> { 1 }, default);
        Assert.Equal(before, File.ReadAllText(File_));
    }

    [Fact]
    public async Task A_file_cut_off_anywhere_has_what_its_whole_lines_say_and_is_written_on()
    {
        await NoteAsync(Ann, "aaaa", "bbbb");
        var whole = File.ReadAllBytes(File_);
        for (var length = 0; length <= whole.Length; length++)
        {
            File.WriteAllBytes(File_, whole[..length]);
            await using (var state = await OpenAsync(Ann))
            {
                var left = System.Text.Encoding.UTF8.GetString(whole[..length]);
                Assert.Equal(new[] { "aaaa", "bbbb" }.Where(id => !left.Contains(id + "\n", StringComparison.Ordinal)), New(state, "aaaa", "bbbb"));
                await state.NoteAsync(new Pop3Entry(3, 5, "cccc"), [1], default);
            }

            await using var next = await OpenAsync(Ann);
            Assert.Empty(New(next, "cccc"));
        }
    }

    [Theory]
    [InlineData("From: someone\n", Pop3StateFault.NotAState, "does not remember POP3 messages")]
    [InlineData("MailOps POP3 state 99\n", Pop3StateFault.TooNew, "(format 99; this one knows 1)")]
    [InlineData("MailOps POP3 state 1\naccount 1 x 995 y\n1 yesterday - a\n", Pop3StateFault.Damaged, "Line 3 of")]
    [InlineData("MailOps POP3 state 1\naccount 1 x 995 y\n1 2026-11-30T00:00:00Z 12 a\n", Pop3StateFault.Damaged, "Line 3 of")]
    [InlineData("MailOps POP3 state 1\n1 2026-11-30T00:00:00Z - a\n", Pop3StateFault.Damaged, "Line 2 of")]
    [InlineData("MailOps POP3 state 1\naccount 1 x 995 y\naccount 1 z 995 y\n", Pop3StateFault.Damaged, "Line 3 of")]
    [InlineData("MailOps POP3 state 1\naccount 1 x% 995 y\n", Pop3StateFault.Damaged, "Line 2 of")]
    public async Task What_is_no_state_is_told_and_left_alone(string text, object fault, string message)
    {
        File.WriteAllText(File_, text);
        var error = await Assert.ThrowsAsync<Pop3StateException>(() => OpenAsync(Ann));
        Assert.Equal(fault, error.Fault);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.Equal(text, File.ReadAllText(File_));
        await Assert.ThrowsAsync<Pop3StateException>(() => OpenAsync(Ann));
    }

    [Fact]
    public async Task A_folder_that_is_missing_is_an_error()
    {
        var path = Path.Join(_folder.Of("no"), "state");
        await Assert.ThrowsAsync<DirectoryNotFoundException>(() => Pop3State.OpenAsync(path, Ann, isReadOnly: false, TimeProvider.System, default));
    }

    [Fact]
    public async Task A_link_stays_a_link_and_the_file_behind_it_is_written()
    {
        Directory.CreateDirectory(_folder.Of("there"));
        File.CreateSymbolicLink(File_, Path.Join(_folder.Of("there"), "real"));
        await NoteAsync(Ann, "a", "b");
        await using (var state = await OpenAsync(Ann))
        {
            New(state, "a");
            await state.SettleAsync(new HashSet<int>(), default);
        }

        Assert.NotNull(new FileInfo(File_).LinkTarget);
        Assert.Contains(" a\n", File.ReadAllText(Path.Join(_folder.Of("there"), "real")), StringComparison.Ordinal);
    }

    private Task<Pop3State> OpenAsync(Pop3Account account) => Pop3State.OpenAsync(File_, account, isReadOnly: false, TimeProvider.System, default);

    private async Task NoteAsync(Pop3Account account, params string[] uidls)
    {
        await using var state = await OpenAsync(account);
        New(state, uidls);
        for (var i = 0; i < uidls.Length; i++)
            await state.NoteAsync(new Pop3Entry(i + 1, 5, uidls[i]), System.Text.Encoding.ASCII.GetBytes(uidls[i]), default);
    }

    private static IEnumerable<string?> New(Pop3State state, params string[] uidls) => [.. state.NewAmong([.. uidls.Select((uidl, i) => new Pop3Entry(i + 1, 5, uidl))]).Select(entry => entry.Uidl)];
}
