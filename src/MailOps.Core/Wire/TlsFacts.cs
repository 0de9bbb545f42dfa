using System.Net.Security;
using System.Security.Authentication;

namespace MailOps.Wire;

/// <summary>What a TLS handshake settled.</summary>
/// <param name="Protocol">The version.</param>
/// <param name="CipherSuite">The cipher suite by its IANA name.</param>
/// <param name="ServerName">The name the client asked for (SNI), if it sent one.</param>
public sealed record TlsFacts(SslProtocols Protocol, TlsCipherSuite CipherSuite, string? ServerName)
{
    /// <summary>The version as the standards write it, such as <c>TLSv1.3</c>.</summary>
    public string Version => Protocol switch
    {
        SslProtocols.Tls13 => "TLSv1.3",
        SslProtocols.Tls12 => "TLSv1.2",
#pragma warning disable CS0618, SYSLIB0039 // Named to report them, never to offer them.
        SslProtocols.Tls11 => "TLSv1.1",
        SslProtocols.Tls => "TLSv1",
#pragma warning restore CS0618, SYSLIB0039
        _ => Protocol.ToString(),
    };

    /// <inheritdoc/>
    public override string ToString() => $"{Version} with {CipherSuite}";

    /// <summary>The facts of a finished handshake.</summary>
    public static TlsFacts Of(SslStream stream) =>
        new(stream.SslProtocol, stream.NegotiatedCipherSuite, string.IsNullOrEmpty(stream.TargetHostName) ? null : stream.TargetHostName);
}
