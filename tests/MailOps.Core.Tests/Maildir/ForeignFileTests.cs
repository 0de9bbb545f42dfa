using System.Text;
using CsCheck;
using MailOps.Maildir;
using MailOps.Maildir.Folders;
using Xunit;

namespace MailOps.Core.Tests.Maildir;

public sealed class ForeignFileTests
{
    [Fact]
    public async Task A_link_that_leads_back_to_itself_keeps_nobody_from_the_other_messages()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Links need a right there.");
        await using var store = new StoreFixture();
        await store.AppendAsync("Subject: a\r\n\r\n", flags: new MessageFlagSet(SystemFlags.Seen));
        var link = Path.Combine(store.Inbox, "cur", "1700000000.M1P1.host:2,S");
        File.CreateSymbolicLink(link, link);
        await using var view = await store.OpenAsync();
        Assert.Equal(2, view.Messages.Count);
        Assert.Equal(["", "Subject: a\r\n\r\n"], (await Task.WhenAll(view.Messages.Select(message => StoreFixture.ReadAsync(view, message)))).Select(text => text ?? "").Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Files_of_other_programs_open_with_CRLF_and_count_as_sent()
    {
        await using var store = new StoreFixture();
        await store.AccountAsync();
        await File.WriteAllTextAsync(Path.Combine(store.Inbox, "new", "1000000000.1_2.host"), "Subject: LF\n\nbody\n");
        await File.WriteAllTextAsync(Path.Combine(store.Inbox, "cur", "1000000001.5.host,S=17:2,FPSx"), "Subject: mix\r\n\nb\r");
        await using (var inbox = await store.OpenAsync())
        {
            Assert.Equal(["Subject: LF\r\n\r\nbody\r\n", "Subject: mix\r\n\r\nb\r"], [await StoreFixture.ReadAsync(inbox, inbox.Messages[0]), await StoreFixture.ReadAsync(inbox, inbox.Messages[1])]);
            Assert.Equal([21L, 18L], inbox.Messages.Select(message => message.Size));
            Assert.True(inbox.Messages[0].Recent);
            Assert.Equal(new MessageFlagSet(SystemFlags.Flagged | SystemFlags.Seen), inbox.Messages[1].Flags);

            // Letters that are not ours stay.
            await inbox.StoreFlagsAsync([inbox.Messages[1]], FlagChange.Replace, new MessageFlagSet(SystemFlags.Answered), CancellationToken.None);
            Assert.True(File.Exists(Path.Combine(store.Inbox, "cur", "1000000001.5.host,S=17:2,PRx")));
        }

        // The size that was counted is kept: nothing is read again.
        await store.RestartAsync();
        await File.WriteAllTextAsync(Path.Combine(store.Inbox, "cur", "1000000000.1_2.host:2,"), "gone");
        await using var again = await store.OpenAsync();
        Assert.Equal(21, again.Messages[0].Size);
        Assert.Contains("1 W21 :1000000000.1_2.host\n", await File.ReadAllTextAsync(Path.Combine(store.Inbox, "dovecot-uidlist")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Messages_that_nobody_numbered_are_numbered_in_the_order_of_their_arrival()
    {
        await using var store = new StoreFixture();
        await store.AccountAsync();
        string[] names = ["1000000002.M3P1Q1.h", "1000000002.M20P1Q1.h", "1000000010.M1P1Q1.h", "999999999.x.h"];
        foreach (var name in names)
            await File.WriteAllTextAsync(Path.Combine(store.Inbox, "new", name), "a\r\n");
        await using var inbox = await store.OpenAsync();
        Assert.Equal([names[3], names[0], names[1], names[2]], inbox.Messages.Select(message => message.FileName));
    }

    [Fact]
    public async Task A_message_that_was_expunged_and_reappears_gets_a_new_UID()
    {
        await using var store = new StoreFixture();
        await store.DeliverAsync("Subject: 1\r\n\r\n");
        await store.DeliverAsync("Subject: 2\r\n\r\n");
        await using var inbox = await store.OpenAsync();
        var path = Directory.GetFiles(Path.Combine(store.Inbox, "cur")).Order(StringComparer.Ordinal).First();
        File.Move(path, Path.Combine(store.Root, "aside"));
        Assert.Equal([1], (await inbox.RefreshAsync(expunges: true, CancellationToken.None)).Expunged);
        Assert.Null(await inbox.OpenMessageAsync(new MailboxMessage(1, 0, MessageFlagSet.None, recent: false, ""), CancellationToken.None));
        await Task.Delay(50);
        File.Move(Path.Combine(store.Root, "aside"), path);
        Assert.Equal(1, (await inbox.RefreshAsync(expunges: true, CancellationToken.None)).Appended);
        Assert.Equal([2u, 3u], inbox.Messages.Select(message => message.Uid));
        await store.RestartAsync();
        await using var again = await store.OpenAsync();
        Assert.Equal([2u, 3u], again.Messages.Select(message => message.Uid));
    }

    [Fact]
    public async Task A_file_that_another_program_renames_can_still_be_read()
    {
        await using var store = new StoreFixture();
        await store.DeliverAsync("Subject: 1\r\n\r\n");
        await using var inbox = await store.OpenAsync();
        var path = Directory.GetFiles(Path.Combine(store.Inbox, "cur")).Single();
        File.Move(path, path + "RS");
        Assert.Equal("Subject: 1\r\n\r\n", await StoreFixture.ReadAsync(inbox, inbox.Messages[0]));
        await inbox.StoreFlagsAsync(inbox.Messages, FlagChange.Add, new MessageFlagSet(SystemFlags.Flagged), CancellationToken.None);
        Assert.Equal(SystemFlags.Answered | SystemFlags.Seen | SystemFlags.Flagged, inbox.Messages[0].Flags.System);
    }

    [Fact]
    public async Task An_empty_file_left_by_a_cut_of_the_power_is_no_message()
    {
        await using var store = new StoreFixture();
        await store.DeliverAsync("Subject: 1\r\n\r\n");
        await File.WriteAllTextAsync(Path.Combine(store.Inbox, "new", "1000000000.M1P1Q1.host,S=100,W=100"), "");
        await using var inbox = await store.OpenAsync();
        Assert.Single(inbox.Messages);
    }

    [Fact]
    public async Task At_most_56_keywords_are_kept_and_the_others_are_not_claimed()
    {
        await using var store = new StoreFixture();
        await store.DeliverAsync("Subject: 1\r\n\r\n");
        await using var inbox = await store.OpenAsync();
        var keywords = Enumerable.Range(0, 60).Select(i => "kw" + i).ToArray();
        var (stored, _) = await inbox.StoreFlagsAsync(inbox.Messages, FlagChange.Add, new MessageFlagSet(SystemFlags.None, [.. keywords]), CancellationToken.None);
        Assert.Equal(keywords[..56], stored[0].Flags.Keywords);
        Assert.Equal((56, false), (inbox.Keywords.Count, inbox.TakesKeywords));
        Assert.Equal(26, (await File.ReadAllLinesAsync(Path.Combine(store.Inbox, "dovecot-keywords"))).Length);
        Assert.Equal("26 kw26", (await File.ReadAllLinesAsync(Path.Combine(store.Inbox, "mailops-keywords")))[0]);
        await store.RestartAsync();
        await using var again = await store.OpenAsync();
        Assert.Equal(keywords[..56], again.Messages[0].Flags.Keywords);
        (stored, _) = await again.StoreFlagsAsync(again.Messages, FlagChange.Remove, new MessageFlagSet(SystemFlags.None, ["KW3", "KW50"]), CancellationToken.None);
        Assert.Equal(54, stored[0].Flags.Keywords.Length);
    }

    [Fact]
    public async Task Any_text_reads_as_CRLF_from_any_position() => await Gen.Select(Gen.Int[0, 2].Select(i => "a\r\n"[i]).Array[0, 200], Gen.Int[0, 250], Gen.Int[1, 50], Gen.Int[0, 2000]).SampleAsync(async (letters, start, step, scale) =>
    {
        var text = string.Concat(Enumerable.Repeat(new string(letters), scale / 40 * 40 + 1));
        var expected = new StringBuilder();
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '\n' && (i == 0 || text[i - 1] != '\r'))
                expected.Append('\r');
            expected.Append(text[i]);
        }

        var octets = Encoding.ASCII.GetBytes(text);
        Assert.Equal(expected.Length, await CrlfStream.CountAsync(new MemoryStream(octets), CancellationToken.None));
        await using var stream = await CrlfStream.OpenAsync(new MemoryStream(octets), CancellationToken.None);
        Assert.Equal(expected.Length, stream.Length);
        foreach (var position in new[] { 0, Math.Min(start * scale, expected.Length), Math.Min(start, expected.Length) })
        {
            stream.Position = position;
            var buffer = new byte[step];
            var count = await stream.ReadAtLeastAsync(buffer, step, throwOnEndOfStream: false);
            Assert.Equal(expected.ToString(position, Math.Min(step, expected.Length - position)), Encoding.ASCII.GetString(buffer, 0, count));
        }
    }, iter: 100);
}
