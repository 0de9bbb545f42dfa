using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using MailOps.Messages;
using MailOps.Trust.Dkim;

namespace MailOps.Trust.Arc;

/// <summary>Looks at the chain of a message (RFC 8617 section 5.2).</summary>
/// <param name="keys">Asks for the texts of the TXT records of a name; null where that could not be found out.</param>
/// <param name="clock">The time.</param>
internal sealed class ArcEvaluator(Func<string, CancellationToken, Task<IReadOnlyList<string>?>> keys, TimeProvider clock)
{
    private const string Steps = "RFC 8617 section 5.2";

    /// <summary>Looks at it.</summary>
    /// <param name="message">The message.</param>
    /// <param name="chain">Its chain.</param>
    /// <param name="cancel">Ends the wait.</param>
    public async Task<ArcVerdict> EvaluateAsync(ArcMessage message, ArcChain chain, CancellationToken cancel)
    {
        if (chain.IsEmpty)
            return new ArcVerdict(ArcStatus.None, "The message has no chain.", Steps);
        var problem = chain.Problem() ?? await MessageProblemAsync(message, chain, cancel).ConfigureAwait(false);
        for (var i = chain.Highest; problem is null && i >= 1; i--)
            problem = await SealProblemAsync(chain, i, cancel).ConfigureAwait(false);
        return problem is null
            ? new ArcVerdict(ArcStatus.Pass, string.Create(CultureInfo.InvariantCulture, $"All {chain.Highest} sets hold."), Steps)
            : new ArcVerdict(ArcStatus.Fail, problem, Steps);
    }

    // Without the tag c it is simple (RFC 6376 section 3.5); the community's suite has it relaxed there.
    private async Task<string?> MessageProblemAsync(ArcMessage message, ArcChain chain, CancellationToken cancel)
    {
        var c = chain.Find(ArcFieldKind.Message, chain.Highest)!["c"];
        var problem = await MessageProblemAsync(message, chain, c ?? "simple/simple", cancel).ConfigureAwait(false);
        return c is null && problem is not null && await MessageProblemAsync(message, chain, "relaxed/relaxed", cancel).ConfigureAwait(false) is null ? null : problem;
    }

    private async Task<string?> MessageProblemAsync(ArcMessage message, ArcChain chain, string c, CancellationToken cancel)
    {
        var field = chain.Find(ArcFieldKind.Message, chain.Highest)!;
        var what = string.Create(CultureInfo.InvariantCulture, $"The signature of the message in set {chain.Highest}");
        if (Canonicalizations(c) is not var (header, body) || field["h"] is not { } names || ArcTags.Base64(field["bh"]) is not { } bodyHash)
            return $"{what} lacks a tag, or has one that cannot be read.";
        // What counts only a part of the body vouches for no more than that; nobody makes such a signature here.
        if (field["l"] is not null)
            return $"{what} covers a part of the body only.";
        if (field["x"] is { } end && !(long.TryParse(end, NumberStyles.None, CultureInfo.InvariantCulture, out var until) && until >= clock.GetUtcNow().ToUnixTimeSeconds()))
            return $"{what} has expired.";
        var signed = names.Split(':').Select(name => name.Trim(' ', '\t', '\r', '\n')).ToList();
        if (signed.Contains("arc-seal", StringComparer.OrdinalIgnoreCase))
            return $"{what} covers seals.";
        if (!message.BodyHash(body).AsSpan().SequenceEqual(bodyHash))
            return $"{what} does not fit the body.";
        var octets = new ArrayBufferWriter<byte>();
        WriteFields(message.Header.Span, signed, header, octets);
        HeaderCanon.Write(ArcTags.Unsigned(field.Line), header, octets);
        return await SignatureProblemAsync(field, octets, what, cancel).ConfigureAwait(false);
    }

    private Task<string?> SealProblemAsync(ArcChain chain, int instance, CancellationToken cancel)
    {
        var field = chain.Find(ArcFieldKind.Seal, instance)!;
        var octets = new ArrayBufferWriter<byte>();
        chain.WriteBefore(instance, octets);
        HeaderCanon.Write(ArcTags.Unsigned(field.Line), DkimCanonicalization.Relaxed, octets);
        return SignatureProblemAsync(field, octets, string.Create(CultureInfo.InvariantCulture, $"The seal of set {instance}"), cancel);
    }

    private async Task<string?> SignatureProblemAsync(ArcField field, ArrayBufferWriter<byte> octets, string what, CancellationToken cancel)
    {
        if (field["a"] is not { } algorithm || field["d"] is not { Length: > 0 } domain || field["s"] is not { Length: > 0 } selector || ArcTags.Base64(field["b"]) is not { } signature)
            return $"{what} lacks a tag, or has one that cannot be read.";
        if (field["t"] is { } time && !long.TryParse(time, NumberStyles.None, CultureInfo.InvariantCulture, out _))
            return $"{what} has no time in its tag t.";
        var name = $"{selector}._domainkey.{domain}";
        var texts = await keys(name, cancel).ConfigureAwait(false);
        if (texts is not { Count: > 0 })
            return $"{what} has a key that is not to be had: {name}.";
        var problem = "";
        foreach (var text in texts)
        {
            if (!DkimPublicKey.TryRead(text, out var key, out var error))
            {
                problem = error;
                continue;
            }

            using (key)
            {
                if (!key.Algorithm.Equals(algorithm, StringComparison.OrdinalIgnoreCase))
                    problem = $"The key is for {key.Algorithm}, the signature of {algorithm}.";
                else if (key.Verify(SHA256.HashData(octets.WrittenSpan), signature))
                    return null;
                else
                    problem = "It does not fit.";
            }
        }

        return $"{what} does not hold ({name}). {problem}";
    }

    // Of several fields of a name the last is signed first; one that is not there is signed as nothing (RFC 6376 section 5.4.2).
    private static void WriteFields(ReadOnlySpan<byte> header, IReadOnlyList<string> names, DkimCanonicalization canonicalization, IBufferWriter<byte> output)
    {
        var lines = new Dictionary<string, Stack<Range>>(StringComparer.OrdinalIgnoreCase);
        var scanner = new HeaderScanner(header);
        while (true)
        {
            var start = scanner.Passed;
            if (!scanner.MoveNext())
                break;
            var name = Encoding.ASCII.GetString(scanner.Name);
            if (!lines.TryGetValue(name, out var all))
                lines[name] = all = new Stack<Range>();
            all.Push(start..scanner.Passed);
        }

        foreach (var name in names)
        {
            if (lines.TryGetValue(name, out var all) && all.TryPop(out var line))
                HeaderCanon.Write(header[line], canonicalization, output);
        }
    }

    private static (DkimCanonicalization Header, DkimCanonicalization Body)? Canonicalizations(string text) => text.ToLowerInvariant() switch
    {
        "simple" or "simple/simple" => (DkimCanonicalization.Simple, DkimCanonicalization.Simple),
        "relaxed" or "relaxed/simple" => (DkimCanonicalization.Relaxed, DkimCanonicalization.Simple),
        "simple/relaxed" => (DkimCanonicalization.Simple, DkimCanonicalization.Relaxed),
        "relaxed/relaxed" => (DkimCanonicalization.Relaxed, DkimCanonicalization.Relaxed),
        _ => null,
    };
}
