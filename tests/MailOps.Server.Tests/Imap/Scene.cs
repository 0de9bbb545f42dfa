using System.Globalization;
using System.Text.RegularExpressions;
using static MailOps.Server.Tests.Imap.ModSeqServer;

namespace MailOps.Server.Tests.Imap;

/// <summary>
/// A mailbox that changed after a client left it. It had UIDs 1 to 10; since then 3, 4, 8 and 10 were expunged, 5 and 9 flagged, and
/// 11 came. The expunge of 7 the client had seen.
/// </summary>
internal sealed partial class Scene : IAsyncDisposable
{
    public ModSeqServer Server { get; } = new();

    public uint UidValidity { get; private set; }

    /// <summary>The HIGHESTMODSEQ that the client knows.</summary>
    public ulong Known { get; private set; }

    /// <summary>The HIGHESTMODSEQ now.</summary>
    public ulong Highest { get; private set; }

    public static async Task<Scene> SetAsync()
    {
        var scene = new Scene();
        await scene.Server.DeliverAsync(10);
        await using var client = await scene.Server.LogInAsync();
        var lines = Ok(await client.RunAsync("a select INBOX"));
        scene.UidValidity = uint.Parse(UidValidityPattern().Match(string.Join(' ', lines)).Groups[1].ValueSpan, CultureInfo.InvariantCulture);
        Ok(await client.RunAsync("b uid store 7 +flags \\Deleted"));
        Ok(await client.RunAsync("c expunge"));
        scene.Known = ModSeqServer.Highest(Ok(await client.RunAsync("d select INBOX (CONDSTORE)")));
        Ok(await client.RunAsync("e uid store 3:4,8,10 +flags \\Deleted"));
        Ok(await client.RunAsync("f uid store 5,9 +flags \\Flagged"));
        Ok(await client.RunAsync("g expunge"));
        await scene.Server.DeliverAsync(1);
        scene.Highest = ModSeqServer.Highest(Ok(await client.RunAsync("h select INBOX")));
        return scene;
    }

    /// <summary>The UIDs that lines tell as gone before, and those whose flags and mod-sequences they tell. What is gone comes first.</summary>
    public static (string Vanished, string Changed) Told(IReadOnlyList<string> lines)
    {
        const string vanished = "* VANISHED (EARLIER) ";
        var fetches = lines.Where(line => line.Contains(" FETCH ", StringComparison.Ordinal)).ToList();
        Xunit.Assert.All(fetches, line => Xunit.Assert.Matches(FetchPattern(), line));
        Xunit.Assert.DoesNotContain(lines.SkipWhile(line => !fetches.Contains(line)), line => line.Contains("VANISHED", StringComparison.Ordinal));
        return (
            string.Concat(lines.Where(line => line.StartsWith(vanished, StringComparison.Ordinal)).Select(line => line[vanished.Length..])),
            string.Join(' ', fetches.Select(line => FetchPattern().Match(line).Groups[1].Value)));
    }

    public ValueTask DisposeAsync() => Server.DisposeAsync();

    [GeneratedRegex(@"\[UIDVALIDITY (?<n>\d+)\]", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex UidValidityPattern();

    [GeneratedRegex(@"^\* \d+ FETCH \(UID (?<n>\d+) FLAGS \([^)]*\) MODSEQ \(\d+\)\)$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex FetchPattern();
}
