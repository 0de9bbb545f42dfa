using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using MailOps.Tests.Support;
using Xunit;

namespace MailOps.Interop.Tests;

/// <summary>A Dovecot of our own: its configuration, mail and log in a temporary folder, IMAP on a free port of loopback, any name with the password <c>summersun</c>.</summary>
internal sealed class Dovecot : IAsyncDisposable
{
    private readonly string _program;
    private readonly string _folder;
    private Process? _process;

    private Dovecot(string program, string folder, int port)
    {
        _program = program;
        _folder = folder;
        Port = port;
    }

    public int Port { get; }

    private string Configuration => Path.Combine(_folder, "dovecot.conf");

    public static async Task<Dovecot> StartAsync()
    {
        var program = Peers.Require("dovecot", "dovecot-imapd");
        var folder = Directory.CreateTempSubdirectory("mailops-dovecot-").FullName;
        var dovecot = new Dovecot(program, folder, FreePort());
        // Dovecot reads no mail as root: as root, it is nobody's.
        var (uid, gid) = (await IdAsync("-u"), await IdAsync("-g"));
        var mail = Directory.CreateDirectory(Path.Combine(folder, "mail")).FullName;
        (await PeerProcess.RunAsync("/bin/chmod", ["755", folder])).Succeeded();
        (await PeerProcess.RunAsync("/bin/chmod", ["777", mail])).Succeeded();
        await File.WriteAllTextAsync(dovecot.Configuration, string.Create(CultureInfo.InvariantCulture, $$"""
            base_dir = {{folder}}/run
            state_dir = {{folder}}/state
            log_path = {{folder}}/log
            protocols = imap
            listen = 127.0.0.1
            ssl = no
            disable_plaintext_auth = no
            mail_location = maildir:{{mail}}/%u
            first_valid_uid = 1
            passdb {
              driver = static
              args = password=summersun
            }
            userdb {
              driver = static
              args = uid={{uid}} gid={{gid}} home={{mail}}/%u
            }
            service imap-login {
              inet_listener imap {
                port = {{dovecot.Port}}
              }
              inet_listener imaps {
                port = 0
              }
            }

            """));
        // In the foreground: it is our child, and no daemon holds on to our output.
        dovecot._process = Process.Start(new ProcessStartInfo(program, ["-F", "-c", dovecot.Configuration]) { UseShellExecute = false });
        await dovecot.ListensAsync();
        return dovecot;
    }

    public async ValueTask DisposeAsync()
    {
        await PeerProcess.RunAsync(_program, ["-c", Configuration, "stop"]);
        if (_process is not null)
        {
            await _process.WaitForExitAsync();
            _process.Dispose();
        }

        Directory.Delete(_folder, recursive: true);
    }

    private static async Task<string> IdAsync(string option) =>
        (await PeerProcess.RunAsync("/usr/bin/id", Environment.UserName == "root" ? [option, "nobody"] : [option])).Succeeded().Output.Trim();

    private static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    private async Task ListensAsync()
    {
        for (var attempt = 0; attempt < 100; attempt++)
        {
            try
            {
                using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, Port));
                return;
            }
            catch (SocketException)
            {
                await Task.Delay(100);
            }
        }

        Assert.Fail("Dovecot does not listen: " + await File.ReadAllTextAsync(Path.Combine(_folder, "log")));
    }
}
