using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using MailOps.Tests.Support;

namespace MailOps.Core.Tests.Maildir;

/// <summary>A Dovecot of our own on a store's directory, on loopback and a free port, with one connection to it.</summary>
internal sealed class PrivateDovecot : IAsyncDisposable
{
    // Dovecot refuses to touch mail as root.
    private const string MailUser = "mail";

    private readonly string _directory;
    private readonly string _mail;
    private readonly Process _process;
    private TcpClient? _client;
    private StreamReader? _reader;
    private int _tag;

    private PrivateDovecot(string directory, string mail, Process process)
    {
        _directory = directory;
        _mail = mail;
        _process = process;
    }

    internal static async Task<PrivateDovecot> StartAsync(string storeRoot)
    {
        var program = Peers.Require("dovecot", "dovecot-imapd");
        if (!Environment.IsPrivilegedProcess)
            Xunit.Assert.Skip("A private Dovecot reads the store's files as another user, so this test needs root.");
        var directory = Directory.CreateTempSubdirectory("mailops-dovecot-").FullName;
        Run("chmod", "755", directory, storeRoot);
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        var port = ((IPEndPoint)probe.LocalEndpoint).Port;
        probe.Stop();
        var config = Path.Combine(directory, "dovecot.conf");
        await File.WriteAllTextAsync(config, $$"""
            base_dir = {{directory}}/run
            state_dir = {{directory}}/state
            log_path = {{directory}}/log
            protocols = imap
            listen = 127.0.0.1
            ssl = no
            disable_plaintext_auth = no
            first_valid_uid = 1
            first_valid_gid = 1
            mail_uid = {{MailUser}}
            mail_gid = {{MailUser}}
            mail_location = maildir:{{storeRoot}}/mail/%d/%n
            passdb {
              driver = static
              args = nopassword=y
            }
            userdb {
              driver = static
              args = uid={{MailUser}} gid={{MailUser}} home={{directory}}/home
            }
            namespace inbox {
              inbox = yes
              separator = /
            }
            service imap-login {
              inet_listener imap {
                port = {{port.ToString(CultureInfo.InvariantCulture)}}
              }
              inet_listener imaps {
                port = 0
              }
            }

            """);
        var process = Process.Start(new ProcessStartInfo(program, ["-F", "-c", config]))!;
        var dovecot = new PrivateDovecot(directory, Path.Combine(storeRoot, "mail"), process);
        try
        {
            await dovecot.ConnectAsync(port);
            return dovecot;
        }
        catch
        {
            await dovecot.DisposeAsync();
            throw;
        }
    }

    /// <summary>Sends a command and returns the untagged lines of the answer; anything but OK is an error.</summary>
    internal async Task<List<string>> CommandAsync(string command)
    {
        // What the store wrote belongs to us; Dovecot works as another user.
        Run("chown", "-R", MailUser + ":" + MailUser, _mail);
        var tag = string.Create(CultureInfo.InvariantCulture, $"a{++_tag}");
        await _client!.GetStream().WriteAsync(Encoding.UTF8.GetBytes($"{tag} {command}\r\n"));
        var lines = new List<string>();
        while (true)
        {
            var line = await _reader!.ReadLineAsync() ?? throw new IOException($"Dovecot closed the connection after '{command}': {await File.ReadAllTextAsync(Path.Combine(_directory, "log"))}");
            if (line.StartsWith(tag + " OK", StringComparison.Ordinal))
            {
                lines.Add(line);
                return lines;
            }

            if (line.StartsWith(tag + " ", StringComparison.Ordinal))
                throw new IOException($"Dovecot answers '{command}' with '{line}'.");
            lines.Add(line);
        }
    }

    /// <summary>Errors and warnings that Dovecot logged about the mail.</summary>
    internal async Task<List<string>> ComplaintsAsync() =>
        [.. (await File.ReadAllLinesAsync(Path.Combine(_directory, "log"))).Where(line => line.Contains(": Error:", StringComparison.Ordinal) || line.Contains(": Warning:", StringComparison.Ordinal) || line.Contains(": Panic:", StringComparison.Ordinal))];

    public async ValueTask DisposeAsync()
    {
        _reader?.Dispose();
        _client?.Dispose();
        if (!_process.HasExited)
        {
            // The master ends its children itself when it is asked to.
            Run("kill", "-TERM", _process.Id.ToString(CultureInfo.InvariantCulture));
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    private static void Run(string program, params string[] arguments)
    {
        using var process = Process.Start(program, arguments);
        process.WaitForExit();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} ended with {process.ExitCode}.");
    }

    private async Task ConnectAsync(int port)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                _client = new TcpClient();
                await _client.ConnectAsync(IPAddress.Loopback, port);
                break;
            }
            catch (SocketException) when (attempt < 200 && !_process.HasExited)
            {
                _client!.Dispose();
                await Task.Delay(50);
            }
        }

        _reader = new StreamReader(_client.GetStream(), Encoding.UTF8);
        await _reader.ReadLineAsync();
        await CommandAsync($"LOGIN {StoreFixture.Account} x");
    }
}
