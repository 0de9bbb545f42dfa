using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using MailOps.Server.Accounts;
using MailOps.Server.Queue;

namespace MailOps.Server.Hosting.Configuration;

/// <summary>The table <c>Outbound.DestinationLimits</c>: how fast mail goes to destinations.</summary>
public static class DestinationLimitSettings
{
    private const string Name = "Outbound.DestinationLimits";
    private const string Example = "DestinationLimits = @{ '*' = @{ MaxMessagesPerMinute = 600 }; 'example.net' = @{ MaxConnections = 2 } }";

    private static readonly (string Key, int Most, Func<DestinationLimits, int, DestinationLimits> Set)[] Limits =
    [
        (nameof(DestinationLimits.MaxConnections), DestinationLimits.MostConnections, (limits, number) => limits with { MaxConnections = number }),
        (nameof(DestinationLimits.MaxMessagesPerConnection), DestinationLimits.MostMessages, (limits, number) => limits with { MaxMessagesPerConnection = number }),
        (nameof(DestinationLimits.MaxMessagesPerMinute), DestinationLimits.MostMessages, (limits, number) => limits with { MaxMessagesPerMinute = number }),
    ];

    /// <summary>The setting.</summary>
    internal static SettingRule Rule { get; } = new(Name, Read);

    /// <summary>A table of limits.</summary>
    /// <param name="given">Patterns, each with the names and values of its limits; null for what is no table.</param>
    /// <param name="problem">Told what is wrong with one: its pattern, the limit or null, and a sentence.</param>
    public static ImmutableSortedDictionary<string, DestinationLimits> Of(IEnumerable<(string Pattern, IEnumerable<(string Key, object? Value)>? Limits)> given, Action<string, string?, string> problem)
    {
        var table = new OutboundOptions().DestinationLimits;
        foreach (var (pattern, values) in given)
        {
            var limits = new DestinationLimits();
            foreach (var (key, value) in values ?? [])
                limits = Take(limits, key, value, error => problem(pattern, key, $"{pattern}: {error}"));
            if (!TryPattern(pattern, out var name))
                problem(pattern, null, $"'{pattern}' is no destination. Write a domain or the host of a route as in example.net, .example.net for all below it, or * for all.");
            else if (limits == new DestinationLimits())
                problem(pattern, null, $"{pattern} has no limit. Give it a table of {string.Join(", ", Limits.Select(limit => limit.Key))}, as in {Example}.");
            else
                table = table.SetItem(name, limits);
        }

        return table;
    }

    private static DestinationLimits Take(DestinationLimits limits, string key, object? value, Action<string> problem)
    {
        var (name, most, set) = Array.Find(Limits, limit => limit.Key.Equals(key, StringComparison.OrdinalIgnoreCase));
        var text = Convert.ToString(value, CultureInfo.InvariantCulture);
        if (name is null)
            problem($"there is no limit '{key}'. The limits are {string.Join(", ", Limits.Select(limit => limit.Key))}.");
        else if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number < 1 || number > most)
            problem(string.Create(CultureInfo.InvariantCulture, $"{name} is '{text}', and has to be a whole number from 1 to {most}."));
        else
            return set(limits, number);
        return limits;
    }

    private static bool TryPattern(string pattern, out string name)
    {
        // An address is written as routes have it, whichever way it was given.
        var isAddress = IPAddress.TryParse(pattern, out var address);
        name = isAddress ? address!.ToString() : pattern;
        if (isAddress || pattern == DestinationLimits.Everywhere)
            return true;
        // Both are written for all below a domain.
        pattern = pattern.StartsWith("*.", StringComparison.Ordinal) ? pattern[1..] : pattern;
        var isBelow = pattern.StartsWith('.');
        var isDomain = AccountName.TryDomain(isBelow ? pattern[1..] : pattern, out var ascii);
        name = isBelow ? "." + ascii : ascii ?? "";
        return isDomain;
    }

    private static Func<MailServerOptions, MailServerOptions>? Read(Setting setting, SettingReader reader)
    {
        if (setting.Members is not { } members)
        {
            reader.Refuse(setting, $"a table, as in {Example}");
            return null;
        }

        // Names of members have dots of their own.
        string PatternOf(Setting member) => member.Name[(setting.Name.Length + 1)..];
        var before = reader.Problems.Count;
        var limits = Of(
            members.Select(member => (PatternOf(member), member.Members?.Select(limit => (limit.Key, limit.Value)))),
            (pattern, key, error) =>
            {
                var member = members.First(member => PatternOf(member) == pattern);
                reader.Add(member.Members?.FirstOrDefault(limit => limit.Key == key) ?? member, $"{setting.Name}: {error}");
            });
        return reader.Problems.Count == before ? options => options with { Outbound = options.Outbound with { DestinationLimits = limits } } : null;
    }
}
