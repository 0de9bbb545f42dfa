using System.Net;
using System.Net.Sockets;
using MailOps.Dns;
using MailOps.Wire;

namespace MailOps.Client.Probes;

/// <summary>A TCP connection of a probe, or the finding that says why there is none.</summary>
internal sealed class ProbeConnection : IAsyncDisposable
{
    private ProbeConnection(DuplexConnection? connection, IPAddress? remote, IPAddress local, Finding? stop)
    {
        Connection = connection;
        Remote = remote;
        Local = local;
        Stop = stop;
    }

    public DuplexConnection? Connection { get; }

    public IPAddress? Remote { get; }

    public IPAddress Local { get; }

    /// <summary>Why there is no connection; null if there is one.</summary>
    public Finding? Stop { get; }

    /// <summary>Connects to the first address of a host that takes the connection, or to one address.</summary>
    public static async Task<ProbeConnection> OpenAsync(TlsTarget target, IPAddress? only, TlsProbeOptions options, CancellationToken cancel)
    {
        var (addresses, problem) = only is not null ? ([only], null) : await ResolveAsync(target.Server, options, cancel).ConfigureAwait(false);
        var tried = new List<string>();
        foreach (var address in addresses)
        {
            var (connected, why) = await ConnectAsync(address, target.Port, options, cancel).ConfigureAwait(false);
            if (connected is not null)
                return connected;
            tried.Add($"{new IPEndPoint(address, target.Port)}: {why}");
        }

        return new ProbeConnection(null, null, IPAddress.None, new Finding
        {
            Check = "Connection",
            Status = FindingStatus.Blocked,
            Message = problem ?? $"{target.Server} port {target.Port} could not be reached from here.",
            Evidence = string.Join("; ", tried),
        });
    }

    public ValueTask DisposeAsync() => Connection?.DisposeAsync() ?? ValueTask.CompletedTask;

    private static async Task<(IPAddress[] Addresses, string? Problem)> ResolveAsync(string server, TlsProbeOptions options, CancellationToken cancel)
    {
        if (IPAddress.TryParse(server.Trim('[', ']'), out var literal))
            return ([literal], null);
        if (!DnsName.TryParse(server, out var name, out var error))
            return ([], error);

        using var deadline = new CancellationTokenSource(options.Timeout, options.TimeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel, deadline.Token);
        try
        {
            // The system's own way, with its hosts file: the way every mail client on this machine goes.
            var found = await System.Net.Dns.GetHostAddressesAsync(name.Ascii, either.Token).WaitAsync(either.Token).ConfigureAwait(false);
            return found.Length > 0 ? (found, null) : ([], $"{name} has no address.");
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return ([], FormattableString.Invariant($"The address of {name} was not found within {options.Timeout.TotalSeconds:0.###} s."));
        }
        catch (SocketException e)
        {
            return ([], $"The address of {name} could not be found: {e.Message}.");
        }
    }

    private static async Task<(ProbeConnection? Connected, string Why)> ConnectAsync(IPAddress address, int port, TlsProbeOptions options, CancellationToken cancel)
    {
        using var deadline = new CancellationTokenSource(options.Timeout, options.TimeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel, deadline.Token);
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(new IPEndPoint(address, port), either.Token).ConfigureAwait(false);
            var local = ((IPEndPoint)socket.LocalEndPoint!).Address;
            return (new ProbeConnection(new DuplexConnection(new NetworkStream(socket, ownsSocket: true)), address, local, null), "");
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            socket.Dispose();
            return (null, FormattableString.Invariant($"no answer within {options.Timeout.TotalSeconds:0.###} s"));
        }
        catch (SocketException e)
        {
            socket.Dispose();
            return (null, e.SocketErrorCode == SocketError.ConnectionRefused ? "connection refused" : e.Message);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
