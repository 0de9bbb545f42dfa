using System.Globalization;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using MailOps.Tests.Support;

namespace MailOps.Interop.Tests.Queue;

/// <summary>A Postfix on an address of its own that has the domain <c>postfix.test</c>, and takes mail for <c>here.test</c> back to a port of 127.0.0.1.</summary>
internal sealed class NeighbourPostfix : IAsyncDisposable
{
    private readonly PrivateFolder _folder = new();

    public static IPAddress Address { get; } = IPAddress.Parse("127.0.0.2");

    /// <summary>Where its mail arrives, a file each.</summary>
    public string Mail => _folder.Of("mail/all/new");

    public string Log => File.Exists(_folder.Of("log")) ? File.ReadAllText(_folder.Of("log")) : "";

    private string Configuration => _folder.Of("etc");

    /// <param name="port">The port that it listens on.</param>
    /// <param name="backPort">Where mail for <c>here.test</c> goes.</param>
    /// <param name="certificate">Its certificate.</param>
    public static async Task<NeighbourPostfix> StartAsync(int port, int backPort, X509Certificate2 certificate)
    {
        PrivateFolder.RequireServer("postfix", "postfix");
        var postfix = new NeighbourPostfix();
        try
        {
            await postfix.ConfigureAsync(port, backPort, certificate);
            await PrivateFolder.RunAsync("/usr/sbin/postfix", "-c", postfix.Configuration, "start");
            await Neighbours.WaitForAsync(Address, port, () => postfix.Log);
            return postfix;
        }
        catch
        {
            await postfix.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (File.Exists(_folder.Of("queue/pid/master.pid")))
        {
            try
            {
                await PrivateFolder.RunAsync("/usr/sbin/postfix", "-c", Configuration, "abort");
            }
            catch (InvalidOperationException)
            {
                // It never came up.
            }
        }

        _folder.Dispose();
    }

    private async Task ConfigureAsync(int port, int backPort, X509Certificate2 certificate)
    {
        var pem = _folder.Write("cert.pem", certificate.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem() + "\n" + certificate.ExportCertificatePem());
        _folder.Write("etc/main.cf", string.Create(CultureInfo.InvariantCulture, $$"""
            compatibility_level = 3.6
            queue_directory = {{_folder.Of("queue")}}
            data_directory = {{_folder.Of("data")}}
            command_directory = /usr/sbin
            daemon_directory = /usr/lib/postfix/sbin
            mail_owner = postfix
            setgid_group = postdrop
            maillog_file = {{_folder.Of("log")}}
            maillog_file_prefixes = {{_folder.Path}}
            inet_interfaces = 127.0.0.1
            inet_protocols = ipv4
            myhostname = mx.postfix.test
            mydestination =
            mynetworks = 127.0.0.0/8
            alias_maps =
            local_recipient_maps =
            virtual_mailbox_domains = postfix.test
            virtual_mailbox_maps = static:all/
            virtual_mailbox_base = {{_folder.Of("mail")}}
            virtual_uid_maps = static:65534
            virtual_gid_maps = static:65534
            virtual_minimum_uid = 1
            relay_domains = here.test
            transport_maps = inline:{ here.test=smtp:[127.0.0.1]:{{backPort}} }
            smtp_tls_security_level = may
            smtpd_relay_restrictions = permit_mynetworks, reject
            smtpd_peername_lookup = no
            smtpd_tls_chain_files = {{pem}}
            smtpd_tls_security_level = may

            """));
        string[] services =
        [
            .. new[] { "cleanup", "rewrite:trivial-rewrite", "bounce", "defer:bounce", "trace:bounce", "verify", "flush", "proxymap", "smtp", "error", "retry:error", "discard", "virtual", "anvil", "tlsmgr", "scache" }
                .Select(s => s.Split(':'))
                .Select(s => $"{s[0]} unix {(s[0] is "cleanup" or "flush" ? "n" : "-")} {(s[0] is "virtual" ? "n" : "-")} n - {ProcessLimit(s[0])} {s[^1]}"),
            "pickup unix n - n 60 1 pickup",
            "qmgr unix n - n 300 1 qmgr",
            "postlog unix-dgram n - n - 1 postlogd",
            $"{Address}:{port} inet n - n - - smtpd",
        ];
        _folder.Write("etc/master.cf", string.Join('\n', services) + "\n");
        foreach (var folder in new[] { "queue", "data", "mail" })
            Directory.CreateDirectory(_folder.Of(folder));
        await PrivateFolder.RunAsync("chown", "postfix", _folder.Of("data"));
        await PrivateFolder.RunAsync("chown", "nobody:nogroup", _folder.Of("mail"));
    }

    private static string ProcessLimit(string service) => service switch
    {
        "cleanup" or "bounce" or "defer" or "trace" or "flush" => "0",
        "verify" or "anvil" or "tlsmgr" or "scache" => "1",
        _ => "-",
    };
}
