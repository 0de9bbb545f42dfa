using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using MailOps.Sasl;
using MailOps.Server.Accounts;
using MailOps.Server.Connections;
using MailOps.Tests.Support;
using Xunit;

namespace MailOps.Server.Tests.Accounts;

/// <summary>The file of accounts is Dovecot's too: what one writes, the other reads. With a private Dovecot.</summary>
public sealed class DovecotInteropTests
{
    private const string Password = "pässwörd 1";

    [Fact]
    public async Task Dovecot_reads_our_file_and_its_SCRAM_server_our_keys()
    {
        Peers.Require("dovecot", "dovecot-core dovecot-imapd");
        using var store = new TemporaryStore();
        var register = new AccountRegister(store.Path);
        foreach (var scheme in AccountSecret.Schemes)
            await register.AddAsync($"{scheme}@example.com", AccountSecret.FromPassword(Password, scheme, scramKeys: true), default);

        await using var dovecot = await Dovecot.StartAsync(store);
        foreach (var scheme in AccountSecret.Schemes)
        {
            var user = $"{scheme}@example.com".ToLowerInvariant();
            Assert.Contains("auth succeeded", await dovecot.TestAsync(user, Password), StringComparison.Ordinal);
            Assert.Contains("auth failed", await dovecot.TestAsync(user, "wrong"), StringComparison.Ordinal);
        }

        Assert.StartsWith("a OK", await dovecot.AuthenticateAsync("SCRAM-SHA-256", "scram-sha-256@example.com", Password), StringComparison.Ordinal);
        Assert.StartsWith("a OK", await dovecot.AuthenticateAsync("SCRAM-SHA-1", "scram-sha-1@example.com", Password), StringComparison.Ordinal);
        Assert.StartsWith("a NO", await dovecot.AuthenticateAsync("SCRAM-SHA-256", "scram-sha-256@example.com", "wrong"), StringComparison.Ordinal);
        Assert.StartsWith("a OK", await dovecot.AuthenticateAsync("PLAIN", "argon2id@example.com", Password), StringComparison.Ordinal);
        Assert.StartsWith("a OK", await dovecot.AuthenticateAsync("LOGIN", "blf-crypt@example.com", Password), StringComparison.Ordinal);

        // A password changed by us counts for a Dovecot that runs.
        await register.ReplaceSecretAsync("argon2id@example.com", AccountSecret.FromPassword("another", AccountSecret.DefaultScheme, scramKeys: true), default);
        Assert.Contains("auth succeeded", await dovecot.TestAsync("argon2id@example.com", "another"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task We_read_what_doveadm_pw_and_openssl_write()
    {
        var doveadm = Peers.Require("doveadm", "dovecot-core");
        var openssl = Peers.Require("openssl", "openssl");
        using var store = new TemporaryStore();
        var lines = new StringBuilder("# written by hand\n");
        foreach (var scheme in AccountSecret.Schemes.Append("PLAIN"))
            lines.Append($"{scheme}@example.com:{await RunAsync(doveadm, "pw", "-s", scheme, "-p", Password)}:1000:1000::/home/x::userdb_quota_rule=*:storage=1G\n");
        lines.Append($"openssl@example.com:{await RunAsync(openssl, "passwd", "-6", Password)}\n");
        store.Write(lines.ToString());

        Assert.Empty(store.File.Read().Problems);
        var directory = new AccountDirectory(store.Path, ["example.com"], new ServerEvents(), TimeProvider.System);
        foreach (var user in AccountSecret.Schemes.Append("PLAIN").Append("openssl"))
        {
            Assert.Equal($"{user}@example.com".ToLowerInvariant(), await directory.VerifyPasswordAsync(user, Password, default));
            Assert.Null(await directory.VerifyPasswordAsync(user, "wrong", default));
        }
    }

    private static async Task<string> RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true })!;
        var error = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return output.Length > 0 ? output.Trim() : await error;
    }

    /// <summary>A Dovecot of this test's own, on a port of its own, with its files in a folder of its own.</summary>
    private sealed class Dovecot : IAsyncDisposable
    {
        private readonly string _folder = Directory.CreateTempSubdirectory("mailops-dovecot-").FullName;
        private readonly int _port = FreePort();
        private Process? _process;

        private string Config => Path.Combine(_folder, "dovecot.conf");

        public static async Task<Dovecot> StartAsync(TemporaryStore store)
        {
            var dovecot = new Dovecot();
            // The mail processes run as another user and look into this folder.
            await RunAsync("/bin/chmod", "755", dovecot._folder);
            await File.WriteAllTextAsync(dovecot.Config, $$"""
                base_dir = {{dovecot._folder}}/run
                state_dir = {{dovecot._folder}}/run
                log_path = {{dovecot._folder}}/log
                protocols = imap
                listen = 127.0.0.1
                ssl = no
                disable_plaintext_auth = no
                auth_mechanisms = plain login scram-sha-1 scram-sha-256
                auth_failure_delay = 0
                mail_location = maildir:{{dovecot._folder}}/mail/%u
                first_valid_uid = 1
                passdb {
                  driver = passwd-file
                  args = username_format=%u {{store.UsersPath}}
                }
                userdb {
                  driver = static
                  args = uid=mail gid=mail home={{dovecot._folder}}/mail/%u
                }
                service auth {
                  user = {{Environment.UserName}}
                }
                service imap-login {
                  inet_listener imap {
                    port = {{dovecot._port}}
                  }
                  inet_listener imaps {
                    port = 0
                  }
                }
                """);
            Directory.CreateDirectory(Path.Combine(dovecot._folder, "mail"));
            await RunAsync("/bin/chmod", "777", Path.Combine(dovecot._folder, "mail"));
            dovecot._process = Process.Start(new ProcessStartInfo(Peers.Require("dovecot", "dovecot-core dovecot-imapd"), ["-F", "-c", dovecot.Config]))!;
            await dovecot.WaitAsync();
            return dovecot;
        }

        public Task<string> TestAsync(string user, string password) =>
            RunAsync(Peers.Require("doveadm", "dovecot-core"), "-c", Config, "auth", "test", user, password);

        /// <summary>Logs in over IMAP with our client side of a mechanism and returns the tagged answer.</summary>
        public async Task<string> AuthenticateAsync(string mechanism, string user, string password)
        {
            using var client = new TcpClient();
            await client.ConnectAsync(IPAddress.Loopback, _port);
            using var reader = new StreamReader(client.GetStream(), Encoding.Latin1);
            await using var writer = new StreamWriter(client.GetStream(), Encoding.Latin1) { AutoFlush = true, NewLine = "\r\n" };
            await reader.ReadLineAsync();
            var sasl = SaslMechanisms.CreateClient(mechanism, user, password)!;
            await writer.WriteLineAsync(sasl.InitialResponse is { } initial
                ? $"a AUTHENTICATE {mechanism} {Convert.ToBase64String(initial.Span)}"
                : $"a AUTHENTICATE {mechanism}");
            while (await reader.ReadLineAsync() is { } line)
            {
                if (line.StartsWith("+ ", StringComparison.Ordinal))
                    await writer.WriteLineAsync(Convert.ToBase64String((await sasl.StepAsync(Convert.FromBase64String(line[2..]), default)).Span));
                else if (line.StartsWith("a OK", StringComparison.Ordinal))
                    return sasl.IsComplete ? line : "server not proved";
                else if (line.StartsWith("a ", StringComparison.Ordinal))
                    return line;
            }

            return "closed";
        }

        public async ValueTask DisposeAsync()
        {
            if (_process is { HasExited: false })
            {
                // SIGTERM to the master, which ends its children.
                await RunAsync("/bin/kill", _process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture));
                await _process.WaitForExitAsync();
            }

            _process?.Dispose();
            Directory.Delete(_folder, recursive: true);
        }

        private async Task WaitAsync()
        {
            for (var tries = 0; tries < 200; tries++)
            {
                try
                {
                    using var client = new TcpClient();
                    await client.ConnectAsync(IPAddress.Loopback, _port);
                    return;
                }
                catch (SocketException)
                {
                    Assert.False(_process!.HasExited, "Dovecot did not start.");
                    await Task.Delay(50);
                }
            }

            Assert.Fail("Dovecot did not listen: " + await File.ReadAllTextAsync(Path.Combine(_folder, "log")));
        }

        private static int FreePort()
        {
            using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            return ((IPEndPoint)socket.LocalEndPoint!).Port;
        }
    }
}
