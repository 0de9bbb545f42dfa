using System.Globalization;
using System.Net;
using MailOps.Server.Connections;

namespace MailOps.Server.Hosting.Configuration;

/// <summary>Turns what was written into values, and keeps every problem that it meets.</summary>
/// <param name="folder">What relative paths are relative to.</param>
internal sealed class SettingReader(string folder)
{
    private static readonly (string Suffix, long Factor)[] Sizes = [("KB", 1L << 10), ("MB", 1L << 20), ("GB", 1L << 30), ("TB", 1L << 40)];
    private static readonly (string Suffix, double Seconds)[] Times = [("ms", 0.001), ("s", 1), ("m", 60), ("h", 3600), ("d", 86_400)];

    private readonly List<ConfigurationProblem> _problems = [];

    internal IReadOnlyList<ConfigurationProblem> Problems => [.. _problems.OrderBy(problem => problem.Line)];

    internal void Add(Setting setting, string message) => Add(new ConfigurationProblem(setting.Name, setting.Line, message));

    internal void Add(ConfigurationProblem problem) => _problems.Add(problem);

    /// <summary>True if there is a problem with a setting, or with a part of it.</summary>
    internal bool HasProblem(string name) => _problems.Exists(problem =>
        problem.Setting.StartsWith(name, StringComparison.OrdinalIgnoreCase) && (problem.Setting.Length == name.Length || problem.Setting[name.Length] is '.' or '['));

    internal string? Text(Setting setting)
    {
        if (setting.Value is string { Length: > 0 } text)
            return text;
        Refuse(setting, "a text");
        return null;
    }

    internal bool? Flag(Setting setting)
    {
        if (setting.Value is bool flag)
            return flag;
        Refuse(setting, "$true or $false");
        return null;
    }

    internal long? Number(Setting setting, long least, long most)
    {
        if (AsNumber(setting) is { } number && number >= least && number <= most)
            return number;
        Refuse(setting, string.Create(CultureInfo.InvariantCulture, $"a whole number from {least} to {most}"));
        return null;
    }

    /// <summary>A number of octets: a number, or a text such as <c>50MB</c>.</summary>
    internal long? Size(Setting setting, long least, long most)
    {
        if ((AsNumber(setting) ?? AsSize(setting.Value as string)) is { } octets && octets >= least && octets <= most)
            return octets;
        Refuse(setting, $"a size from {Shown(least)} to {Shown(most)}, as in 50MB");
        return null;
    }

    /// <summary>A time: a number of seconds, or a text such as <c>30s</c>, <c>5m</c> or <c>00:05:00</c>.</summary>
    internal TimeSpan? Time(Setting setting, TimeSpan least, TimeSpan most)
    {
        if (AsTime(setting) is { } time && time >= least && time <= most)
            return time;
        Refuse(setting, string.Create(CultureInfo.InvariantCulture, $"a time from {least.TotalSeconds:0.###} to {most.TotalSeconds:0.###} seconds, as in 30, '30s', '5m' or '00:05:00'"));
        return null;
    }

    internal T? Choice<T>(Setting setting)
        where T : struct, Enum
    {
        // Names alone: a number is a value of every enumeration.
        if (setting.Value is string text && Array.Find(Enum.GetNames<T>(), name => name.Equals(text, StringComparison.OrdinalIgnoreCase)) is { } name)
            return Enum.Parse<T>(name);
        Refuse(setting, $"one of {string.Join(", ", Enum.GetNames<T>())}");
        return null;
    }

    /// <summary>A text, or a list of texts.</summary>
    internal IReadOnlyList<string>? Texts(Setting setting)
    {
        var texts = new List<string>();
        foreach (var item in setting.Items ?? [setting])
        {
            if (item.Value is string { Length: > 0 } text)
                texts.Add(text);
            else
                Refuse(item, "a text, or a list of texts");
        }

        return texts.Count == (setting.Items?.Count ?? 1) ? texts : null;
    }

    internal TrustedNetworks? Networks(Setting setting)
    {
        if (Texts(setting) is not { } texts)
            return null;
        try
        {
            return TrustedNetworks.Parse(texts);
        }
        catch (ArgumentException e)
        {
            Add(setting, $"{setting.Name}: {e.Message}");
            return null;
        }
    }

    internal IPAddress? Address(Setting setting)
    {
        if (setting.Value is string text && IPAddress.TryParse(text, out var address))
            return address;
        Refuse(setting, "an address, as in 127.0.0.1, 0.0.0.0 or ::");
        return null;
    }

    /// <summary>A path, relative to the folder of the configuration.</summary>
    internal string? PathOf(Setting setting)
    {
        if (Text(setting) is not { } path)
            return null;
        if (!path.Contains('\0', StringComparison.Ordinal))
            return Path.GetFullPath(path, folder);
        Add(setting, $"{setting.Name} is a path with the character NUL in it, which no file can have. Write another.");
        return null;
    }

    internal void Refuse(Setting setting, string expected) => Add(setting, $"{setting.Name} is {Shown(setting)}, and has to be {expected}.");

    /// <summary>Refuses a member that the table does not have.</summary>
    internal void RefuseUnknown(Setting setting, IEnumerable<string> known)
    {
        var names = known.Distinct(StringComparer.OrdinalIgnoreCase).ToList();
        var near = names.Where(name => IsNear(name, setting.Key)).ToList();
        var table = setting.Name.Contains('.', StringComparison.Ordinal) ? $"{setting.Name[..setting.Name.LastIndexOf('.')]} has" : "There is";
        Add(setting, $"{table} no setting '{setting.Key}'. {(near.Count > 0 ? $"Is {string.Join(" or ", near)} meant?" : $"The settings are {string.Join(", ", names.Order(StringComparer.Ordinal))}.")}");
    }

    private static long? AsNumber(Setting setting) => setting.Value switch
    {
        int number => number,
        long number => number,
        double number when Math.Abs(number) < long.MaxValue && number == Math.Floor(number) => (long)number,
        string text when long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) => number,
        _ => null,
    };

    private static long? AsSize(string? text)
    {
        foreach (var (suffix, factor) in Sizes)
        {
            if (text is not null && text.EndsWith(suffix, StringComparison.OrdinalIgnoreCase)
                && double.TryParse(text.AsSpan(0, text.Length - suffix.Length), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)
                && number < long.MaxValue / 2 / factor)
                return (long)(number * factor);
        }

        return null;
    }

    private static TimeSpan? AsTime(Setting setting)
    {
        switch (setting.Value)
        {
            case TimeSpan time:
                return time;
            case int or long or double:
                return Seconds(Convert.ToDouble(setting.Value, CultureInfo.InvariantCulture));
            case string text when text.Contains(':', StringComparison.Ordinal):
                return TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out var span) ? span : null;
            case string text:
                foreach (var (suffix, seconds) in Times)
                {
                    if (text.EndsWith(suffix, StringComparison.OrdinalIgnoreCase) && double.TryParse(text.AsSpan(0, text.Length - suffix.Length), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number))
                        return Seconds(number * seconds);
                }

                return double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var plain) ? Seconds(plain) : null;
            default:
                return null;
        }

        static TimeSpan? Seconds(double seconds) => seconds >= 0 && seconds < TimeSpan.MaxValue.TotalSeconds / 2 ? TimeSpan.FromSeconds(seconds) : null;
    }

    private static string Shown(Setting setting) => setting switch
    {
        { Members: not null } => "a table",
        { Items: not null } => "a list",
        { Value: null } => "$null",
        { Value: string { Length: 0 } } => "empty",
        { Value: string text } => $"'{text}'",
        { Value: bool flag } => flag ? "$true" : "$false",
        _ => Convert.ToString(setting.Value, CultureInfo.InvariantCulture) ?? "",
    };

    private static string Shown(long octets)
    {
        foreach (var (suffix, factor) in Sizes.Reverse())
        {
            if (octets >= factor && octets % factor == 0)
                return string.Create(CultureInfo.InvariantCulture, $"{octets / factor}{suffix}");
        }

        return octets.ToString(CultureInfo.InvariantCulture);
    }

    // One or two letters other than meant, or a part of the name.
    private static bool IsNear(string name, string written)
    {
        if (written.Length >= 4 && (name.Contains(written, StringComparison.OrdinalIgnoreCase) || written.Contains(name, StringComparison.OrdinalIgnoreCase)))
            return true;
        var previous = new int[written.Length + 1];
        for (var j = 0; j <= written.Length; j++)
            previous[j] = j;
        for (var i = 1; i <= name.Length; i++)
        {
            var row = new int[written.Length + 1];
            row[0] = i;
            for (var j = 1; j <= written.Length; j++)
                row[j] = Math.Min(Math.Min(row[j - 1], previous[j]) + 1, previous[j - 1] + (char.ToUpperInvariant(name[i - 1]) == char.ToUpperInvariant(written[j - 1]) ? 0 : 1));
            previous = row;
        }

        return previous[written.Length] <= (name.Length > 5 ? 2 : 1);
    }
}
