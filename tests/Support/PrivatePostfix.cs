using System.Globalization;
using System.Security.Cryptography.X509Certificates;

namespace MailOps.Tests.Support;

/// <summary>A real Postfix for one test: its own configuration, ports, queue, certificate (for localhost, self-signed) and mail. It takes mail for john@example.com, and logins that a <see cref="PrivateDovecot"/> knows.</summary>
public sealed class PrivatePostfix : IAsyncDisposable
{
    private readonly PrivateFolder _folder = new();

    private PrivatePostfix()
    {
        var ports = PrivateFolder.FreePorts(2);
        (SmtpPort, SubmissionTlsPort) = (ports[0], ports[1]);
    }

    /// <summary>SMTP with STARTTLS.</summary>
    public int SmtpPort { get; }

    /// <summary>SMTP with implicit TLS.</summary>
    public int SubmissionTlsPort { get; }

    private string Configuration => _folder.Of("etc");

    /// <summary>Starts one; skips the test where that is not possible.</summary>
    /// <param name="authPort">Where a Dovecot checks logins.</param>
    public static async Task<PrivatePostfix> StartAsync(int authPort)
    {
        PrivateFolder.RequireServer("postfix", "postfix");
        var postfix = new PrivatePostfix();
        try
        {
            await postfix.ConfigureAsync(authPort);
            await PrivateFolder.RunAsync("/usr/sbin/postfix", "-c", postfix.Configuration, "start");
            await PrivateFolder.WaitForPortAsync(postfix.SmtpPort, postfix.Log);
            return postfix;
        }
        catch
        {
            await postfix.DisposeAsync();
            throw;
        }
    }

    /// <summary>Waits for the next message of john@example.com, for at most ten seconds, and returns it.</summary>
    public async Task<string> NextMessageAsync()
    {
        var folder = _folder.Of("mail/john/new");
        for (var i = 0; i < 200; i++)
        {
            if (Directory.Exists(folder) && Directory.GetFiles(folder) is [var file, ..])
            {
                var message = await File.ReadAllTextAsync(file);
                File.Delete(file);
                return message;
            }

            await Task.Delay(50);
        }

        throw new InvalidOperationException($"No message was delivered. {Log()}");
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

    private async Task ConfigureAsync(int authPort)
    {
        using var certificate = TestCertificate.Make();
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
            myhostname = mx.example.com
            mydestination =
            mynetworks =
            alias_maps =
            local_recipient_maps =
            virtual_mailbox_domains = example.com
            virtual_mailbox_maps = inline:{ john@example.com=john/ }
            virtual_mailbox_base = {{_folder.Of("mail")}}
            virtual_uid_maps = static:65534
            virtual_gid_maps = static:65534
            virtual_minimum_uid = 1
            smtpd_relay_restrictions = permit_sasl_authenticated, reject_unauth_destination
            smtpd_peername_lookup = no
            smtpd_tls_chain_files = {{pem}}
            smtpd_tls_security_level = may
            smtpd_sasl_auth_enable = yes
            smtpd_sasl_type = dovecot
            smtpd_sasl_path = inet:127.0.0.1:{{authPort}}

            """));
        string[] services =
        [
            .. new[] { "cleanup", "rewrite:trivial-rewrite", "bounce", "defer:bounce", "trace:bounce", "verify", "flush", "proxymap", "smtp", "error", "retry:error", "discard", "virtual", "anvil", "tlsmgr" }
                .Select(s => s.Split(':'))
                .Select(s => $"{s[0]} unix {(s[0] is "cleanup" or "flush" ? "n" : "-")} {(s[0] is "virtual" ? "n" : "-")} n - {ProcessLimit(s[0])} {s[^1]}"),
            "pickup unix n - n 60 1 pickup",
            "qmgr unix n - n 300 1 qmgr",
            "postlog unix-dgram n - n - 1 postlogd",
            $"127.0.0.1:{SmtpPort} inet n - n - - smtpd",
            $"127.0.0.1:{SubmissionTlsPort} inet n - n - - smtpd -o smtpd_tls_wrappermode=yes",
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
        "verify" or "anvil" or "tlsmgr" => "1",
        _ => "-",
    };

    private string Log() => File.Exists(_folder.Of("log")) ? File.ReadAllText(_folder.Of("log")) : "";
}
