using MailOps.Dns;
using Org.BouncyCastle.Crypto;
using Org.BouncyCastle.X509;

namespace MailOps.Trust.Dane;

/// <summary>A trust anchor: a certificate, or a bare key where the record has no more.</summary>
internal sealed record DaneAnchor(TlsaRecord Record, X509Certificate? Certificate, AsymmetricKeyParameter Key);
