using System.Globalization;
using System.Management.Automation;
using MailOps.Wire;

namespace MailOps.Cmdlets.Runtime;

/// <summary>Reads the Endpoints of Start-MailServer's object, live or back from a file, and finds the one that a client wants.</summary>
internal static class PipedEndpoints
{
    /// <summary>Reads one endpoint; false if it is none.</summary>
    public static bool TryRead(PSObject endpoint, out string? server, out int port, out MailProtocol? protocol, out TlsMode? tls)
    {
        server = Text(endpoint, "Server");
        protocol = null;
        tls = null;
        return int.TryParse(Text(endpoint, "Port"), NumberStyles.None, CultureInfo.InvariantCulture, out port)
            && port is >= 1 and <= 65535
            && TryName(Text(endpoint, "Protocol"), out protocol)
            && TryName(Text(endpoint, "Tls"), out tls);
    }

    /// <summary>
    /// The first endpoint for the first of the protocols that has one. Unless the caller says how to secure the connection,
    /// one that starts without TLS goes before one under TLS, since the same server offers the same on both.
    /// </summary>
    /// <param name="endpoints">The endpoints, as they came down the pipeline.</param>
    /// <param name="wanted">How the caller wants to secure the connection, or null.</param>
    /// <param name="port">The endpoint's port.</param>
    /// <param name="implicitTls">True if TLS starts there with the first octet.</param>
    /// <param name="protocol">What is spoken there.</param>
    /// <param name="protocols">The protocols that will do, the best first.</param>
    public static bool TryFind(PSObject[] endpoints, TlsMode? wanted, out int port, out bool implicitTls, out MailProtocol protocol, params MailProtocol[] protocols)
    {
        foreach (var one in protocols)
        {
            foreach (var underTls in wanted is { } mode ? [mode == TlsMode.Implicit] : new[] { false, true })
            {
                foreach (var endpoint in endpoints)
                {
                    if (TryRead(endpoint, out _, out port, out var spoken, out var tls) && spoken == one && tls == TlsMode.Implicit == underTls)
                    {
                        (implicitTls, protocol) = (underTls, one);
                        return true;
                    }
                }
            }
        }

        (port, implicitTls, protocol) = (0, false, protocols[0]);
        return false;
    }

    /// <summary>The error where none will do: what the server listens for, and what to do.</summary>
    public static ErrorRecord Missing(string server, PSObject[] endpoints, TlsMode? wanted, string speaking, string parameters)
    {
        var there = endpoints.Select(one => TryRead(one, out _, out var port, out var protocol, out var tls)
            ? string.Create(CultureInfo.InvariantCulture, $"{protocol} on port {port}{(tls == TlsMode.Implicit ? " under TLS" : "")}")
            : $"{one}");
        var how = wanted switch
        {
            null => "",
            TlsMode.Implicit => " under TLS",
            _ => " without TLS at the start",
        };
        return ErrorRecords.Finding(
            "EndpointNotFound",
            ErrorCategory.ObjectNotFound,
            $"The server at {server} does not listen for {speaking}{how}; it has {string.Join(", ", there)}. Start it with {parameters} as well, or name a port with -Port.",
            server);
    }

    private static bool TryName<T>(string? text, out T? value)
        where T : struct, Enum
    {
        value = null;
        if (text is null)
            return true;
        if (!Enum.TryParse<T>(text, ignoreCase: true, out var parsed) || !Enum.IsDefined(parsed))
            return false;
        value = parsed;
        return true;
    }

    private static string? Text(PSObject endpoint, string property) => endpoint.Properties[property]?.Value is { } value
        ? LanguagePrimitives.ConvertTo<string>(value)
        : null;
}
