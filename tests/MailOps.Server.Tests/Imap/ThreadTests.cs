using System.Text;
using Xunit;

namespace MailOps.Server.Tests.Imap;

/// <summary>THREAD (RFC 5256 section 3), by subject and by references.</summary>
public sealed class ThreadTests
{
    // Id, references, subject; sent one minute after the other unless another order is given.
    private static async Task<string> ThreadAsync(string command, params (string? Id, string References, string Subject)[] messages)
    {
        await using var server = new ImapServer();
        for (var i = 0; i < messages.Length; i++)
            server.Deliver(Message(messages[i], i));
        await using var client = await server.SelectAsync();
        var replies = await client.RunAsync("a " + command);
        Assert.Equal("a OK Done", replies[^1]);
        return replies[0];
    }

    private static string Message((string? Id, string References, string Subject) message, int minute) =>
        (message.Id is null ? "" : $"Message-ID: <{message.Id}>\n")
        + (message.References.Length == 0 ? "" : $"References: {string.Join(' ', message.References.Split(' ').Select(id => $"<{id}>"))}\n")
        + FormattableString.Invariant($"Date: Mon, 1 Jan 2024 {minute / 60:00}:{minute % 60:00}:00 +0000\nSubject: {message.Subject}\n\nbody\n");

    [Fact]
    public async Task A_subject_is_a_thread_with_no_grandchildren() =>
        Assert.Equal("* THREAD (1 (3)(4)(6))(2 5)", await ThreadAsync(
            "thread orderedsubject utf-8 all", ("a", "", "one"), ("b", "", "two"), ("c", "a", "Re: one"), ("d", "c", "RE: One"), ("e", "", "[x] two"), ("f", "", "one (fwd)")));

    [Theory]
    // Step 1: parents as the references tell them; the last one is the parent.
    [InlineData("* THREAD (1 2 3)", "a||s", "b|a|t", "c|a b|u")]
    [InlineData("* THREAD (1 (2)(3))", "a||s", "b|a|t", "c|a|u")]
    // The message may come before its parents.
    [InlineData("* THREAD (3 2 1)", "c|a b|u", "b|a|t", "a||s")]
    // A truncated References field of a later message does not break what is known.
    [InlineData("* THREAD (1 2 3)", "a||s", "b|a|t", "c|b|u")]
    // Who is missing leaves a gap, which does not show unless it holds several.
    [InlineData("* THREAD (1 2)", "a||s", "c|a b|u")]
    [InlineData("* THREAD ((1)(2))", "b|x|s", "c|x|t")]
    [InlineData("* THREAD (1)", "b|x|s")]
    [InlineData("* THREAD (1 (2)(3))", "a||s", "c|a x|t", "d|a x|u")]
    // Loops are not made.
    [InlineData("* THREAD (2 1)", "a|b|s", "b|a|t")]
    [InlineData("* THREAD (1)", "a|a|s")]
    [InlineData("* THREAD (1)", "a|b a b a|s")]
    // Of two messages with one id the first has it.
    [InlineData("* THREAD (1 3)(2)", "a||s", "a||t", "c|a|u")]
    [InlineData("* THREAD (1)(2)", "||s", "||t")]
    // Step 5: subjects bring together what references do not.
    [InlineData("* THREAD (1 2)", "a||s", "b||Re: s")]
    [InlineData("* THREAD ((1)(2))", "a||s", "b||s")]
    [InlineData("* THREAD ((1)(2))", "a||Re: s", "b||Re: s")]
    [InlineData("* THREAD (2 1)", "a||Re: s", "b||s")]
    [InlineData("* THREAD (1 (2)(3))", "a||s", "b||Re: s", "c||Re: S")]
    [InlineData("* THREAD ((1)(2)(3))", "a||s", "b||s", "c||s")]
    [InlineData("* THREAD ((1)(2)(3))", "a|x|s", "b|x|t", "c||s")]
    [InlineData("* THREAD ((1)(2)(3)(4))", "a|x|s", "b|x|t", "c|y|s", "d|y|u")]
    [InlineData("* THREAD (1)(2)", "a||", "b||")]
    [InlineData("* THREAD (1)(2)", "a||Re:", "b||Re:")]
    public async Task References_make_threads_RFC5256_3(string expected, params string[] messages) =>
        Assert.Equal(expected, await ThreadAsync("thread references utf-8 all", [.. messages.Select(message => message.Split('|')).Select(part => (part[0].Length == 0 ? null : part[0], part[1], part[2]))]));

    [Fact]
    public async Task A_long_way_up_is_gone_once_however_often_it_is_asked_for_RFC5256_3_step_1()
    {
        // A chain of a hundred thousand ancestors that are not there, and messages that say again and again that its top answers its end.
        const int count = 100;
        const int perMessage = 1000;
        await using var server = new ImapServer();
        for (var i = 0; i < count; i++)
            server.Deliver(Message(("m" + i, string.Join(' ', Enumerable.Range(i * (perMessage - 1), perMessage).Select(place => "x" + place)), "s" + i), i));
        var loop = string.Join(' ', Enumerable.Repeat(FormattableString.Invariant($"x{count * (perMessage - 1)} x0"), perMessage / 2));
        for (var i = 0; i < count; i++)
            server.Deliver(Message(("n" + i, loop, "t" + i), count + i));
        await using var client = await server.SelectAsync();
        var all = string.Concat(Enumerable.Range(1, 2 * count).Select(number => FormattableString.Invariant($"({number})")));
        Assert.Equal($"* THREAD ({all})", (await client.RunAsync("a thread references utf-8 all"))[0]);
    }

    [Theory]
    // A short way is none any more when a message of it says what it answers.
    [InlineData("* THREAD (2)(3 1 4)", "p|a b c|s", "q|c a|t", "b||u", "r|p|v")]
    [InlineData("* THREAD (3 (1)(2)(4))", "p|a b c|s", "q|c a|t", "b||u", "r|c a|v")]
    public async Task What_a_message_answers_by_its_own_word_counts_RFC5256_3_step_1_B(string expected, params string[] messages) =>
        Assert.Equal(expected, await ThreadAsync("thread references utf-8 all", [.. messages.Select(message => message.Split('|')).Select(part => ((string?)part[0], part[1], part[2]))]));

    [Fact]
    public async Task Siblings_come_by_when_they_were_sent_and_a_dummy_by_its_first_RFC5256_3_step_6()
    {
        await using var server = new ImapServer();
        server.Deliver(Message(("p", "", "p"), 30));
        server.Deliver(Message(("q", "p", "q"), 50));
        server.Deliver(Message(("r", "p", "r"), 40));
        server.Deliver(Message(("s", "x", "s"), 20));
        server.Deliver(Message(("t", "x", "t"), 10));
        server.Deliver(Message(("u", "", "u"), 15));
        await using var client = await server.SelectAsync();
        Assert.Equal("* THREAD ((5)(4))(6)(1 (3)(2))", (await client.RunAsync("a thread references utf-8 all"))[0]);
    }

    [Fact]
    public async Task In_Reply_To_counts_where_References_says_nothing_and_its_first_id_alone()
    {
        await using var server = new ImapServer();
        server.Deliver("Message-ID: <a@x>\nSubject: s\n\n.\n");
        server.Deliver("Message-ID: <b@x>\nSubject: t\n\n.\n");
        server.Deliver("Message-ID: <c@x>\nIn-Reply-To: <b@x> of <a@x>\nReferences: none\nSubject: u\n\n.\n");
        server.Deliver("Message-ID: <d@x>\nIn-Reply-To: <b@x>\nReferences: <\"a\"@x>\nSubject: v\n\n.\n");
        await using var client = await server.SelectAsync();
        Assert.Equal("* THREAD (1 4)(2 3)", (await client.RunAsync("a thread references utf-8 all"))[0]);
    }

    [Fact]
    public async Task Only_what_is_found_is_threaded_by_numbers_or_UIDs()
    {
        await using var server = new ImapServer();
        for (var i = 0; i < 4; i++)
            server.Deliver(Message(($"m{i}", i == 0 ? "" : $"m{i - 1}", $"s{i}"), i));
        server.Inbox.Remove(1);
        await using var client = await server.SelectAsync();
        Assert.Equal("* THREAD (1 2)", (await client.RunAsync("a thread references utf-8 not subject s3"))[0]);
        Assert.Equal("* THREAD (2 3 4)", (await client.RunAsync("a uid thread references us-ascii all"))[0]);
        Assert.Equal("* THREAD (2)(3)(4)", (await client.RunAsync("a uid thread orderedsubject us-ascii all"))[0]);
        Assert.Equal("* THREAD", (await client.RunAsync("a thread references utf-8 deleted"))[0]);
    }

    [Fact]
    public async Task A_thread_may_be_as_deep_as_the_mailbox_is_large()
    {
        const int count = 5_000;
        await using var server = new ImapServer();
        for (var i = 0; i < count; i++)
            server.Deliver(FormattableString.Invariant($"Message-ID: <{i}@x>\nReferences: <{(i + 1) % count}@x>\nSubject: {i}\n\n.\n"));
        await using var client = await server.SelectAsync();
        var expected = new StringBuilder("* THREAD (");
        for (var i = count; i > 0; i--)
            expected.Append(System.Globalization.CultureInfo.InvariantCulture, $"{i}{(i > 1 ? " " : ")")}");
        // The last one's reference to the first would close the ring.
        Assert.Equal(expected.ToString(), (await client.RunAsync("a thread references utf-8 all"))[0]);
    }

    [Fact]
    public async Task References_without_end_are_read_as_far_as_threads_are_deep()
    {
        await using var server = new ImapServer();
        server.Deliver("Message-ID: <first@x>\nSubject: a\n\n.\n");
        server.Deliver("Message-ID: <parent@x>\nSubject: b\n\n.\n");
        server.Deliver($"Message-ID: <c@x>\nReferences: <first@x>\n{string.Concat(Enumerable.Range(0, 5000).Select(i => $" <{i}@x>\n"))} <parent@x>\nSubject: c\n\n.\n");
        await using var client = await server.SelectAsync();
        Assert.Equal("* THREAD (1)(2 3)", (await client.RunAsync("a thread references utf-8 all"))[0]);
    }
}
