using System.Text.RegularExpressions;
using Xunit;
using static MailOps.Server.Tests.Imap.ModSeqServer;

namespace MailOps.Server.Tests.Imap;

/// <summary>NOTIFY (RFC 5465): what it takes, and what is told of mailboxes that are not selected.</summary>
public sealed partial class NotifyTests
{
    [Theory]
    [InlineData("notify none", "a OK Nothing is told")]
    [InlineData("Notify Set (Selected None)", "a OK ")]
    [InlineData("notify set (selected (messagenew messageexpunge))", "a OK ")]
    [InlineData("notify set (selected-delayed (MessageNew(uid flags) MessageExpunge FlagChange))", "a OK ")]
    [InlineData("notify set (selected (MessageNew (uid body.peek[header.fields (from)]) MessageExpunge)) (inboxes none) (subtree (a b/c) (MailboxName))", "a OK ")]
    [InlineData("notify set status (mailboxes \"nope\" (MessageNew MessageExpunge))", "a OK ")]
    [InlineData("notify set (personal (ServerMetadataChange MailboxMetadataChange SubscriptionChange))", "a OK ")]
    [InlineData("notify", "a BAD ")]
    [InlineData("notify none none", "a BAD ")]
    [InlineData("notify some", "a BAD ")]
    [InlineData("notify set", "a BAD ")]
    [InlineData("notify set status", "a BAD ")]
    [InlineData("notify set ()", "a BAD ")]
    [InlineData("notify set (selected)", "a BAD ")]
    [InlineData("notify set (selected ())", "a BAD ")]
    [InlineData("notify set (selected MessageNew)", "a BAD ")]
    [InlineData("notify set (everything none)", "a BAD ")]
    [InlineData("notify set (mailboxes (MailboxName))", "a BAD ")]
    [InlineData("notify set (subtree () none)", "a BAD ")]
    [InlineData("notify set (selected (MessageNew () MessageExpunge))", "a BAD ")]
    [InlineData("notify set (selected (MessageNew (all) MessageExpunge))", "a BAD ")]
    [InlineData("notify set (selected none)(inboxes none)", "a BAD ")]
    [InlineData("notify set (subtree-one a none)", "a BAD SUBTREE-ONE is a filter of ESEARCH alone")]
    public async Task NOTIFY_is_read_as_its_grammar_has_it_RFC5465_8(string command, string expected)
    {
        await using var server = new ModSeqServer();
        await using var client = await server.SelectAsync();
        Assert.StartsWith(expected, (await client.RunAsync("a " + command))[^1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("(selected (MessageNew))", "MessageNew and MessageExpunge need each other")]
    [InlineData("(inboxes (MessageExpunge MailboxName))", "MessageNew and MessageExpunge need each other")]
    [InlineData("(selected (FlagChange))", "FlagChange needs MessageNew and MessageExpunge with it")]
    [InlineData("(selected (MessageNew FlagChange))", "FlagChange needs MessageNew and MessageExpunge with it")]
    [InlineData("(selected (MailboxName))", "Of the selected mailbox there are events of messages alone: name the others with another filter")]
    [InlineData("(selected none) (selected-delayed none)", "The selected mailbox can be named once")]
    [InlineData("(personal (MessageNew (uid) MessageExpunge))", "What is to be told of new messages can be asked for the selected mailbox alone")]
    public async Task Events_that_need_others_are_BAD_without_them_RFC5465_5(string groups, string problem)
    {
        await using var server = new ModSeqServer();
        await using var client = await server.LogInAsync();
        Assert.Equal(["a BAD " + problem], await client.RunAsync("a notify set " + groups));
    }

    [Theory]
    [InlineData("(selected (MessageNew MessageExpunge AnnotationChange))")]
    [InlineData("(personal (Anything))")]
    public async Task An_event_that_is_not_known_is_NO_and_names_those_that_are_RFC5465_3_1(string groups)
    {
        await using var server = new ModSeqServer();
        await using var client = await server.LogInAsync();
        Assert.Equal(
            ["a NO [BADEVENT (MessageNew MessageExpunge FlagChange MailboxName SubscriptionChange MailboxMetadataChange ServerMetadataChange)] One of the events is not known here: nothing is changed"],
            await client.RunAsync("a notify set " + groups));
    }

    [Fact]
    public async Task STATUS_tells_where_each_mailbox_stands_but_the_selected_one_RFC5465_3_1()
    {
        await using var server = new ModSeqServer();
        await server.DeliverAsync(2);
        await using var client = await server.SelectAsync("create Work", "create Work/Deep", "create Play", "append Work {12+}\r\nSubject: s\r\n", "append Play {12+}\r\nSubject: s\r\n");
        Assert.Equal(
            ["* STATUS \"Work\" (MESSAGES 1 UIDNEXT 2 UIDVALIDITY N)", "* STATUS \"Work/Deep\" (MESSAGES 0 UIDNEXT 1 UIDVALIDITY N)"],
            Statuses(Ok(await client.RunAsync("a notify set status (selected (MessageNew MessageExpunge)) (subtree Work (MessageNew MessageExpunge)) (mailboxes (Play INBOX Nope) (MailboxName))"))));
        Assert.Equal(
            ["* STATUS \"Play\" (MESSAGES 1 UIDNEXT 2 UIDVALIDITY N UNSEEN 1 HIGHESTMODSEQ N)"],
            Statuses(Ok(await client.RunAsync("b notify set status (mailboxes (Play INBOX) (MessageNew MessageExpunge FlagChange))"))));
        Ok(await client.RunAsync("c enable CONDSTORE"));
        Assert.Equal(
            ["* STATUS \"Play\" (MESSAGES 1 UIDNEXT 2 UIDVALIDITY N HIGHESTMODSEQ N)"],
            Statuses(Ok(await client.RunAsync("d notify set status (mailboxes Play (MessageNew MessageExpunge))"))));
        Assert.Empty(Statuses(Ok(await client.RunAsync("e notify set (personal (MessageNew MessageExpunge FlagChange))"))));
    }

    [Fact]
    public async Task Messages_of_other_mailboxes_are_told_as_they_come_and_go_RFC5465_5_1_to_5_3()
    {
        await using var server = new ModSeqServer();
        await using var other = await server.SelectAsync("create Work");
        await using var client = await server.LogInAsync();
        Ok(await client.RunAsync("a notify set status (personal (MessageNew MessageExpunge FlagChange))"));
        Ok(await other.RunAsync("a append Work {12+}\r\nSubject: s\r\n"));
        Assert.Equal("* STATUS \"Work\" (MESSAGES 1 UIDNEXT 2 UNSEEN 1)", await client.ReadLineAsync());
        Ok(await other.RunAsync("a append INBOX (\\Seen) {12+}\r\nSubject: s\r\n"));
        Assert.Equal("* STATUS \"INBOX\" (MESSAGES 1 UIDNEXT 2)", await client.ReadLineAsync());
        Ok(await other.RunAsync("a select Work"));
        Ok(await other.RunAsync("a store 1 +flags (\\Seen)"));
        Assert.Equal("* STATUS \"Work\" (UNSEEN 0)", await client.ReadLineAsync());

        // Without mod-sequences there is nothing to tell of a flag but \Seen.
        Ok(await other.RunAsync("a store 1 +flags (\\Deleted)"));
        Ok(await other.RunAsync("a expunge"));
        Assert.Equal("* STATUS \"Work\" (MESSAGES 0 UIDNEXT 2)", await client.ReadLineAsync());
    }

    [Fact]
    public async Task Who_hears_of_mod_sequences_is_told_HIGHESTMODSEQ_RFC5465_5_1()
    {
        await using var server = new ModSeqServer();
        await using var other = await server.SelectAsync("create Work", "append Work {12+}\r\nSubject: s\r\n", "select Work");
        await using var client = await server.LogInAsync();
        Ok(await client.RunAsync("a enable QRESYNC"));
        Ok(await client.RunAsync("a notify set status (personal (MessageNew MessageExpunge FlagChange))"));
        Ok(await other.RunAsync("a select Work"));
        Ok(await other.RunAsync("a store 1 +flags (\\Flagged)"));
        Assert.Equal("* STATUS \"Work\" (HIGHESTMODSEQ N UIDVALIDITY N)", Masked(await client.ReadLineAsync()));
        Ok(await other.RunAsync("a append Work {12+}\r\nSubject: s\r\n"));
        Assert.Equal("* STATUS \"Work\" (MESSAGES 2 UIDNEXT 3 UNSEEN 2 HIGHESTMODSEQ N UIDVALIDITY N)", Masked(await client.ReadLineAsync()));
    }

    [Fact]
    public async Task Without_STATUS_the_first_change_tells_where_the_mailbox_stands()
    {
        await using var server = new ModSeqServer();
        await using var other = await server.SelectAsync("create Work", "append Work {12+}\r\nSubject: s\r\n");
        await using var client = await server.LogInAsync();
        Ok(await client.RunAsync("a notify set (personal (MessageNew MessageExpunge))"));
        Ok(await other.RunAsync("a append Work {12+}\r\nSubject: s\r\n"));
        Assert.Equal("* STATUS \"Work\" (MESSAGES 2 UIDNEXT 3 UIDVALIDITY N)", Masked(await client.ReadLineAsync()));
        Ok(await other.RunAsync("a append Work {12+}\r\nSubject: s\r\n"));
        Assert.Equal("* STATUS \"Work\" (MESSAGES 3 UIDNEXT 4)", await client.ReadLineAsync());
    }

    // RFC 5465 section 5: "SHOULD omit notifying the client if the event is caused by this client".
    [Fact]
    public async Task What_the_client_does_itself_is_not_told()
    {
        await using var server = new ModSeqServer();
        await using var other = await server.SelectAsync("create Work", "create Last");
        await using var client = await server.SelectAsync("append INBOX {12+}\r\nSubject: s\r\n");
        Ok(await client.RunAsync("a notify set status (personal (MessageNew MessageExpunge MailboxName SubscriptionChange MailboxMetadataChange ServerMetadataChange))"));
        foreach (var command in new[] { "create Mine", "rename Mine Yours", "subscribe Yours", "setmetadata Yours (/private/comment \"x\")", "setmetadata \"\" (/private/comment \"x\")", "delete Yours", "append Work {12+}\r\nSubject: s\r\n", "copy 1 Work" })
            Assert.Single(Ok(await client.RunAsync("a " + command)));
        Ok(await other.RunAsync("a append Last {12+}\r\nSubject: s\r\n"));
        Assert.Equal("* STATUS \"Last\" (MESSAGES 1 UIDNEXT 2)", await client.ReadLineAsync());
        Ok(await other.RunAsync("a append Work {12+}\r\nSubject: s\r\n"));
        Assert.Equal("* STATUS \"Work\" (MESSAGES 3 UIDNEXT 4)", await client.ReadLineAsync());
    }

    [Fact]
    public async Task Names_that_come_and_go_are_told_with_those_above_them_RFC5465_5_4()
    {
        await using var server = new ModSeqServer();
        await using var other = await server.LogInAsync();
        await using var client = await server.LogInAsync();
        Ok(await client.RunAsync("a notify set (personal (MailboxName))"));
        Ok(await other.RunAsync("a create Lists"));
        Assert.Equal("* LIST (\\HasNoChildren) \"/\" \"Lists\"", await client.ReadLineAsync());
        Ok(await other.RunAsync("a create Lists/one"));
        Assert.Equal("* LIST (\\HasNoChildren) \"/\" \"Lists/one\"", await client.ReadLineAsync());
        Assert.Equal("* LIST (\\HasChildren) \"/\" \"Lists\"", await client.ReadLineAsync());
        Ok(await other.RunAsync("a rename Lists Lettres&AOk-"));
        Assert.Equal("* LIST (\\HasChildren) \"/\" \"Lettres&AOk-\" (\"OLDNAME\" (\"Lists\"))", await client.ReadLineAsync());
        Ok(await other.RunAsync("a delete Lettres&AOk-/one"));
        Assert.Equal("* LIST (\\NonExistent \\HasNoChildren) \"/\" \"Lettres&AOk-/one\"", await client.ReadLineAsync());
        Assert.Equal("* LIST (\\HasNoChildren) \"/\" \"Lettres&AOk-\"", await client.ReadLineAsync());
        Ok(await other.RunAsync("a append INBOX {12+}\r\nSubject: s\r\n"));
        Ok(await other.RunAsync("a rename INBOX Old"));
        Assert.Equal("* LIST (\\HasNoChildren) \"/\" \"Old\" (\"OLDNAME\" (\"INBOX\"))", await client.ReadLineAsync());
    }

    [Fact]
    public async Task A_name_that_is_told_as_one_of_before_is_told_behind_it_if_it_is_there_again_RFC5465_5_4()
    {
        await using var server = new ModSeqServer();
        await using var other = await server.SelectAsync("create Lists");
        await using var client = await server.LogInAsync();
        Ok(await client.RunAsync("a notify set (personal (MailboxName))"));

        // The client renames it back before it is told.
        await client.SendAsync("b append INBOX {12}\r\n");
        Assert.StartsWith("+ ", await client.ReadLineAsync(), StringComparison.Ordinal);
        Ok(await other.RunAsync("c rename Lists Papers"));
        await client.SendAsync("Subject: s\r\n\r\nd rename Papers Lists\r\n");
        Assert.Single(await client.ReadToTagAsync("b"));
        Assert.Single(Ok(await client.ReadToTagAsync("d")));
        Assert.Equal("* LIST (\\NonExistent \\HasNoChildren) \"/\" \"Papers\" (\"OLDNAME\" (\"Lists\"))", await client.ReadLineAsync());
        Assert.Equal("* LIST (\\HasNoChildren) \"/\" \"Lists\"", await client.ReadLineAsync());
    }

    [Fact]
    public async Task Subscriptions_are_told_and_change_who_is_meant_RFC5465_5_5_and_6_4()
    {
        await using var server = new ModSeqServer();
        await using var other = await server.SelectAsync("create Work");
        await using var client = await server.LogInAsync();
        Ok(await client.RunAsync("a notify set (subscribed (MessageNew MessageExpunge SubscriptionChange))"));
        Ok(await other.RunAsync("a append Work {12+}\r\nSubject: s\r\n"));
        Ok(await other.RunAsync("a subscribe Work"));
        Assert.Equal("* LIST (\\Subscribed \\HasNoChildren) \"/\" \"Work\"", await client.ReadLineAsync());
        Ok(await other.RunAsync("a append Work {12+}\r\nSubject: s\r\n"));
        Assert.Equal("* STATUS \"Work\" (MESSAGES 2 UIDNEXT 3 UIDVALIDITY N)", Masked(await client.ReadLineAsync()));
        Ok(await other.RunAsync("a unsubscribe Work"));
        Assert.Equal("* LIST (\\HasNoChildren) \"/\" \"Work\"", await client.ReadLineAsync());
        Ok(await other.RunAsync("a append Work {12+}\r\nSubject: s\r\n"));
        Ok(await other.RunAsync("a subscribe Nowhere"));
        Assert.Equal("* LIST (\\NonExistent \\Subscribed \\HasNoChildren) \"/\" \"Nowhere\"", await client.ReadLineAsync());
    }

    [Fact]
    public async Task Annotations_are_told_by_name_RFC5465_5_6_and_5_7_RFC5464_4_4_2()
    {
        await using var server = new ModSeqServer();
        await using var other = await server.SelectAsync("create Work");
        await using var client = await server.LogInAsync();
        Ok(await client.RunAsync("a notify set (mailboxes Work (MailboxMetadataChange ServerMetadataChange))"));
        Ok(await other.RunAsync("a setmetadata INBOX (/private/comment \"x\")"));
        Ok(await other.RunAsync("a setmetadata Work (/shared/comment \"x\" /private/comment NIL)"));
        Assert.Equal("* METADATA \"Work\" /shared/comment /private/comment", await client.ReadLineAsync());
        Ok(await other.RunAsync("a setmetadata \"\" (/private/comment \"x\")"));
        Assert.Equal("* METADATA \"\" /private/comment", await client.ReadLineAsync());
    }

    [Fact]
    public async Task Who_asks_for_nothing_of_a_mailbox_hears_nothing_of_it_RFC5465_5()
    {
        await using var server = new ModSeqServer();
        await using var other = await server.SelectAsync("create Work", "create Play");
        await using var client = await server.LogInAsync();
        Ok(await client.RunAsync("a notify set status (personal (MessageNew MessageExpunge)) (mailboxes Work none)"));
        Ok(await other.RunAsync("a append Work {12+}\r\nSubject: s\r\n"));
        Ok(await other.RunAsync("a append Play {12+}\r\nSubject: s\r\n"));
        Assert.Equal("* STATUS \"Play\" (MESSAGES 1 UIDNEXT 2)", await client.ReadLineAsync());
        Ok(await client.RunAsync("a notify set status (inboxes (MessageNew MessageExpunge))"));
        Ok(await other.RunAsync("a append Play {12+}\r\nSubject: s\r\n"));
        Ok(await other.RunAsync("a append INBOX {12+}\r\nSubject: s\r\n"));
        Assert.Equal("* STATUS \"INBOX\" (MESSAGES 1 UIDNEXT 2)", await client.ReadLineAsync());
    }

    // RFC 5465 section 6.1: from then on it is one of those that are not selected.
    [Theory]
    [InlineData("select Play")]
    [InlineData("unselect")]
    public async Task What_was_not_told_of_a_mailbox_while_it_was_selected_is_told_when_it_is_left(string leaves)
    {
        await using var server = new ModSeqServer();
        await using var other = await server.SelectAsync("create Work", "create Play");
        await using var client = await server.LogInAsync();
        Ok(await client.RunAsync("a notify set status (personal (MessageNew MessageExpunge FlagChange))"));
        Ok(await client.RunAsync("b select Work"));
        Ok(await other.RunAsync("a append Work {12+}\r\nSubject: s\r\n"));
        Ok(await other.RunAsync("a append Play {12+}\r\nSubject: s\r\n"));
        Assert.Equal("* STATUS \"Play\" (MESSAGES 1 UIDNEXT 2 UNSEEN 1)", await client.ReadLineAsync());
        Assert.Equal("c OK Nothing done", Assert.Single(await client.RunAsync("c noop")));
        Ok(await client.RunAsync("d " + leaves));
        Assert.Equal("* STATUS \"Work\" (MESSAGES 1 UIDNEXT 2 UNSEEN 1 UIDVALIDITY N)", Masked(await client.ReadLineAsync()));
        Ok(await client.RunAsync("e select Work"));
        Ok(await client.RunAsync("f " + leaves));
        Ok(await other.RunAsync("a append INBOX {12+}\r\nSubject: s\r\n"));
        Assert.Equal("* STATUS \"INBOX\" (MESSAGES 1 UIDNEXT 2 UNSEEN 1)", await client.ReadLineAsync());
    }

    [Theory]
    [InlineData("delete Work", "create Work")]
    [InlineData("delete Work", "rename Play Work")]
    public async Task Another_mailbox_of_the_same_name_is_told_by_its_UIDVALIDITY_RFC5465_5_1(params string[] commands)
    {
        await using var server = new ModSeqServer();
        await using var other = await server.SelectAsync("create Work", "create Play");
        await using var client = await server.LogInAsync();
        var first = Assert.Single(Ok(await client.RunAsync("a notify set status (mailboxes Work (MessageNew MessageExpunge FlagChange))"))[..1]);
        foreach (var command in commands)
            Ok(await other.RunAsync("b " + command));
        var second = await client.ReadLineAsync();
        Assert.Equal("* STATUS \"Work\" (MESSAGES 0 UIDNEXT 1 UNSEEN 0 UIDVALIDITY N)", Masked(second));
        Assert.DoesNotContain(second!.Split(' ')[^1].TrimEnd(')'), first, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_mailbox_that_is_made_later_is_watched_as_well()
    {
        await using var server = new ModSeqServer();
        await using var other = await server.LogInAsync();
        await using var client = await server.LogInAsync();
        Ok(await client.RunAsync("a notify set (mailboxes Later (MessageNew MessageExpunge))"));
        Ok(await other.RunAsync("a create Later"));
        Ok(await other.RunAsync("a append Later {12+}\r\nSubject: s\r\n"));
        Assert.Equal("* STATUS \"Later\" (MESSAGES 1 UIDNEXT 2 UIDVALIDITY N)", Masked(await client.ReadLineAsync()));
    }

    [Fact]
    public async Task A_delivery_is_told_in_IDLE_and_outside_of_it_RFC5465_4()
    {
        await using var server = new ModSeqServer();
        await using var client = await server.SelectAsync("create Work", "select Work");
        Ok(await client.RunAsync("a select Work"));
        Ok(await client.RunAsync("a notify set status (inboxes (MessageNew MessageExpunge))"));
        await server.DeliverBySmtpAsync();
        Assert.Equal("* STATUS \"INBOX\" (MESSAGES 1 UIDNEXT 2)", await client.ReadLineAsync());
        await client.SendAsync("b idle\r\n");
        Assert.Equal("+ idling", await client.ReadLineAsync());
        await server.DeliverBySmtpAsync();
        Assert.Equal("* STATUS \"INBOX\" (MESSAGES 2 UIDNEXT 3)", await client.ReadLineAsync());
        await client.SendAsync("done\r\n");
        Assert.Equal("b OK Idled", await client.ReadLineAsync());
    }

    [Fact]
    public async Task Commands_are_taken_while_things_are_told()
    {
        await using var server = new ModSeqServer();
        await using var other = await server.SelectAsync("create Work");
        await using var client = await server.SelectAsync();
        Ok(await client.RunAsync("a notify set status (personal (MessageNew MessageExpunge MailboxName))"));
        var busy = Task.Run(async () =>
        {
            for (var i = 0; i < 60; i++)
                Ok(await other.RunAsync("a append Work {12+}\r\nSubject: s\r\n"));
        }, TestContext.Current.CancellationToken);
        var told = new List<string>();
        for (var i = 0; i < 60; i++)
            told.AddRange(Ok(await client.RunAsync(i % 2 == 0 ? $"c{i} noop" : $"c{i} create {{4+}}\r\nB{i:000}")).SkipLast(1));
        await busy;
        while (told.Count == 0 || told[^1] != "* STATUS \"Work\" (MESSAGES 60 UIDNEXT 61)")
            told.Add(await client.ReadLineAsync() ?? throw new EndOfStreamException());
        Assert.All(told, line => Assert.Matches("^\\* STATUS \"Work\" \\(MESSAGES [0-9]+ UIDNEXT [0-9]+\\)$", line));
    }

    private static List<string> Statuses(IEnumerable<string> lines) => [.. lines.Where(line => line.StartsWith("* STATUS", StringComparison.Ordinal)).Select(Masked)];

    private static string Masked(string? line) => NumberPattern().Replace(line ?? "", "${what} N");

    [GeneratedRegex("(?<what>UIDVALIDITY|HIGHESTMODSEQ) [0-9]+", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex NumberPattern();
}
