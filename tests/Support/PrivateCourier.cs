using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace MailOps.Tests.Support;

/// <summary>
/// One of Courier's servers on a Maildir. Its login is a program of its own, which needs Courier's whole configuration: here the test answers what comes before
/// the password is taken, and gives the connection to Courier then, as that program does.
/// </summary>
internal abstract class PrivateCourier : IAsyncDisposable
{
    private readonly string _program;
    private readonly PrivateFolder _folder = new();
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _serving;

    /// <summary>Starts it; skips the test where the program is not.</summary>
    /// <param name="program">The program.</param>
    /// <param name="missing">What to do where it is not there.</param>
    protected PrivateCourier(string program, string missing)
    {
        if (!File.Exists(program))
            Peers.Miss(missing);
        _program = program;
        foreach (var part in new[] { "cur", "new", "tmp" })
            Directory.CreateDirectory(Path.Join(Mail, part));
        _listener.Start();
        _serving = ServeAsync();
    }

    /// <summary>The Maildir of john.</summary>
    internal string Mail => _folder.Of("Maildir");

    /// <summary>The port, without TLS.</summary>
    internal int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>What Courier's login tells the program in its environment.</summary>
    protected virtual IReadOnlyDictionary<string, string> Told => new Dictionary<string, string>(StringComparer.Ordinal) { ["AUTHENTICATED"] = "john" };

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _serving;
        _folder.Dispose();
    }

    /// <summary>Greets, and answers until somebody logs in.</summary>
    /// <returns>What the login is to be answered with, as far as <see cref="BeginAsync"/> has to know it; null if the client left.</returns>
    protected abstract Task<string?> LogInAsync(Stream stream);

    /// <summary>Courier has begun, and the client has not been shown anything of it.</summary>
    protected virtual Task BeginAsync(Stream courier, Stream stream, string login) => Task.CompletedTask;

    /// <summary>Writes a line.</summary>
    protected Task SayAsync(Stream stream, string line) => stream.WriteAsync(Encoding.ASCII.GetBytes(line + "\r\n"), _stop.Token).AsTask();

    /// <summary>Reads a line; null at the end.</summary>
    protected async Task<string?> HearAsync(Stream stream)
    {
        var one = new byte[1];
        var line = new StringBuilder();
        while (await stream.ReadAsync(one, _stop.Token) == 1)
        {
            if (one[0] == '\n')
                return line.ToString().TrimEnd();
            line.Append((char)one[0]);
        }

        return null;
    }

    private async Task ServeAsync()
    {
        var sessions = new List<Task>();
        try
        {
            while (true)
                sessions.Add(ServeAsync(await _listener.AcceptTcpClientAsync(_stop.Token)));
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            await Task.WhenAll(sessions);
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                client.NoDelay = true;
                var stream = client.GetStream();
                if (await LogInAsync(stream) is { } login)
                    await RunAsync(stream, login);
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException or IOException or ObjectDisposedException)
            {
                // Stopped, or the client left in the middle.
            }
        }
    }

    private async Task RunAsync(NetworkStream stream, string login)
    {
        var start = new ProcessStartInfo(_program, [Mail]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        foreach (var (name, value) in Told)
            start.Environment[name] = value;
        using var courier = Process.Start(start)!;
        courier.BeginErrorReadLine();
        await BeginAsync(courier.StandardOutput.BaseStream, stream, login);
        var there = PumpAsync(stream, courier.StandardInput.BaseStream);
        await PumpAsync(courier.StandardOutput.BaseStream, stream);
        stream.Close();
        await there;
        await courier.WaitForExitAsync(_stop.Token);
    }

    private async Task PumpAsync(Stream from, Stream to)
    {
        try
        {
            await from.CopyToAsync(to, 64 * 1024, _stop.Token);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or OperationCanceledException)
        {
            // One of the two has left.
        }

        to.Close();
    }
}
