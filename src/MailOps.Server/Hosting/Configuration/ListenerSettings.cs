using System.Net;
using MailOps.Wire;

namespace MailOps.Server.Hosting.Configuration;

/// <summary>The list <c>Listeners</c>: where the server listens, and what it speaks there.</summary>
internal static class ListenerSettings
{
    internal const string Name = "Listeners";

    private static readonly string[] Keys = ["Protocol", "Address", "Port", "Tls", "Path", "Mode"];

    /// <summary>Reads the list.</summary>
    /// <param name="listeners">The setting.</param>
    /// <param name="address">Where those listen that have no address of their own.</param>
    /// <param name="reader">Keeps what is wrong.</param>
    internal static IReadOnlyList<MailEndpoint> Read(Setting listeners, IPAddress address, SettingReader reader)
    {
        var endpoints = new List<MailEndpoint>();
        foreach (var listener in listeners.Items ?? [listeners])
            endpoints.AddRange(ReadOne(listener, address, reader));
        if (endpoints.Count == 0 && listeners.Items is { Count: 0 })
            reader.Add(listeners, "Listeners is an empty list: the server would listen nowhere. Leave it out for the standard ports.");
        return endpoints;
    }

    private static IEnumerable<MailEndpoint> ReadOne(Setting listener, IPAddress address, SettingReader reader)
    {
        if (SettingTable.Open(listener, Keys, "@{ Protocol = 'Imap'; Port = 143 }", reader) is not { } table)
            yield break;
        var protocol = table["Protocol"] is { } named ? reader.Choice<MailProtocol>(named) : Missing("Protocol");
        if (table["Path"] is { } path)
        {
            if (AtPath(path) is { } socket)
                yield return socket;
            yield break;
        }

        if (table["Mode"] is { } alone)
            reader.Add(alone, $"{alone.Name} is the rights of a Unix socket, and there is no Path. Leave it out.");
        var port = table["Port"] is { } given ? reader.Number(given, 0, 65535) : protocol is { } known ? UsualPort(known) : null;
        var addresses = table["Address"] is { } where ? [.. (where.Items ?? [where]).Select(reader.Address)] : new List<IPAddress?> { address };
        TlsMode? tls = port is 465 or 993 or 995 ? TlsMode.Implicit : TlsMode.StartTls;
        if (table["Tls"] is { } mode)
        {
            tls = reader.Choice<TlsMode>(mode);
            if (tls is TlsMode.None)
            {
                reader.Add(mode, $"{mode.Name} is 'None', and TLS is always offered: write 'StartTls' or 'Implicit'.");
                yield break;
            }
        }

        if (protocol is null || port is null || tls is null)
            yield break;
        foreach (var one in addresses.OfType<IPAddress>())
            yield return new MailEndpoint(protocol.Value, tls.Value, one, (int)port.Value);

        MailEndpoint? AtPath(Setting file)
        {
            if (protocol is not null and not MailProtocol.Lmtp)
            {
                reader.Add(file, $"{file.Name}: {protocol} is not spoken over a Unix socket; Lmtp is.");
                return null;
            }

            foreach (var other in new[] { table["Port"], table["Address"], table["Tls"] }.OfType<Setting>())
                reader.Add(other, $"{other.Name} cannot be given with Path: a Unix socket has none.");
            var allowed = table["Mode"] is { } written ? Rights(written) : MailEndpoint.DefaultPathMode;
            return reader.PathOf(file) is { } at && allowed is { } known ? MailEndpoint.AtPath(at, known) : null;
        }

        UnixFileMode? Rights(Setting rights)
        {
            if (rights.Value is string { Length: 3 or 4 } text && text.All(digit => digit is >= '0' and <= '7') && Convert.ToInt32(text, 8) is <= 0b111_111_111 and var bits)
                return (UnixFileMode)bits;
            reader.Refuse(rights, "rights in octal, as in '0660'");
            return null;
        }

        MailProtocol? Missing(string key)
        {
            reader.Add(listener, $"{listener.Name} has no {key}. Say what is spoken there: {string.Join(", ", Enum.GetNames<MailProtocol>())}.");
            return null;
        }
    }

    private static long UsualPort(MailProtocol protocol) => protocol switch
    {
        MailProtocol.Submission => 587,
        MailProtocol.Pop3 => 110,
        MailProtocol.Imap => 143,
        MailProtocol.Lmtp => 24,
        _ => 25,
    };
}
