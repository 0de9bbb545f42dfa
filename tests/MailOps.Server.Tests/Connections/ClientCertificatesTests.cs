using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MailOps.Server.Connections;
using MailOps.Server.Tests.Support;
using Xunit;

namespace MailOps.Server.Tests.Connections;

public sealed class ClientCertificatesTests : IDisposable
{
    private const string ForServers = "1.3.6.1.5.5.7.3.1";

    private readonly ClientAuthority _authority = new();

    public void Dispose() => _authority.Dispose();

    [Fact]
    public void A_certificate_of_the_authority_has_the_names_that_count()
    {
        using var certificate = _authority.Issue("joe", ["joe@example.com", "j@example.com"]);
        Assert.Equal(["joe@example.com", "j@example.com"], Names(certificate, CertificateNaming.Email, out var problem));
        Assert.Null(problem);
        Assert.Equal(["joe"], Names(certificate, CertificateNaming.CommonName, out _));
        Assert.Empty(Names(certificate, CertificateNaming.UserPrincipalName, out problem));
        Assert.Contains("principal", problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("no address", null, 10, new string[0], "no e-mail address")]
    [InlineData("an address with a NUL", null, 10, new[] { "joe@example.com\0.evil.example" }, "no e-mail address")]
    [InlineData("for servers", ForServers, 10, new[] { "joe@example.com" }, "not for the authentication of clients")]
    [InlineData("expired", null, 0, new[] { "joe@example.com" }, "NotTimeValid")]
    public void What_is_wrong_with_a_certificate_is_said(string why, string? usage, int days, string[] emails, string expected)
    {
        using var certificate = _authority.Issue("joe", emails, usage, Math.Max(days, 1));
        var now = days == 0 ? DateTimeOffset.UtcNow.AddDays(5) : DateTimeOffset.UtcNow;
        Assert.Empty(new ClientCertificates([_authority.Root], CertificateNaming.Email, []).NamesIn(certificate, [], now, out var problem));
        Assert.True(problem?.Contains(expected, StringComparison.Ordinal) == true, $"{why}: {problem}");
    }

    [Fact]
    public void Another_authority_of_the_same_name_is_not_believed()
    {
        using var other = new ClientAuthority();
        using var certificate = other.Issue("joe", ["joe@example.com"]);
        Assert.Empty(Names(certificate, CertificateNaming.Email, out var problem));
        Assert.Contains("chain does not hold", problem, StringComparison.Ordinal);
        // Not even if the client sends its authority along.
        Assert.Empty(new ClientCertificates([_authority.Root], CertificateNaming.Email, []).NamesIn(certificate, [other.Root], DateTimeOffset.UtcNow, out problem));
        Assert.NotNull(problem);
    }

    [Fact]
    public void A_fingerprint_counts_without_an_authority_while_the_certificate_is_valid()
    {
        using var certificate = _authority.Issue("printer", []);
        var fingerprint = string.Join(':', Convert.FromHexString(certificate.GetCertHashString(HashAlgorithmName.SHA256)).Select(one => one.ToString("x2", System.Globalization.CultureInfo.InvariantCulture)));
        var trusted = new ClientCertificates([], CertificateNaming.Email, [KeyValuePair.Create(fingerprint, "printer@example.com")]);
        Assert.Equal(["printer@example.com"], trusted.NamesIn(certificate, [], DateTimeOffset.UtcNow, out var problem));
        Assert.Null(problem);
        Assert.Empty(trusted.NamesIn(certificate, [], DateTimeOffset.UtcNow.AddDays(20), out problem));
        Assert.Contains("not valid now", problem, StringComparison.Ordinal);
        using var other = _authority.Issue("printer", []);
        Assert.Empty(trusted.NamesIn(other, [], DateTimeOffset.UtcNow, out problem));
        Assert.Contains("no authority", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Options_that_trust_nothing_or_cannot_be_understood_are_refused()
    {
        using var leaf = _authority.Issue("joe", []);
        Assert.Contains("No client's certificate", Refused([], []), StringComparison.Ordinal);
        Assert.Contains("not the certificate of an authority", Refused([leaf], []), StringComparison.Ordinal);
        Assert.Contains("not a SHA-256 fingerprint", Refused([], [KeyValuePair.Create("ab:cd", "joe")]), StringComparison.Ordinal);
        Assert.Contains("given no account", Refused([], [KeyValuePair.Create(new string('a', 64), "")]), StringComparison.Ordinal);
        Assert.Contains("given twice", Refused([], [KeyValuePair.Create(new string('a', 64), "joe"), KeyValuePair.Create(new string('A', 64), "ann")]), StringComparison.Ordinal);

        static string Refused(X509Certificate2Collection authorities, KeyValuePair<string, string>[] fingerprints) =>
            Assert.Throws<ArgumentException>(() => new ClientCertificates(authorities, CertificateNaming.Email, fingerprints)).Message;
    }

    private IReadOnlyList<string> Names(X509Certificate2 certificate, CertificateNaming naming, out string? problem) =>
        new ClientCertificates([_authority.Root], naming, []).NamesIn(certificate, [], DateTimeOffset.UtcNow, out problem);
}
