using System.Globalization;
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

    // doveadm tells of a failed login by its exit code too; what it says is what counts.
    private static async Task<string> RunAsync(string program, params string[] arguments)
    {
        var said = await PeerCommand.RunAsync(program, arguments);
        return said.Output.Length > 0 ? said.Output.Trim() : said.Error;
    }

    /// <summary>A Dovecot whose accounts are those of a store.</summary>
    private sealed class Dovecot : IAsyncDisposable
    {
        private readonly PrivateFolder _folder = new();
        private readonly int _port = FreePort.Next();
        private DovecotProcess? _process;

        public static async Task<Dovecot> StartAsync(TemporaryStore store)
        {
            var dovecot = new Dovecot();
            try
            {
                var mail = Directory.CreateDirectory(dovecot._folder.Of("mail")).FullName;
                await PrivateFolder.RunAsync("/bin/chown", "mail:mail", mail);
                dovecot._process = await DovecotProcess.StartAsync(
                    dovecot._folder,
                    string.Create(CultureInfo.InvariantCulture, $$"""
                        protocols = imap
                        ssl = no
                        auth_mechanisms = plain login scram-sha-1 scram-sha-256
                        mail_location = maildir:{{mail}}/%u
                        passdb {
                          driver = passwd-file
                          args = username_format=%u {{store.UsersPath}}
                        }
                        userdb {
                          driver = static
                          args = uid=mail gid=mail home={{mail}}/%u
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
                        """),
                    dovecot._port);
                return dovecot;
            }
            catch
            {
                await dovecot.DisposeAsync();
                throw;
            }
        }

        public Task<string> TestAsync(string user, string password) =>
            RunAsync(Peers.Require("doveadm", "dovecot-core"), "-c", _process!.Configuration, "auth", "test", user, password);

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
            if (_process is not null)
                await _process.DisposeAsync();
            _folder.Dispose();
        }
    }
}
