using System.Collections.Immutable;
using System.Globalization;

namespace MailOps.Smtp;

/// <summary>What a server offered in its reply to EHLO (RFC 5321 section 4.1.1.1): keywords and their parameters. Empty after HELO.</summary>
public sealed class SmtpCapabilities
{
    private readonly Dictionary<string, ImmutableArray<string>> _keywords;

    private SmtpCapabilities(string? greetedAs, Dictionary<string, ImmutableArray<string>> keywords, ImmutableArray<string> lines)
    {
        ServerName = greetedAs;
        _keywords = keywords;
        Lines = lines;
    }

    /// <summary>Nothing offered.</summary>
    public static SmtpCapabilities None { get; } = new(null, [], []);

    /// <summary>The name by which the server calls itself, the first word of its reply.</summary>
    public string? ServerName { get; }

    /// <summary>The lines as the server sent them, its greeting left out, in its order.</summary>
    public ImmutableArray<string> Lines { get; }

    /// <summary>The keywords in capitals, in no order.</summary>
    public IReadOnlyCollection<string> Keywords => _keywords.Keys;

    /// <summary>The largest message in octets that the server takes (RFC 1870), or null if it does not say or says 0.</summary>
    public long? MaxMessageSize =>
        Parameters("SIZE") is [var size, ..] && long.TryParse(size, NumberStyles.None, CultureInfo.InvariantCulture, out var octets) && octets > 0 ? octets : null;

    /// <summary>The SASL mechanisms offered, in capitals (RFC 4954), also where they are given in the old form <c>AUTH=</c>.</summary>
    public ImmutableArray<string> AuthMechanisms => [.. Parameters("AUTH").Select(m => m.ToUpperInvariant())];

    /// <summary>Reads a positive reply to EHLO.</summary>
    public static SmtpCapabilities Of(SmtpReply reply)
    {
        var keywords = new Dictionary<string, ImmutableArray<string>>(StringComparer.OrdinalIgnoreCase);
        foreach (var line in reply.Lines.Skip(1))
        {
            var words = line.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries).AsSpan();
            if (words.IsEmpty)
                continue;

            var keyword = words[0].ToUpperInvariant();
            var parameters = words[1..].ToArray();
            // Before RFC 2554 was final, "AUTH=LOGIN PLAIN" was the form that clients knew; servers still send both.
            if (keyword.StartsWith("AUTH=", StringComparison.Ordinal))
            {
                parameters = keyword.Length > 5 ? [keyword[5..], .. parameters] : parameters;
                keyword = "AUTH";
            }

            keywords[keyword] = keywords.TryGetValue(keyword, out var before)
                ? before.AddRange(parameters.Where(p => !before.Contains(p, StringComparer.OrdinalIgnoreCase)))
                : [.. parameters];
        }

        var greeting = reply.Lines[0];
        var name = greeting.Split(' ', 2)[0];
        return new SmtpCapabilities(name.Length > 0 ? name : null, keywords, reply.Lines.RemoveAt(0));
    }

    /// <summary>True if the server offered the keyword.</summary>
    public bool Offers(string keyword) => _keywords.ContainsKey(keyword);

    /// <summary>The parameters of a keyword as they were given; empty if it has none or was not offered.</summary>
    public ImmutableArray<string> Parameters(string keyword) => _keywords.GetValueOrDefault(keyword, []);

    /// <summary>The lines, joined by commas.</summary>
    public override string ToString() => string.Join(", ", Lines);
}
