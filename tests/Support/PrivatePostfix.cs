using System.Globalization;
using System.Net;
using System.Security.Cryptography.X509Certificates;

namespace MailOps.Tests.Support;

/// <summary>A real Postfix for one test: its own configuration, ports, queue, certificate (for localhost, self-signed) and mail. It takes mail for john@example.com, and logins that a <see cref="PrivateDovecot"/> knows.</summary>
public sealed class PrivatePostfix : IAsyncDisposable
{
    private readonly PrivateFolder _folder = new();
    private readonly PostfixInstance _instance;

    private PrivatePostfix()
    {
        _instance = new PostfixInstance(_folder);
        var ports = new[] { FreePort.Next(), FreePort.Next() };
        (SmtpPort, SubmissionTlsPort) = (ports[0], ports[1]);
    }

    /// <summary>SMTP with STARTTLS.</summary>
    public int SmtpPort { get; }

    /// <summary>SMTP with implicit TLS.</summary>
    public int SubmissionTlsPort { get; }

    /// <summary>Starts one; skips the test where that is not possible.</summary>
    /// <param name="authPort">Where a Dovecot checks logins.</param>
    public static async Task<PrivatePostfix> StartAsync(int authPort)
    {
        PrivateFolder.RequireServer("postfix", "postfix");
        var postfix = new PrivatePostfix();
        try
        {
            await postfix.BeginAsync(authPort);
            await ListeningPorts.WaitForAsync(IPAddress.Loopback, postfix.SmtpPort, () => postfix._instance.Log);
            return postfix;
        }
        catch
        {
            await postfix.DisposeAsync();
            throw;
        }
    }

    /// <summary>Waits for the next message of john@example.com and returns it.</summary>
    public async Task<string> NextMessageAsync()
    {
        var folder = _folder.Of("mail/john/new");
        await Waiting.UntilAsync(() => Directory.Exists(folder) && Directory.GetFiles(folder).Length > 0, () => $"No message was delivered. {_instance.Log}");
        var file = Directory.GetFiles(folder)[0];
        var message = await File.ReadAllTextAsync(file);
        File.Delete(file);
        return message;
    }

    public async ValueTask DisposeAsync()
    {
        await _instance.StopAsync();
        _folder.Dispose();
    }

    private async Task BeginAsync(int authPort)
    {
        using var certificate = TestCertificate.Make();
        var pem = _folder.Write("cert.pem", certificate.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem() + "\n" + certificate.ExportCertificatePem());
        await _instance.StartAsync(
            string.Create(CultureInfo.InvariantCulture, $$"""
                myhostname = mx.example.com
                mynetworks =
                virtual_mailbox_domains = example.com
                virtual_mailbox_maps = inline:{ john@example.com=john/ }
                smtpd_relay_restrictions = permit_sasl_authenticated, reject_unauth_destination
                smtpd_tls_chain_files = {{pem}}
                smtpd_tls_security_level = may
                smtpd_sasl_auth_enable = yes
                smtpd_sasl_type = dovecot
                smtpd_sasl_path = inet:127.0.0.1:{{authPort}}
                """),
            $"127.0.0.1:{SmtpPort} inet n - n - - smtpd",
            $"127.0.0.1:{SubmissionTlsPort} inet n - n - - smtpd -o smtpd_tls_wrappermode=yes");
    }
}
