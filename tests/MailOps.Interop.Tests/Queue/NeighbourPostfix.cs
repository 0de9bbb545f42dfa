using System.Globalization;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using MailOps.Tests.Support;

namespace MailOps.Interop.Tests.Queue;

/// <summary>A Postfix on an address of its own that has the domain <c>postfix.test</c>, and takes mail for <c>here.test</c> back to a port of 127.0.0.1.</summary>
internal sealed class NeighbourPostfix : IAsyncDisposable
{
    private readonly PrivateFolder _folder = new();
    private readonly PostfixInstance _instance;

    private NeighbourPostfix() => _instance = new PostfixInstance(_folder);

    public static IPAddress Address { get; } = IPAddress.Parse("127.0.0.2");

    /// <summary>Where its mail arrives, a file each.</summary>
    public string Mail => _folder.Of("mail/all/new");

    public string Log => _instance.Log;

    /// <param name="port">The port that it listens on.</param>
    /// <param name="backPort">Where mail for <c>here.test</c> goes.</param>
    /// <param name="certificate">Its certificate.</param>
    public static async Task<NeighbourPostfix> StartAsync(int port, int backPort, X509Certificate2 certificate)
    {
        PrivateFolder.RequireServer("postfix", "postfix");
        var postfix = new NeighbourPostfix();
        try
        {
            await postfix.BeginAsync(port, backPort, certificate);
            await ListeningPorts.WaitForAsync(Address, port, () => postfix.Log);
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
        await _instance.StopAsync();
        _folder.Dispose();
    }

    private Task BeginAsync(int port, int backPort, X509Certificate2 certificate)
    {
        var pem = _folder.Write("cert.pem", certificate.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem() + "\n" + certificate.ExportCertificatePem());
        return _instance.StartAsync(
            string.Create(CultureInfo.InvariantCulture, $$"""
                myhostname = mx.postfix.test
                mynetworks = 127.0.0.0/8
                virtual_mailbox_domains = postfix.test
                virtual_mailbox_maps = static:all/
                relay_domains = here.test
                transport_maps = inline:{ here.test=smtp:[127.0.0.1]:{{backPort}} }
                smtp_tls_security_level = may
                smtpd_relay_restrictions = permit_mynetworks, reject
                smtpd_tls_chain_files = {{pem}}
                smtpd_tls_security_level = may
                """),
            $"{Address}:{port} inet n - n - - smtpd");
    }
}
