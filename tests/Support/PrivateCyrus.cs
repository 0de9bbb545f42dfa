using System.Diagnostics;
using System.Globalization;

namespace MailOps.Tests.Support;

/// <summary>
/// A real Cyrus for one test: its own configuration, ports and mail, without TLS. Its accounts are john with the password summersun; proxy
/// with proxy-password, who may act as others; and admin with admin-password, who may do that and manage mailboxes.
/// </summary>
public sealed class PrivateCyrus : IAsyncDisposable
{
    // Its package and Dovecot's cannot be installed beside each other.
    private const string Root = "/opt/cyrus";
    private const string Programs = Root + "/usr/lib/cyrus/bin";
    private const string Passwords = Root + "/usr/sbin/saslpasswd2";

    private readonly PrivateFolder _folder = new();
    private Process? _process;

    private PrivateCyrus() => (ImapPort, Pop3Port) = (FreePort.Next(), FreePort.Next());

    /// <summary>IMAP without TLS.</summary>
    public int ImapPort { get; }

    /// <summary>POP3 without TLS.</summary>
    public int Pop3Port { get; }

    /// <summary>Starts one; skips the test where that is not possible.</summary>
    /// <param name="mechanisms">The SASL mechanisms that it offers.</param>
    public static async Task<PrivateCyrus> StartAsync(string mechanisms = "PLAIN SCRAM-SHA-256")
    {
        if (!File.Exists(Programs + "/master") || !File.Exists(Passwords))
            Peers.Miss("Cyrus is not unpacked, and cannot be installed beside dovecot-imapd: apt-get download cyrus-common cyrus-imapd cyrus-pop3d libical3 sasl2-bin && for deb in *.deb; do dpkg-deb -x $deb /opt/cyrus; done");
        Peers.RequireRoot("Cyrus, run privately,");
        var cyrus = new PrivateCyrus();
        try
        {
            await cyrus.BeginAsync(mechanisms);
            return cyrus;
        }
        catch
        {
            await cyrus.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is { HasExited: false } process)
        {
            // The master ends its children itself when it is asked to.
            await PrivateFolder.RunAsync("/bin/kill", process.Id.ToString(CultureInfo.InvariantCulture));
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(5));
            try
            {
                await process.WaitForExitAsync(patience.Token);
            }
            catch (OperationCanceledException)
            {
                // It waits for a child that was just begun and has not heard.
                process.Kill(entireProcessTree: true);
                await process.WaitForExitAsync();
            }
        }

        _process?.Dispose();
        _folder.Dispose();
    }

    private async Task BeginAsync(string mechanisms)
    {
        foreach (var (user, password) in new[] { ("john", "summersun"), ("proxy", "proxy-password"), ("admin", "admin-password") })
        {
            using var noting = Process.Start(new ProcessStartInfo(Passwords, ["-c", "-p", "-u", "localhost", "-f", _folder.Of("sasldb"), user]) { UseShellExecute = false, RedirectStandardInput = true })!;
            await noting.StandardInput.WriteAsync(password);
            noting.StandardInput.Close();
            await noting.WaitForExitAsync();
        }

        Directory.CreateDirectory(_folder.Of("conf/socket"));
        Directory.CreateDirectory(_folder.Of("spool"));
        var options = _folder.Write("imapd.conf", $"""
            configdirectory: {_folder.Of("conf")}
            partition-default: {_folder.Of("spool")}
            defaultpartition: default
            cyrus_user: nobody
            cyrus_group: nogroup
            admins: admin
            proxyservers: proxy
            allowplaintext: yes
            sasl_pwcheck_method: auxprop
            sasl_auxprop_plugin: sasldb
            sasl_sasldb_path: {_folder.Of("sasldb")}
            sasl_mech_list: {mechanisms}
            altnamespace: yes
            unixhierarchysep: yes
            autocreate_quota: 0
            servername: localhost
            specialusealways: yes
            failedloginpause: 0
            statuscache_db: skiplist
            popminpoll: 0

            """);
        var services = _folder.Write("cyrus.conf", $$"""
            START {
              recover cmd="{{Programs}}/ctl_cyrusdb -C {{options}} -r"
            }
            SERVICES {
              imap cmd="{{Programs}}/imapd -C {{options}} -U 30" listen="127.0.0.1:{{ImapPort}}" proto="tcp4"
              pop3 cmd="{{Programs}}/pop3d -C {{options}} -U 30" listen="127.0.0.1:{{Pop3Port}}" proto="tcp4"
            }
            EVENTS {
              checkpoint cmd="{{Programs}}/ctl_cyrusdb -C {{options}} -c" period=30
            }

            """);
        await PrivateFolder.RunAsync("/bin/chown", "-R", "nobody:nogroup", _folder.Path);
        // In a session of its own: when it ends it ends whatever is in its process group, and that would be the tests, with every other Cyrus.
        var start = new ProcessStartInfo("setsid", [Programs + "/master", "-C", options, "-M", services, "-p", _folder.Of("pid"), "-D"]) { UseShellExecute = false };
        start.Environment["LD_LIBRARY_PATH"] = Root + "/usr/lib/x86_64-linux-gnu";
        _process = Process.Start(start)!;
        foreach (var port in new[] { ImapPort, Pop3Port })
            await ListeningPorts.WaitForAsync(_process, "Cyrus", port, () => "it logs to syslog alone");
    }
}
