using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MailOps.Tests.Support;
using MailOps.Wire;
using Xunit;

namespace MailOps.Core.Tests.Wire;

/// <summary>Certificates that are known by themselves.</summary>
public class CertificatePinTests
{
    private static readonly X509Certificate2 Certificate = TestCertificate.Localhost;

    public static TheoryData<string> Forms()
    {
        var (sha256, sha1) = (Certificate.GetCertHashString(HashAlgorithmName.SHA256), Certificate.Thumbprint);
        return
        [
            sha256, sha256.ToLowerInvariant(), string.Join(':', sha256.Chunk(2).Select(pair => new string(pair))), sha1,
            "\u200e" + string.Join(' ', sha1.ToLowerInvariant().Chunk(2).Select(pair => new string(pair))),
            Key(Certificate), Key(Certificate).Replace("sha256", "SHA256", StringComparison.Ordinal), $" {new string('0', 64)} ; {Key(Certificate)} ",
        ];
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public void Each_form_matches_the_certificate_and_no_other(string text)
    {
        using var other = TestCertificate.Make();
        Assert.True(CertificatePin.TryParse(text, out var pins, out _));
        Assert.Contains(pins, pin => pin.Matches(Certificate));
        Assert.DoesNotContain(pins, pin => pin.Matches(other));
        Assert.Equal(pins.Select(pin => pin.ToString()), CertificatePin.Parse(pins.Select(pin => pin.ToString())).Select(pin => pin.ToString()));
    }

    [Fact]
    public void A_key_outlives_its_certificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var one = new CertificateRequest("CN=one", key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UtcNow, DateTimeOffset.UtcNow.AddDays(1));
        using var two = new CertificateRequest("CN=two", key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UtcNow, DateTimeOffset.UtcNow.AddDays(2));
        Assert.True(CertificatePin.Parse([CertificatePin.OfKey(one)])[0].Matches(two));
        Assert.False(CertificatePin.Parse([one.GetCertHashString(HashAlgorithmName.SHA256)])[0].Matches(two));
    }

    [Theory]
    [InlineData("")]
    [InlineData("abc")]
    [InlineData("sha256//abc")]
    [InlineData("sha256//!!!!")]
    [InlineData("sha1//qqqqqqqqqqqqqqqqqqqqqqqqqqq=")]
    [InlineData("zz00000000000000000000000000000000000000")]
    [InlineData("0000000000000000000000000000000000000000;x")]
    public void What_is_none_is_told_with_what_to_write(string text)
    {
        Assert.False(CertificatePin.TryParse(text, out _, out var error));
        Assert.Contains("pins no certificate: give its SHA-256 thumbprint (64 hexadecimal digits)", error, StringComparison.Ordinal);
        Assert.Throws<FormatException>(() => CertificatePin.Parse([text]));
    }

    [Theory]
    [InlineData(SslPolicyErrors.None)]
    [InlineData(SslPolicyErrors.RemoteCertificateChainErrors | SslPolicyErrors.RemoteCertificateNameMismatch)]
    public void A_pin_alone_decides(SslPolicyErrors errors)
    {
        foreach (var acceptsAny in new[] { false, true })
        {
            var right = new CertificateCheck("mx.example", acceptsAny, TimeProvider.System) { Pins = CertificatePin.Parse([Key(Certificate)]) };
            Assert.True(right.Validate(this, Certificate, chain: null, errors));
            Assert.Null(right.Problem);
            var wrong = new CertificateCheck("mx.example", acceptsAny, TimeProvider.System) { Pins = CertificatePin.Parse([new string('0', 64)]) };
            Assert.False(wrong.Validate(this, Certificate, chain: null, errors));
            var error = wrong.HandshakeFailed("mx.example", new IOException());
            Assert.Equal(MailSessionFault.CertificateNotPinned, error.Fault);
            Assert.Equal(
                $"The certificate of mx.example is none of those that are pinned: it showed the certificate with the SHA-256 thumbprint {Certificate.GetCertHashString(HashAlgorithmName.SHA256)} and the key {Key(Certificate)}. If you know that the server has a new certificate, pin that one; if not, somebody else may answer in its place.",
                error.Message);
            var nothing = new CertificateCheck("mx.example", acceptsAny, TimeProvider.System) { Pins = CertificatePin.Parse([Key(Certificate)]) };
            Assert.False(nothing.Validate(this, certificate: null, chain: null, SslPolicyErrors.RemoteCertificateNotAvailable));
            Assert.Contains("it showed no certificate", nothing.HandshakeFailed("mx.example", new IOException()).Message, StringComparison.Ordinal);
        }
    }

    private static string Key(X509Certificate2 certificate) => "sha256//" + Convert.ToBase64String(SHA256.HashData(certificate.PublicKey.ExportSubjectPublicKeyInfo()));
}
