using System.Text.RegularExpressions;
using MailOps.Server.Hosting;
using MailOps.Server.Tests.Imap;
using MailOps.Server.Tests.Support;
using MailOps.Wire;
using Xunit;

namespace MailOps.Interop.Tests.Imap;

/// <summary>NOTIFY (RFC 5465), beside Dovecot's.</summary>
public sealed partial class NotifyBesideDovecotTests
{
    // What the two say to it, where that differs.
    private static readonly (string Command, string? Ours, string? Theirs)[] Commands =
    [
        ("notify none", null, null),
        ("notify set (selected none)", null, null),
        ("notify set ()", null, null),
        ("notify set (selected)", null, null),
        ("notify set (selected ())", null, null),
        ("notify set (selected (MessageNew))", null, null),
        ("notify set (selected (MessageNew FlagChange))", null, null),
        ("notify set (selected (FlagChange))", null, null),
        ("notify set (selected (MessageNew MessageExpunge AnnotationChange))", null, null),
        ("notify set (selected none) (selected-delayed none)", null, null),
        ("notify set (personal (MessageNew (uid) MessageExpunge))", null, null),
        ("notify set (mailboxes nope (MessageNew MessageExpunge))", null, null),
        ("notify set status (selected MessageNew)", null, null),

        // Section 8: there is a group at least, and nothing behind NONE.
        ("notify set", "BAD", "OK"),
        ("notify none x", "BAD", "OK"),

        // Section 3.1: "MUST refuse the command with a tagged NO response (not a BAD)".
        ("notify set (selected (MessageNew MessageExpunge Other))", "NO", "BAD"),

        // Section 6.1: "It is an error to specify other types of events".
        ("notify set (selected (MailboxName))", "BAD", "OK"),

        // Section 5.6: required where there is METADATA, which is not switched on there.
        ("notify set (personal (ServerMetadataChange MailboxMetadataChange))", "OK", "NO"),
    ];

    // What B does, and what A is told of it then, among what may be told of other mailboxes that did not change.
    private static readonly (string Command, string Told)[] Happenings =
    [
        ("append Work", "STATUS Work MESSAGES 1 UIDNEXT 2"),
        ("append INBOX", "STATUS INBOX MESSAGES 1 UIDNEXT 2"),
        ("select Work", ""),
        ("store 1 +flags (\\Seen)", "STATUS Work UNSEEN 0"),
        ("store 1 +flags.silent (\\Deleted)", ""),
        ("expunge", "STATUS Work MESSAGES 0 UIDNEXT 2"),
        ("create New", "LIST New"),
        ("append New", "STATUS New MESSAGES 1 UIDNEXT 2"),
        ("rename New Newer", "LIST Newer (OLDNAME (New))"),
        ("subscribe Work", "LIST Work subscribed"),
        ("unsubscribe Work", "LIST Work"),
        ("delete Newer", "LIST Newer gone"),
    ];

    private static readonly (string Command, string Told)[] InSelected =
    [
        ("select INBOX", ""),
        ("append INBOX", "FETCH 2 RFC822.SIZE 12"),
        ("store 1 +flags (\\Flagged)", "FETCH 1"),
        ("store 1 +flags.silent (\\Deleted)", "FETCH 1"),
        ("expunge", "EXPUNGE 1"),
    ];

    [Fact]
    public async Task Both_take_and_refuse_the_same()
    {
        await using var dovecot = await Dovecot.StartAsync();
        await using var server = await TestServer.StartAsync();
        await using var theirs = await ImapTestClient.LogInAsync(dovecot.Port);
        await using var ours = await ImapTestClient.LogInAsync(server.Port(MailProtocol.Imap));
        foreach (var (command, expected, other) in Commands)
        {
            var their = (await theirs.RunAsync("a " + command))[^1].Split(' ')[1];
            var our = (await ours.RunAsync("a " + command))[^1].Split(' ')[1];
            Assert.Equal($"{command}: {expected ?? their}, {other ?? their}", $"{command}: {our}, {their}");
        }
    }

    [Fact]
    public async Task Dovecot_tells_this()
    {
        await using var dovecot = await Dovecot.StartAsync();
        await PlayAsync(dovecot.Port);
    }

    [Fact]
    public async Task And_so_do_we()
    {
        await using var server = await TestServer.StartAsync();
        await PlayAsync(server.Port(MailProtocol.Imap));
    }

    private static async Task PlayAsync(int port)
    {
        await using var one = await ImapTestClient.LogInAsync(port);
        await using var other = await ImapTestClient.LogInAsync(port);
        await other.RunAsync("b create Work");
        var status = await one.RunAsync("a notify set status (personal (MessageNew MessageExpunge FlagChange MailboxName SubscriptionChange))");
        Assert.StartsWith("a OK", status[^1], StringComparison.Ordinal);
        Assert.Equal(
            ["STATUS INBOX MESSAGES 0 UIDNEXT 1", "STATUS Work MESSAGES 0 UIDNEXT 1"],
            status.Where(line => line.StartsWith("* STATUS", StringComparison.Ordinal)).Select(Normal).Order(StringComparer.Ordinal));
        foreach (var happening in Happenings)
            await ListenAsync(one, other, happening);
        await one.RunAsync("a select INBOX");
        var set = (await one.RunAsync("a notify set (selected (MessageNew (uid rfc822.size) MessageExpunge FlagChange))"))[^1];
        Assert.True(set.StartsWith("a OK", StringComparison.Ordinal), set);
        foreach (var happening in InSelected)
            await ListenAsync(one, other, happening, asks: true);
    }

    private static async Task ListenAsync(ImapTestClient one, ImapTestClient other, (string Command, string Told) happening, bool asks = false)
    {
        var command = happening.Command.StartsWith("append", StringComparison.Ordinal) ? happening.Command + " {12+}\r\nSubject: x\r\n" : happening.Command;
        var reply = (await other.RunAsync("b " + command))[^1];
        Assert.True(reply.StartsWith("b OK", StringComparison.Ordinal), $"{command}: {reply}");
        var heard = new List<string>();

        // Theirs looks at the selected mailbox when it is asked, or after a while that is longer than a test may wait.
        if (asks)
            await one.SendAsync("a noop\r\n");
        try
        {
            while (happening.Told.Length > 0 && !heard.Contains(happening.Told))
                heard.Add(Normal(await one.ReadLineAsync() ?? throw new TimeoutException()));
        }
        catch (TimeoutException)
        {
            Assert.Fail($"{command}: '{happening.Told}' is not among what is told: {string.Join("; ", heard)}");
        }
    }

    // The name, and what matters of it: theirs tells HIGHESTMODSEQ and UNSEEN to all, and of a name no attribute that it need not (section 5.4).
    private static string Normal(string line)
    {
        line = line.Replace("\"", "", StringComparison.Ordinal);
        if (StatusPattern().Match(line) is { Success: true } status)
            return $"STATUS {status.Groups["name"].Value} {string.Join(' ', new[] { "MESSAGES", "UIDNEXT" }.Select(item => Item(status.Groups["items"].Value, item)).Where(item => item.Length > 0))}{(line.Contains("MESSAGES", StringComparison.Ordinal) ? "" : Item(line, "UNSEEN"))}";
        if (ListPattern().Match(line) is { Success: true } list)
            return $"LIST {list.Groups["name"].Value}{(line.Contains("\\NonExistent", StringComparison.Ordinal) ? " gone" : "")}{(line.Contains("\\Subscribed", StringComparison.Ordinal) ? " subscribed" : "")}{list.Groups["old"].Value}";
        var words = line.Split(' ');
        return words.Length < 3 ? line : $"{words[2]} {words[1]}{(line.Contains("UID 2", StringComparison.Ordinal) ? " " + Item(line, "RFC822.SIZE") : "")}";
    }

    private static string Item(string items, string name) => Regex.Match(items, name + " [0-9]+", RegexOptions.None, TimeSpan.FromSeconds(1)).Value;

    [GeneratedRegex(@"^\* STATUS (?<name>\S+) \((?<items>[^)]*)\)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex StatusPattern();

    [GeneratedRegex(@"^\* LIST \([^)]*\) \S+ (?<name>\S+)(?<old> \(OLDNAME \(.*\)\))?$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex ListPattern();
}
