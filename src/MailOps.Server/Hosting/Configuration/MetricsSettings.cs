using System.Net;

namespace MailOps.Server.Hosting.Configuration;

/// <summary>The table <c>Metrics</c>: where they can be read over HTTP.</summary>
internal static class MetricsSettings
{
    internal const string Name = "Metrics";

    private static readonly string[] Keys = ["Port", "Address"];

    internal static Func<MailServerOptions, MailServerOptions>? Read(Setting setting, SettingReader reader)
    {
        if (SettingTable.Open(setting, Keys, "Metrics = @{ Port = 9154 }", reader) is not { } table)
            return null;
        if (table["Port"] is not { } given)
        {
            reader.Add(setting, "Metrics has no Port. Name the one where they are to be read.");
            return null;
        }

        var port = reader.Number(given, 0, 65535);
        var address = table["Address"] is { } where ? reader.Address(where) : IPAddress.Loopback;
        return port is { } number && address is not null ? options => options with { MetricsEndpoint = new IPEndPoint(address, (int)number) } : null;
    }
}
