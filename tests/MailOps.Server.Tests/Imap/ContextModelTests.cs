using System.Globalization;
using Xunit;
using static MailOps.Server.Tests.Imap.ModSeqServer;

namespace MailOps.Server.Tests.Imap;

/// <summary>Two sessions change a mailbox at random, and one of them keeps the results of searches and sorts by what it is told: they are those of new ones (RFC 5267 section 4.3).</summary>
public sealed class ContextModelTests
{
    private static readonly string[] Flags = ["\\Seen", "\\Flagged", "$Work"];

    private static readonly string[] Searches =
    [
        "search|flagged",
        "uid search|or unseen keyword $Work",
        "search|subject b",
        "uid search|not body 1 unflagged",
        "uid search|uid 5:*",
        "uid sort|(subject) utf-8 all",
        "sort|(reverse subject size) utf-8 unseen",
        "uid sort|(reverse arrival) utf-8 flagged",
        "sort|(date from) utf-8 or keyword $Work body 2",
    ];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public async Task Results_that_are_kept_are_those_of_new_searches(int seed)
    {
        var random = new Random(seed);
        await using var server = new ModSeqServer();
        await using var other = await server.SelectAsync("create Archive");
        for (var i = 0; i < 8; i++)
            await AppendAsync(other, random);
        await using var client = await server.SelectAsync(seed % 2 == 0 ? ["enable QRESYNC"] : []);
        var kept = new List<KeptResult>();
        for (var i = 0; i < Searches.Length; i++)
        {
            // With QRESYNC no number is told of what vanishes.
            if (seed % 2 == 0 && !Searches[i].StartsWith("uid", StringComparison.Ordinal))
                continue;
            var (command, criteria) = (Searches[i].Split('|')[0], Searches[i].Split('|')[1]);
            var result = new KeptResult($"u{i}", $"{command} return (all{{0}}) {criteria}");
            result.Hear(Ok(await client.RunAsync($"u{i} {string.Format(CultureInfo.InvariantCulture, result.Command, " update")}")));
            kept.Add(result);
        }

        for (var turn = 1; turn <= 80; turn++)
        {
            var mine = random.Next(3) == 0;
            var lines = await ActAsync(mine ? client : other, random);
            if (mine)
                kept.ForEach(result => result.Hear(lines));
            if (turn % 8 != 0)
                continue;
            lines = Ok(await client.RunAsync("n noop"));
            kept.ForEach(result => result.Hear(lines));
            foreach (var result in kept)
            {
                var fresh = new KeptResult("f", "");
                fresh.Hear(Ok(await client.RunAsync($"f {string.Format(CultureInfo.InvariantCulture, result.Command, "")}")));
                Assert.True(fresh.Numbers.SequenceEqual(result.Numbers), $"Seed {seed}, turn {turn}, {result.Command}: {string.Join(' ', result.Numbers)} is kept, {string.Join(' ', fresh.Numbers)} is there.");
            }
        }
    }

    private static async Task<List<string>> ActAsync(ImapTestClient client, Random random)
    {
        var flag = Flags[random.Next(Flags.Length)];
        var first = 1 + random.Next(6);
        return random.Next(10) switch
        {
            0 or 1 or 2 => await AppendAsync(client, random),
            3 => await client.RunAsync($"a uid store {first}:{first + random.Next(9)} {"+-"[random.Next(2)]}flags ({flag})"),
            4 => await client.RunAsync($"a store {first} {"+-"[random.Next(2)]}flags.silent ({flag})"),
            5 => await client.RunAsync($"a store {first} +flags (\\Deleted)"),
            6 => await client.RunAsync("a expunge"),
            7 => await client.RunAsync($"a uid copy {first}:* INBOX"),
            8 => await client.RunAsync($"a move {first} Archive"),
            _ => await client.RunAsync($"a fetch {first} body[text]"),
        };
    }

    private static Task<List<string>> AppendAsync(ImapTestClient client, Random random)
    {
        var text = $"Subject: {"abc"[random.Next(3)]}{random.Next(3)}\r\nFrom: {"xyz"[random.Next(3)]}@example.com\r\n\r\n{random.Next(4)}\r\n";
        return client.RunAsync($"a append INBOX ({(random.Next(2) == 0 ? Flags[random.Next(3)] : "")}) {{{text.Length}+}}\r\n{text}");
    }
}
