namespace MailOps.Server.Hosting.Configuration;

/// <summary>A value of a configuration as it was written, and where. The top one is the whole configuration.</summary>
public sealed class Setting
{
    private Setting(string name, int line, object? value, IReadOnlyList<Setting>? items, IReadOnlyList<Setting>? members)
    {
        Name = name;
        Line = line;
        Value = value;
        Items = items;
        Members = members;
    }

    /// <summary>Its whole name, such as <c>Limits.MaxConnections</c> or <c>Listeners[1].Port</c>; empty for the configuration itself.</summary>
    public string Name { get; }

    /// <summary>The last part of its name.</summary>
    public string Key => Name[(Name.LastIndexOf('.') + 1)..];

    /// <summary>The line of the file, from 1; 0 if there is no file.</summary>
    public int Line { get; }

    /// <summary>A text, a number, true, false or null; null for a list and a table.</summary>
    public object? Value { get; }

    /// <summary>The parts of a list, or null.</summary>
    public IReadOnlyList<Setting>? Items { get; }

    /// <summary>The members of a table in the order in which they are written, or null.</summary>
    public IReadOnlyList<Setting>? Members { get; }

    /// <summary>A single value.</summary>
    public static Setting Of(string name, int line, object? value) => new(name, line, value, null, null);

    /// <summary>A list.</summary>
    public static Setting List(string name, int line, IReadOnlyList<Setting> items) => new(name, line, null, items, null);

    /// <summary>A table.</summary>
    public static Setting Table(string name, int line, IReadOnlyList<Setting> members) => new(name, line, null, null, members);

    /// <summary>The name of a member of the table with this name.</summary>
    public static string NameIn(string table, string key) => table.Length == 0 ? key : $"{table}.{key}";
}
