using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using MailOps.Client.Mailboxes;
using MailOps.Tests.Support;
using MailOps.Wire;

namespace MailOps.Client.Tests.Mailboxes.Pop3;

/// <summary>
/// Courier's POP3 server on a Maildir. Its login is a program of its own, which needs Courier's whole configuration: here the test answers what comes before
/// the password is taken, and gives the connection to Courier then, as that program does.
/// </summary>
internal sealed class CourierMaildrop : IAsyncDisposable
{
    private const string Program = "/opt/courier-pop/usr/lib/courier/courier/courierpop3d";

    private readonly PrivateFolder _folder = new();
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _serving;

    internal CourierMaildrop()
    {
        if (!File.Exists(Program))
            Peers.Miss("courier-pop is not unpacked, and cannot be installed beside dovecot-pop3d: apt-get download courier-pop && dpkg-deb -x courier-pop_*.deb /opt/courier-pop");
        foreach (var part in new[] { "cur", "new", "tmp" })
            Directory.CreateDirectory(Path.Join(Mail, part));
        _listener.Start();
        _serving = ServeAsync();
    }

    internal string Mail => _folder.Of("Maildir");

    internal int Count => Directory.GetFiles(Path.Join(Mail, "cur")).Length + Directory.GetFiles(Path.Join(Mail, "new")).Length;

    internal MailboxOptions Options => new()
    {
        Server = "localhost",
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port,
        Tls = TlsMode.None,
        Credential = new NetworkCredential("john", "summersun"),
        Timeout = TimeSpan.FromSeconds(20),
    };

    internal void Put(int number, string text) => File.WriteAllText(Path.Join(Mail, "new", string.Create(CultureInfo.InvariantCulture, $"1700000{number:000}.M{number}P1.test")), text, new UTF8Encoding(false));

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _serving;
        _folder.Dispose();
    }

    private async Task ServeAsync()
    {
        try
        {
            while (true)
            {
                using var client = await _listener.AcceptTcpClientAsync(_stop.Token);
                await ServeAsync(client.GetStream());
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or IOException or ObjectDisposedException)
        {
            // Stopped, or the client left in the middle.
        }
    }

    private async Task ServeAsync(NetworkStream stream)
    {
        await stream.WriteAsync("+OK Hello there.\r\n"u8.ToArray(), _stop.Token);
        var one = new byte[1];
        var line = new StringBuilder();
        while (await stream.ReadAsync(one, _stop.Token) == 1)
        {
            line.Append((char)one[0]);
            if (one[0] != '\n')
                continue;
            var command = line.ToString().TrimEnd();
            line.Clear();
            if (command.StartsWith("PASS ", StringComparison.Ordinal))
                break;
            await stream.WriteAsync(Encoding.ASCII.GetBytes(command == "CAPA" ? "+OK\r\nTOP\r\nUSER\r\nPIPELINING\r\nUIDL\r\n.\r\n" : "+OK\r\n"), _stop.Token);
        }

        var start = new ProcessStartInfo(Program, [Mail]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        start.Environment["AUTHENTICATED"] = "john";
        using var courier = Process.Start(start)!;
        courier.BeginErrorReadLine();
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
            var piece = new byte[16 * 1024];
            while (await from.ReadAsync(piece, _stop.Token) is > 0 and var read)
            {
                await to.WriteAsync(piece.AsMemory(0, read), _stop.Token);
                await to.FlushAsync(_stop.Token);
            }

            to.Close();
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or OperationCanceledException)
        {
            // One of the two has left.
        }
    }
}
