using System.Diagnostics;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace MailOps.Tests.Support;

/// <summary>A real Dovecot for one test: its own configuration, ports, certificate (for localhost, self-signed) and mail. One account, john with the password summersun.</summary>
public sealed class PrivateDovecot : IAsyncDisposable
{
    private readonly PrivateFolder _folder = new();
    private DovecotProcess? _process;

    private PrivateDovecot()
    {
        var ports = new[] { FreePort.Next(), FreePort.Next(), FreePort.Next(), FreePort.Next(), FreePort.Next() };
        (Pop3Port, Pop3TlsPort, ImapPort, ImapTlsPort, AuthPort) = (ports[0], ports[1], ports[2], ports[3], ports[4]);
    }

    /// <summary>POP3 with STLS.</summary>
    public int Pop3Port { get; }

    /// <summary>POP3 with implicit TLS.</summary>
    public int Pop3TlsPort { get; }

    /// <summary>IMAP with STARTTLS.</summary>
    public int ImapPort { get; }

    /// <summary>IMAP with implicit TLS.</summary>
    public int ImapTlsPort { get; }

    /// <summary>The authentication service that Postfix can use.</summary>
    public int AuthPort { get; }

    /// <summary>The Maildir of john.</summary>
    public string MailPath => _folder.Of("mail");

    /// <summary>How many messages the INBOX has on disk.</summary>
    public int CountOnDisk => new[] { "new", "cur" }.Select(f => Path.Combine(MailPath, f)).Where(Directory.Exists).Sum(f => Directory.GetFiles(f).Length);

    /// <summary>Starts one; skips the test where that is not possible.</summary>
    /// <param name="more">Lines that come after the configuration, and count over it.</param>
    public static async Task<PrivateDovecot> StartAsync(string more = "")
    {
        var dovecot = new PrivateDovecot();
        try
        {
            dovecot._process = await DovecotProcess.StartAsync(dovecot._folder, dovecot.Configure() + "\n" + more, dovecot.Pop3Port, dovecot.ImapTlsPort, dovecot.AuthPort);
            return dovecot;
        }
        catch
        {
            await dovecot.DisposeAsync();
            throw;
        }
    }

    /// <summary>Puts a message into a folder: the INBOX, or one named as in Maildir++ (<c>.Archive</c>).</summary>
    /// <param name="number">Orders the messages.</param>
    /// <param name="message">Its lines, parted by LF.</param>
    /// <param name="folder">The folder below the Maildir.</param>
    public void Put(int number, string message, string folder = "")
    {
        var path = Path.Combine(MailPath, folder);
        foreach (var part in new[] { "new", "cur", "tmp" })
            Directory.CreateDirectory(Path.Combine(path, part));
        File.WriteAllText(Path.Combine(path, "new", FormattableString.Invariant($"17000000{number:00}.M{number}P1.test")), message, new UTF8Encoding(false));
        GiveAway();
    }

    /// <summary>Gives john another password.</summary>
    public void SetPassword(string password) => _folder.Write("users", $"john:{{PLAIN}}{password}\n");

    /// <summary>Ends the server; its mail stays until this is disposed.</summary>
    public async Task StopAsync()
    {
        if (_process is { } process)
            await process.DisposeAsync();
        _process = null;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _folder.Dispose();
    }

    // Dovecot reads and writes as nobody.
    private void GiveAway()
    {
        using var chown = Process.Start("chown", ["-R", "nobody:nogroup", MailPath]);
        chown.WaitForExit();
    }

    private string Configure()
    {
        using var certificate = TestCertificate.Make();
        var pem = _folder.Write("cert.pem", certificate.ExportCertificatePem());
        var key = _folder.Write("key.pem", certificate.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
        var users = _folder.Write("users", "john:{PLAIN}summersun\n");
        Directory.CreateDirectory(MailPath);
        GiveAway();
        return $$"""
            protocols = imap pop3
            ssl = yes
            ssl_cert = <{{pem}}
            ssl_key = <{{key}}
            auth_mechanisms = plain login scram-sha-256
            mail_location = maildir:{{MailPath}}
            passdb {
              driver = passwd-file
              args = {{users}}
            }
            userdb {
              driver = static
              args = uid=nobody gid=nogroup home={{_folder.Path}}
            }
            service pop3-login {
              inet_listener pop3 {
                port = {{Pop3Port}}
              }
              inet_listener pop3s {
                port = {{Pop3TlsPort}}
                ssl = yes
              }
            }
            service imap-login {
              inet_listener imap {
                port = {{ImapPort}}
              }
              inet_listener imaps {
                port = {{ImapTlsPort}}
                ssl = yes
              }
            }
            service anvil {
              unix_listener anvil-auth-penalty {
                mode = 0
              }
            }
            service auth {
              inet_listener {
                address = 127.0.0.1
                port = {{AuthPort}}
              }
            }
            """;
    }
}
