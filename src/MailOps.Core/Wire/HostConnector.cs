using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace MailOps.Wire;

/// <summary>
/// Connects to a host by whichever of its addresses answers first: the families take turns, and the next address is
/// tried a moment after the one before, or at once when that failed (RFC 8305 sections 4 and 5).
/// </summary>
internal static class HostConnector
{
    /// <summary>How long an attempt has a head start on the next.</summary>
    public static readonly TimeSpan HeadStart = TimeSpan.FromMilliseconds(250);

    /// <summary>Connects.</summary>
    /// <param name="host">A name (Unicode or punycode) or an address.</param>
    /// <param name="port">The port.</param>
    /// <param name="timeout">For the name and all attempts together.</param>
    /// <param name="clock">Where the timeout comes from.</param>
    /// <param name="tell">Told of each failed attempt and of the connection.</param>
    /// <param name="cancel">Ends the wait.</param>
    /// <exception cref="MailSessionException">HostNotFound, ConnectFailed or TimedOut.</exception>
    public static Task<Socket> ConnectAsync(string host, int port, TimeSpan timeout, TimeProvider clock, Action<string>? tell, CancellationToken cancel) =>
        ConnectAsync(host, token => ResolveAsync(host, token), port, timeout, clock, tell, cancel);

    /// <summary>Connects to a host whose addresses are known.</summary>
    /// <param name="host">Its name, for errors.</param>
    /// <param name="addresses">Its addresses, at least one, in the order in which they are tried.</param>
    /// <param name="port">The port.</param>
    /// <param name="timeout">For all attempts together.</param>
    /// <param name="clock">Where the timeout comes from.</param>
    /// <param name="tell">Told of each failed attempt and of the connection.</param>
    /// <param name="cancel">Ends the wait.</param>
    /// <exception cref="MailSessionException">ConnectFailed or TimedOut.</exception>
    public static Task<Socket> ConnectAsync(string host, IReadOnlyList<IPAddress> addresses, int port, TimeSpan timeout, TimeProvider clock, Action<string>? tell, CancellationToken cancel) =>
        ConnectAsync(host, _ => Task.FromResult(TakeTurns([.. addresses])), port, timeout, clock, tell, cancel);

    private static async Task<Socket> ConnectAsync(string host, Func<CancellationToken, Task<IPAddress[]>> resolve, int port, TimeSpan timeout, TimeProvider clock, Action<string>? tell, CancellationToken cancel)
    {
        using var deadline = new CancellationTokenSource(timeout, clock);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancel, deadline.Token);
        try
        {
            var addresses = await resolve(linked.Token).ConfigureAwait(false);
            var socket = await RaceAsync(host, addresses, port, clock, tell, linked.Token).ConfigureAwait(false);
            socket.NoDelay = true;
            tell?.Invoke($"Connected to {host} ({socket.RemoteEndPoint}) from {socket.LocalEndPoint}.");
            return socket;
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested && !cancel.IsCancellationRequested)
        {
            throw new MailSessionException(
                MailSessionFault.TimedOut,
                string.Create(CultureInfo.InvariantCulture, $"{host} did not accept a connection on port {port} within {timeout.TotalSeconds:0.###} seconds. A firewall may drop the packets; check host and port, or allow more time."));
        }
    }

    private static async Task<IPAddress[]> ResolveAsync(string host, CancellationToken cancel)
    {
        if (IPAddress.TryParse(host.Trim('[', ']'), out var address))
            return [address];

        try
        {
            var ascii = new IdnMapping { AllowUnassigned = true }.GetAscii(host);
            var addresses = await System.Net.Dns.GetHostAddressesAsync(ascii, cancel).ConfigureAwait(false);
            if (addresses.Length > 0)
                return TakeTurns(addresses);
        }
        catch (SocketException e)
        {
            throw new MailSessionException(MailSessionFault.HostNotFound, $"The name {host} cannot be resolved: {e.Message}. Check its spelling and the resolver.", e);
        }
        catch (ArgumentException e)
        {
            throw new MailSessionException(MailSessionFault.HostNotFound, $"'{host}' is no host name: {e.Message}", e);
        }

        throw new MailSessionException(MailSessionFault.HostNotFound, $"The name {host} has no address.");
    }

    /// <summary>The resolver's order, but families alternate, so that a family without a route costs one head start only.</summary>
    internal static IPAddress[] TakeTurns(IPAddress[] addresses)
    {
        var first = addresses.Where(a => a.AddressFamily == addresses[0].AddressFamily).ToArray();
        var other = addresses.Where(a => a.AddressFamily != addresses[0].AddressFamily).ToArray();
        return Enumerable.Range(0, Math.Max(first.Length, other.Length))
            .SelectMany(i => new[] { first.ElementAtOrDefault(i), other.ElementAtOrDefault(i) })
            .OfType<IPAddress>()
            .ToArray();
    }

    private static async Task<Socket> RaceAsync(string host, IPAddress[] addresses, int port, TimeProvider clock, Action<string>? tell, CancellationToken cancel)
    {
        using var losers = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var attempts = new List<Task<Socket>>();
        var failures = new List<Exception>();
        Socket? winner = null;
        try
        {
            for (var next = 0; winner is null && (next < addresses.Length || attempts.Count > 0);)
            {
                Task? headStart = null;
                if (next < addresses.Length)
                {
                    attempts.Add(AttemptAsync(addresses[next++], port, losers.Token));
                    headStart = next < addresses.Length ? Task.Delay(HeadStart, clock, losers.Token) : null;
                }

                var ended = await Task.WhenAny(headStart is null ? attempts : [.. attempts, headStart]).ConfigureAwait(false);
                cancel.ThrowIfCancellationRequested();
                if (ended is not Task<Socket> attempt)
                    continue;

                attempts.Remove(attempt);
                try
                {
                    winner = await attempt.ConfigureAwait(false);
                }
                catch (SocketException e)
                {
                    failures.Add(e);
                    tell?.Invoke($"{e.Message} ({addresses.Length} addresses known).");
                }
            }
        }
        finally
        {
            await losers.CancelAsync().ConfigureAwait(false);
            foreach (var attempt in attempts)
                _ = CloseAsync(attempt);
        }

        return winner ?? throw new MailSessionException(
            MailSessionFault.ConnectFailed,
            string.Create(CultureInfo.InvariantCulture, $"{host} did not accept a connection on port {port}: {failures[0].Message}. Check that the server runs and the port is right."),
            failures[0]);
    }

    private static async Task<Socket> AttemptAsync(IPAddress address, int port, CancellationToken cancel)
    {
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(address, port, cancel).ConfigureAwait(false);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static async Task CloseAsync(Task<Socket> loser)
    {
        try
        {
            (await loser.ConfigureAwait(false)).Dispose();
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException)
        {
            // It lost anyway.
        }
    }
}
