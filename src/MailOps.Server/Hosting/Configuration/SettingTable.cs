namespace MailOps.Server.Hosting.Configuration;

/// <summary>A table whose members are read by name. Members that it does not have are a problem.</summary>
internal sealed class SettingTable
{
    private readonly IReadOnlyList<Setting> _members;

    private SettingTable(IReadOnlyList<Setting> members) => _members = members;

    /// <summary>The member of this name, or null; one that is $null is as if it were not there.</summary>
    internal Setting? this[string key] => _members.FirstOrDefault(member => member.Key.Equals(key, StringComparison.OrdinalIgnoreCase) && member is not { Value: null, Items: null, Members: null });

    /// <summary>Opens a table.</summary>
    /// <param name="setting">The setting.</param>
    /// <param name="keys">The members that it may have.</param>
    /// <param name="example">How it is written.</param>
    /// <param name="reader">Keeps what is wrong.</param>
    /// <returns>Null if it is no table.</returns>
    internal static SettingTable? Open(Setting setting, IReadOnlyCollection<string> keys, string example, SettingReader reader)
    {
        if (setting.Members is not { } members)
        {
            reader.Refuse(setting, $"a table, as in {example}");
            return null;
        }

        foreach (var member in members.Where(member => !keys.Contains(member.Key, StringComparer.OrdinalIgnoreCase)))
            reader.RefuseUnknown(member, keys);
        return new SettingTable(members);
    }
}
