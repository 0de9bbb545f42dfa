namespace MailOps.Server.Hosting.Configuration;

/// <summary>One setting: its name and what it changes.</summary>
/// <param name="Name">Its whole name, such as <c>Limits.MaxConnections</c>.</param>
/// <param name="Read">Reads it; what comes back changes the options, null if the value cannot be used.</param>
internal sealed record SettingRule(string Name, Func<Setting, SettingReader, Func<MailServerOptions, MailServerOptions>?> Read)
{
    internal static SettingRule Text(string name, Func<MailServerOptions, string, MailServerOptions> apply) => OfClass(name, (setting, reader) => reader.Text(setting), apply);

    internal static SettingRule Path(string name, Func<MailServerOptions, string, MailServerOptions> apply) => OfClass(name, (setting, reader) => reader.PathOf(setting), apply);

    internal static SettingRule Texts(string name, Func<MailServerOptions, IReadOnlyList<string>, MailServerOptions> apply) => OfClass(name, (setting, reader) => reader.Texts(setting), apply);

    internal static SettingRule Networks(string name, Func<MailServerOptions, Connections.TrustedNetworks, MailServerOptions> apply) => OfClass(name, (setting, reader) => reader.Networks(setting), apply);

    internal static SettingRule Flag(string name, Func<MailServerOptions, bool, MailServerOptions> apply) => Of(name, (setting, reader) => reader.Flag(setting), apply);

    internal static SettingRule Number(string name, int least, int most, Func<MailServerOptions, int, MailServerOptions> apply) =>
        Of(name, (setting, reader) => reader.Number(setting, least, most), (options, number) => apply(options, (int)number));

    internal static SettingRule Count(string name, long least, long most, Func<MailServerOptions, long, MailServerOptions> apply) => Of(name, (setting, reader) => reader.Number(setting, least, most), apply);

    internal static SettingRule Size(string name, long least, long most, Func<MailServerOptions, long, MailServerOptions> apply) => Of(name, (setting, reader) => reader.Size(setting, least, most), apply);

    internal static SettingRule Time(string name, TimeSpan least, TimeSpan most, Func<MailServerOptions, TimeSpan, MailServerOptions> apply) => Of(name, (setting, reader) => reader.Time(setting, least, most), apply);

    internal static SettingRule Choice<T>(string name, Func<MailServerOptions, T, MailServerOptions> apply)
        where T : struct, Enum => Of(name, (setting, reader) => reader.Choice<T>(setting), apply);

    private static SettingRule Of<T>(string name, Func<Setting, SettingReader, T?> read, Func<MailServerOptions, T, MailServerOptions> apply)
        where T : struct =>
        new(name, (setting, reader) => read(setting, reader) is { } value ? options => apply(options, value) : null);

    private static SettingRule OfClass<T>(string name, Func<Setting, SettingReader, T?> read, Func<MailServerOptions, T, MailServerOptions> apply)
        where T : class =>
        new(name, (setting, reader) => read(setting, reader) is { } value ? options => apply(options, value) : null);
}
