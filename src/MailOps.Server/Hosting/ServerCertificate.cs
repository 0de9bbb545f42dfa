using System.Security.Cryptography;
using MailOps.Server.Connections;

namespace MailOps.Server.Hosting;

/// <summary>The certificate that a server presents: the one that it was given, or one that it makes and keeps.</summary>
internal static class ServerCertificate
{
    /// <summary>Opens the certificate that was given, or one of the store's own.</summary>
    /// <exception cref="MailServerException">It cannot be used.</exception>
    public static ServerTls Open(MailServerOptions options)
    {
        try
        {
            if (options.Certificate is not { } certificate)
                return new ServerTls(CertificateStore.LoadOrCreate(Path.Combine(options.StorePath, "tls"), options.HostName, options.Clock), null, options.ClientCertificates);

            return certificate.HasPrivateKey
                ? new ServerTls(certificate, options.Intermediates, options.ClientCertificates)
                : throw new MailServerException(MailServerFault.CertificateUnusable, $"The certificate '{certificate.Subject}' has no private key. Give one that has, as a PFX or a PEM file with its key.");
        }
        catch (ArgumentException e)
        {
            throw new MailServerException(MailServerFault.InvalidOptions, $"'{options.HostName}' is not the name of a host. Write it as in mail.example.com.", e);
        }
        catch (Exception e) when (e is CryptographicException or IOException or UnauthorizedAccessException)
        {
            throw new MailServerException(MailServerFault.CertificateUnusable, $"The server's certificate cannot be used: {e.Message}", e);
        }
    }

    /// <summary>The certificate that was given belongs to the caller, who may start another server with it.</summary>
    public static void Close(MailServerOptions options, ServerTls tls)
    {
        if (options.Certificate is null)
            tls.Certificate.Dispose();
    }
}
