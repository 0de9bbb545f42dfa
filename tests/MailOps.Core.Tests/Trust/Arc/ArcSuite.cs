using System.Text;
using System.Text.Json;
using MailOps.Trust.Arc;

namespace MailOps.Core.Tests.Trust.Arc;

/// <summary>The suite of the ARC community (arc_test_suite, see its licence beside it).</summary>
internal static class ArcSuite
{
    private static readonly JsonDocument Suite = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Trust", "Arc", "arc-draft-validation-tests.json")));

    /// <summary>A test: its name, the message, and what is asked for.</summary>
    public static IEnumerable<(string Name, byte[] Message, string Expected, IReadOnlyDictionary<string, string> Records)> Tests() =>
        from scenario in Suite.RootElement.EnumerateArray()
        let records = scenario.GetProperty("txt-records").EnumerateObject().ToDictionary(record => record.Name, record => record.Value.GetString()!, StringComparer.OrdinalIgnoreCase)
        from test in scenario.GetProperty("tests").EnumerateObject()
        select (test.Name, Encoding.UTF8.GetBytes(test.Value.GetProperty("message").GetString()!.Replace("\n", "\r\n", StringComparison.Ordinal)), test.Value.GetProperty("cv").GetString()!, (IReadOnlyDictionary<string, string>)records);

    /// <summary>What our evaluator says of a message, in pieces of a length.</summary>
    public static async Task<ArcVerdict> EvaluateAsync(byte[] octets, IReadOnlyDictionary<string, string> records, int piece = int.MaxValue)
    {
        using var message = new ArcMessage();
        for (var at = 0; at < octets.Length; at += Math.Min(piece, octets.Length - at))
            message.Take(octets.AsSpan(at, Math.Min(piece, octets.Length - at)));
        var chain = ArcChain.Read(message.Header.Span);
        return await new ArcEvaluator((name, _) => Task.FromResult<IReadOnlyList<string>?>(records.TryGetValue(name, out var text) ? [text] : []), TimeProvider.System).EvaluateAsync(message, chain, CancellationToken.None);
    }
}
