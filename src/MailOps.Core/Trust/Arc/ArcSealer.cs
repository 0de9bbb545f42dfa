using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using MailOps.Messages;
using MailOps.Trust.Dkim;

namespace MailOps.Trust.Arc;

/// <summary>Adds a set to a message (RFC 8617 section 5.1).</summary>
internal static class ArcSealer
{
    /// <summary>Makes the set.</summary>
    /// <param name="message">The message as it is sent, but for the set.</param>
    /// <param name="chain">Its chain.</param>
    /// <param name="status">What the chain is worth.</param>
    /// <param name="results">What this server found of the message: the payload of an Authentication-Results field (RFC 8601), with the server's name before it.</param>
    /// <param name="key">The key.</param>
    /// <param name="time">The time of the signatures.</param>
    /// <returns>
    /// The three fields, each with its CRLF, to be put before the message. Null where none is added: the chain was found broken by another, it
    /// has as many sets as it may, or the header cannot be signed.
    /// </returns>
    public static string? Seal(ArcMessage message, ArcChain chain, ArcStatus status, string results, DkimSigningKey key, DateTimeOffset time)
    {
        var instance = chain.Highest + 1;
        if (message.IsTooLong || chain.IsEnded || instance > ArcChain.MostSets || SignedFields.Choose(message.Header.Span, DkimCanonicalization.Relaxed, out _) is not { } fields)
            return null;

        var named = string.Create(CultureInfo.InvariantCulture, $"i={instance};");
        var authentication = $"{ArcField.Names[(int)ArcFieldKind.Results]}: {named} {results.Replace("; ", ";\r\n ", StringComparison.Ordinal)}\r\n";
        var stamp = string.Create(CultureInfo.InvariantCulture, $"t={time.ToUnixTimeSeconds()};");
        // The author's signature is what the chain is for: that it was there is vouched for (section 4.1.2).
        var (names, octets) = WithSignatures(message.Header.Span, fields);
        var signature = new FoldedTags(ArcField.Names[(int)ArcFieldKind.Message])
            .Tag(named).Tag($"a={key.Algorithm};").Tag("c=relaxed/relaxed;").Tag($"d={key.Domain};").Tag($"s={key.Selector};").Tag(stamp)
            .List("h", names).Tag($"bh={Convert.ToBase64String(message.BodyHash(DkimCanonicalization.Relaxed))};").Tag("b=");
        HeaderCanon.Write(signature.Unsigned(), DkimCanonicalization.Relaxed, octets);
        var signed = signature.Sign(key.Sign(SHA256.HashData(octets.WrittenSpan)));

        var covered = new ArrayBufferWriter<byte>();
        // Of a broken chain the new set alone (section 5.1.2).
        if (status is not ArcStatus.Fail)
            chain.WriteAll(covered);
        HeaderCanon.Write(Encoding.UTF8.GetBytes(authentication), DkimCanonicalization.Relaxed, covered);
        HeaderCanon.Write(Encoding.ASCII.GetBytes(signed), DkimCanonicalization.Relaxed, covered);
        var seal = new FoldedTags(ArcField.Names[(int)ArcFieldKind.Seal])
            .Tag(named).Tag($"a={key.Algorithm};").Tag($"cv={status.ToString().ToLowerInvariant()};").Tag($"d={key.Domain};").Tag($"s={key.Selector};").Tag(stamp).Tag("b=");
        HeaderCanon.Write(seal.Unsigned(), DkimCanonicalization.Relaxed, covered);
        return seal.Sign(key.Sign(SHA256.HashData(covered.WrittenSpan))) + signed + authentication;
    }

    private static (IReadOnlyList<string> Names, ArrayBufferWriter<byte> Octets) WithSignatures(ReadOnlySpan<byte> header, SignedFields fields)
    {
        var lines = new List<byte[]>();
        var scanner = new HeaderScanner(header);
        while (scanner.MoveNext())
        {
            if (Ascii.EqualsIgnoreCase(scanner.Name, "DKIM-Signature"u8))
                lines.Add(scanner.Line.ToArray());
        }

        var octets = new ArrayBufferWriter<byte>();
        foreach (var line in Enumerable.Reverse(lines))
            HeaderCanon.Write(line, DkimCanonicalization.Relaxed, octets);
        octets.Write(fields.Octets.Span);
        return ([.. lines.Select(_ => "DKIM-Signature"), .. fields.Names], octets);
    }
}
