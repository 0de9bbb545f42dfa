using System.Collections.Immutable;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using MailOps.Wire;

namespace MailOps.Client.Probes;

/// <summary>A whole handshake with this machine's TLS library: the only way to see the certificates of TLS 1.3.</summary>
/// <param name="Facts">Version and suite, or null if the handshake failed.</param>
/// <param name="Certificates">The certificates as presented, the server's own first, DER.</param>
/// <param name="Failure">Why it failed, or null.</param>
/// <param name="TimedOut">True if it failed because nothing came.</param>
internal sealed record TlsHandshake(TlsFacts? Facts, ImmutableArray<byte[]> Certificates, string? Failure, bool TimedOut)
{
    public static async Task<TlsHandshake> RunAsync(DuplexConnection connection, string? serverName, TlsProbeOptions options, CancellationToken cancel)
    {
        ImmutableArray<byte[]> presented = [];
        var client = new SslClientAuthenticationOptions
        {
            TargetHost = serverName ?? "",
            EnabledSslProtocols = SslProtocols.None,
            // The chain is judged later, with reasons; here everything is taken. No download: what the server left out stays out.
            CertificateChainPolicy = new X509ChainPolicy
            {
                RevocationMode = X509RevocationMode.NoCheck,
                DisableCertificateDownloads = true,
            },
            RemoteCertificateValidationCallback = (_, certificate, chain, _) =>
            {
                presented = Presented(certificate, chain);
                return true;
            },
        };
        using var deadline = new CancellationTokenSource(options.Timeout, options.TimeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel, deadline.Token);
        try
        {
            await connection.SecureAsClientAsync(client, either.Token).ConfigureAwait(false);
            return new TlsHandshake(connection.Tls, presented, null, TimedOut: false);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return new TlsHandshake(null, presented, FormattableString.Invariant($"no end of the handshake within {options.Timeout.TotalSeconds:0.###} s"), TimedOut: true);
        }
        catch (Exception e) when (e is AuthenticationException or IOException or System.ComponentModel.Win32Exception or InvalidOperationException)
        {
            var inner = e.InnerException is { } cause ? $"{e.Message} {cause.Message}" : e.Message;
            return new TlsHandshake(null, presented, inner, TimedOut: false);
        }
    }

    private static ImmutableArray<byte[]> Presented(X509Certificate? own, X509Chain? chain)
    {
        if (own is null)
            return [];

        var found = ImmutableArray.CreateBuilder<byte[]>();
        found.Add(own.GetRawCertData());
        foreach (var other in chain?.ChainPolicy.ExtraStore ?? [])
        {
            if (!(found.Count == 1 && other.RawDataMemory.Span.SequenceEqual(found[0])))
                found.Add(other.RawData);
        }

        return found.ToImmutable();
    }
}
