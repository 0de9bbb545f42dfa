using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MailOps.Wire;

namespace MailOps.Sasl;

/// <summary>What ties an exchange to the TLS connection that it runs in: who sits between has two connections and cannot pass it on (RFC 5056).</summary>
public sealed class ChannelBinding
{
    /// <summary>Keying material of the connection (RFC 9266): the default under TLS 1.3.</summary>
    public const string TlsExporter = "tls-exporter";

    /// <summary>The hash of the server's certificate (RFC 5929 section 4).</summary>
    public const string TlsServerEndPoint = "tls-server-end-point";

    private readonly byte[]? _exporter;
    private readonly byte[]? _endPoint;

    /// <summary>A binding with the data of each type, or null where there is none.</summary>
    /// <param name="exporter">The data of <see cref="TlsExporter"/>.</param>
    /// <param name="endPoint">The data of <see cref="TlsServerEndPoint"/>.</param>
    public ChannelBinding(byte[]? exporter, byte[]? endPoint)
    {
        _exporter = exporter;
        _endPoint = endPoint;
    }

    /// <summary>
    /// True if a server can offer the mechanisms that bind. A client that takes one of them uses the default type of its TLS
    /// version and has no second try: so that one must be there, and it is <see cref="TlsExporter"/>.
    /// </summary>
    public bool CanBeOffered => _exporter is not null;

    /// <summary>The best type that this end has, or null if it has none.</summary>
    public string? Best => _exporter is not null ? TlsExporter : _endPoint is not null ? TlsServerEndPoint : null;

    /// <summary>What a connection can be bound by.</summary>
    /// <param name="stream">The connection after its handshake.</param>
    /// <param name="server">The server's certificate.</param>
    public static ChannelBinding Of(SslStream stream, X509Certificate2? server) =>
        // RFC 9266 section 2: 32 octets, no context.
        new(Wire.TlsExporter.TryExport(stream, "EXPORTER-Channel-Binding", 32), server is null ? null : EndPoint(server));

    /// <summary>The data of a type by its registered name, or null if it is not known or not to be had here.</summary>
    public ReadOnlyMemory<byte>? Find(string type)
    {
        var data = type switch
        {
            TlsExporter => _exporter,
            TlsServerEndPoint => _endPoint,
            _ => null,
        };
        // Left to itself a null array would become empty data, which everybody has.
        return data is null ? null : (ReadOnlyMemory<byte>?)data;
    }

    // The hash of the certificate's signature, but SHA-256 where that is MD5 or SHA-1; undefined where it has none (Ed25519) or several.
    private static byte[]? EndPoint(X509Certificate2 certificate) => HashOf(certificate) is { } hash ? CryptographicOperations.HashData(hash, certificate.RawDataMemory.Span) : null;

    private static HashAlgorithmName? HashOf(X509Certificate2 certificate) => certificate.SignatureAlgorithm.Value switch
    {
        // md5, sha1 and sha256 with RSA; sha1 and sha256 with ECDSA
        "1.2.840.113549.1.1.4" or "1.2.840.113549.1.1.5" or "1.2.840.113549.1.1.11" or "1.2.840.10045.4.1" or "1.2.840.10045.4.3.2" => HashAlgorithmName.SHA256,
        "1.2.840.113549.1.1.12" or "1.2.840.10045.4.3.3" => HashAlgorithmName.SHA384,
        "1.2.840.113549.1.1.13" or "1.2.840.10045.4.3.4" => HashAlgorithmName.SHA512,
        _ => null,
    };
}
