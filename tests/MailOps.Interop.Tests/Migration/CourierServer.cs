using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using MailOps.Tests.Support;

namespace MailOps.Interop.Tests.Migration;

/// <summary>
/// Courier's IMAP server on a Maildir. Its login is a program of its own, which needs Courier's whole configuration: here the test answers what comes before
/// the password is taken, and gives the connection to Courier then, as that program does.
/// </summary>
internal sealed class CourierServer : IAsyncDisposable
{
    private const string Capabilities = "IMAP4rev1 UIDPLUS CHILDREN NAMESPACE THREAD=ORDEREDSUBJECT THREAD=REFERENCES SORT QUOTA IDLE";
    private const string Program = "/opt/courier-imap/usr/bin/imapd";

    private readonly PrivateFolder _folder = new();
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _serving;

    internal CourierServer()
    {
        if (!File.Exists(Program))
            Peers.Miss("courier-imap is not unpacked, and cannot be installed beside dovecot-imapd: apt-get download courier-imap && dpkg-deb -x courier-imap_*.deb /opt/courier-imap");
        foreach (var part in new[] { "cur", "new", "tmp" })
            Directory.CreateDirectory(Path.Join(Mail, part));
        _listener.Start();
        _serving = ServeAsync();
    }

    internal string Mail => _folder.Of("Maildir");

    internal int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _serving;
        _folder.Dispose();
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
                if (await LogInAsync(stream) is { } tag)
                    await RunAsync(stream, tag);
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException or IOException or ObjectDisposedException)
            {
                // Stopped, or the client left in the middle.
            }
        }
    }

    private async Task<string?> LogInAsync(NetworkStream stream)
    {
        await SayAsync(stream, $"* OK [CAPABILITY {Capabilities} AUTH=PLAIN] Courier-IMAP ready.");
        var one = new byte[1];
        var line = new StringBuilder();
        while (await stream.ReadAsync(one, _stop.Token) == 1)
        {
            line.Append((char)one[0]);
            if (one[0] != '\n')
                continue;
            var words = line.ToString().TrimEnd().Split(' ');
            line.Clear();
            if (words.Length < 2)
                continue;
            switch (words[1].ToUpperInvariant())
            {
                case "LOGIN":
                    return words[0];
                case "AUTHENTICATE" when words.Length > 3:
                    return words[0];
                case "AUTHENTICATE":
                    await SayAsync(stream, "+ ");
                    while (await stream.ReadAsync(one, _stop.Token) == 1 && one[0] != '\n')
                    {
                    }

                    return words[0];
                case "CAPABILITY":
                    await SayAsync(stream, $"* CAPABILITY {Capabilities} AUTH=PLAIN");
                    goto default;
                default:
                    await SayAsync(stream, $"{words[0]} OK done");
                    break;
            }
        }

        return null;
    }

    private async Task RunAsync(NetworkStream stream, string tag)
    {
        var start = new ProcessStartInfo(Program, [Mail]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        foreach (var (name, value) in new[] { ("AUTHENTICATED", "john"), ("IMAP_CAPABILITY", Capabilities), ("IMAP_KEYWORDS", "1"), ("IMAP_MAILBOX_SANITY_CHECK", "0") })
            start.Environment[name] = value;
        using var courier = Process.Start(start)!;
        courier.BeginErrorReadLine();

        // Its own greeting says that somebody is logged in; what the client waits for is the answer to its login.
        var one = new byte[1];
        while (await courier.StandardOutput.BaseStream.ReadAsync(one, _stop.Token) == 1 && one[0] != '\n')
        {
        }

        await SayAsync(stream, $"{tag} OK [CAPABILITY {Capabilities}] LOGIN Ok.");
        var there = PumpAsync(stream, courier.StandardInput.BaseStream);
        await PumpAsync(courier.StandardOutput.BaseStream, stream);
        stream.Close();
        await there;
        await courier.WaitForExitAsync(_stop.Token);
    }

    private Task SayAsync(NetworkStream stream, string line) => stream.WriteAsync(Encoding.ASCII.GetBytes(line + "\r\n"), _stop.Token).AsTask();

    private async Task PumpAsync(Stream from, Stream to)
    {
        try
        {
            var piece = new byte[64 * 1024];
            while (await from.ReadAsync(piece, _stop.Token) is > 0 and var read)
            {
                await to.WriteAsync(piece.AsMemory(0, read), _stop.Token);
                await to.FlushAsync(_stop.Token);
            }

            to.Close();
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or OperationCanceledException)
        {
            to.Close();
        }
    }
}
