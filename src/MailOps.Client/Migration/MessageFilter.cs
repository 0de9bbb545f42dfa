using System.Globalization;

namespace MailOps.Client.Migration;

/// <summary>Which messages are meant, by what is known of them without reading them. All that is said must hold.</summary>
public sealed record MessageFilter
{
    /// <summary>Messages that arrived then or later.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>Messages that arrived earlier.</summary>
    public DateTimeOffset? Before { get; init; }

    /// <summary>Messages with more octets.</summary>
    public long? LargerThan { get; init; }

    /// <summary>Messages with fewer octets.</summary>
    public long? SmallerThan { get; init; }

    /// <summary>Flags such as <c>\Seen</c> and keywords that a message has, all of them.</summary>
    public IReadOnlyCollection<string> Flag { get; init; } = [];

    /// <summary>Flags and keywords of which a message has none.</summary>
    public IReadOnlyCollection<string> NotFlag { get; init; } = [];

    /// <summary>What it is called where it must be known again: null if a message that it leaves out may be meant later, when its flags are others.</summary>
    internal string? Key => Flag.Count + NotFlag.Count > 0
        ? null
        : string.Create(CultureInfo.InvariantCulture, $"{Since?.ToUnixTimeMilliseconds()},{Before?.ToUnixTimeMilliseconds()},{LargerThan},{SmallerThan}");

    /// <summary>Why no message can be meant; null if one can.</summary>
    public string? Contradiction =>
        Since >= Before ? "Since is not before Before: no message can have arrived in between."
        : LargerThan + 1 >= SmallerThan ? "SmallerThan leaves no size above LargerThan: no message can be meant."
        : Flag.FirstOrDefault(flag => NotFlag.Contains(flag, StringComparer.OrdinalIgnoreCase)) is { } both ? $"{both.TrimStart('\\')} is in Flag and in NotFlag: no message can be meant."
        : null;

    /// <summary>What is asked for, by the names of parameters, for a record of it.</summary>
    public IEnumerable<KeyValuePair<string, string>> ToSettings()
    {
        foreach (var (name, value) in new (string, object?)[] { (nameof(Since), Since), (nameof(Before), Before), (nameof(LargerThan), LargerThan), (nameof(SmallerThan), SmallerThan) })
        {
            if (value is IFormattable told)
                yield return KeyValuePair.Create(name, told.ToString(value is DateTimeOffset ? "yyyy-MM-dd HH:mm:ss zzz" : null, CultureInfo.InvariantCulture));
        }

        foreach (var (name, flags) in new[] { (nameof(Flag), Flag), (nameof(NotFlag), NotFlag) })
        {
            if (flags.Count > 0)
                yield return KeyValuePair.Create(name, string.Join(", ", flags.Select(flag => flag.TrimStart('\\'))));
        }
    }

    /// <summary>True for a message that is meant. One of which nobody knows when it arrived is not left out for that.</summary>
    public bool Takes(MailEntry entry)
    {
        var flags = Flag.Count + NotFlag.Count == 0 ? [] : entry.Flags.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return !(entry.Arrived < Since) && !(entry.Arrived >= Before) && !(entry.Size <= LargerThan) && !(entry.Size >= SmallerThan)
            && Flag.All(flag => flags.Contains(flag, StringComparer.OrdinalIgnoreCase)) && !NotFlag.Any(flag => flags.Contains(flag, StringComparer.OrdinalIgnoreCase));
    }
}
