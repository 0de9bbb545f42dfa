using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using MailOps.Dns;
using MailOps.Wire;

namespace MailOps.Trust;

/// <summary>HTTPS to hosts that other domains name: found by our own resolver, with a certificate that holds, and never led elsewhere.</summary>
internal static class TrustedHttps
{
    /// <summary>A handler that follows no redirect, uses no proxy, and keeps neither cookies nor connections.</summary>
    /// <param name="resolver">Finds the addresses of hosts.</param>
    /// <param name="timeout">How long each address may take to connect.</param>
    /// <param name="roots">The authorities that certificates must come from. Null: those that the system trusts.</param>
    /// <param name="clock">The clock of the time.</param>
    public static SocketsHttpHandler Handler(MailResolver resolver, TimeSpan timeout, X509Certificate2Collection? roots, TimeProvider clock) => new()
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        UseProxy = false,
        AutomaticDecompression = DecompressionMethods.None,
        MaxResponseHeadersLength = 64,
        ConnectCallback = async (context, cancel) =>
        {
            var host = DnsName.Parse(context.DnsEndPoint.Host);
            var addresses = await resolver.AddressesAsync(host, cancel).ConfigureAwait(false);
            if (addresses.Records.IsEmpty)
                throw new HttpRequestException(addresses.Detail);

            var socket = await HostConnector.ConnectAsync(host.Ascii, [.. addresses.Records.Select(a => a.Address)], context.DnsEndPoint.Port, timeout, clock, tell: null, cancel).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        },
        // A host is asked once, a day perhaps: a connection is of no further use.
        PooledConnectionLifetime = TimeSpan.Zero,
        SslOptions = new SslClientAuthenticationOptions
        {
            CertificateChainPolicy = roots is null ? null : ChainPolicy(roots),
            CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
        },
    };

    private static X509ChainPolicy ChainPolicy(X509Certificate2Collection roots)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.AddRange(roots);
        return policy;
    }
}
