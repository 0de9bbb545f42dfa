using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MailOps.Dns;
using MailOps.Tests.Support;
using MailOps.Trust.Dane;
using Xunit;

namespace MailOps.Core.Tests.Trust.Dane;

public sealed class DaneCheckTests : IDisposable
{
    private static readonly DateTimeOffset Now = new(2026, 6, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly TestAuthority _root = new("Root", at: Now);
    private readonly TestAuthority _middle;
    private readonly X509Certificate2 _server;

    public DaneCheckTests()
    {
        _middle = new TestAuthority("Middle", _root, Now);
        _server = _middle.Issue(["mx.example.org"], Now);
    }

    public void Dispose()
    {
        _server.Dispose();
        _middle.Dispose();
        _root.Dispose();
    }

    private static TlsaRecord Record(int usage, int selector, int matchingType, X509Certificate2 of)
    {
        var part = selector == 0 ? of.RawData : of.PublicKey.ExportSubjectPublicKeyInfo();
        var data = matchingType switch { 1 => SHA256.HashData(part), 2 => SHA512.HashData(part), _ => part };
        return new TlsaRecord((TlsaUsage)usage, (TlsaSelector)selector, (TlsaMatchingType)matchingType, Convert.ToHexStringLower(data), TimeSpan.FromMinutes(5));
    }

    private static DanePolicy Policy(params TlsaRecord[] records) => TlsaRecordSet.Policy([.. records], "mx.example.org", ["example.org"]);

    private DaneVerdict Verify(DanePolicy policy, DateTimeOffset? at = null, params X509Certificate2[] presented) =>
        DaneCheck.Verify(policy, presented.Length > 0 ? presented : [_server, _middle.Certificate, _root.Certificate], at ?? Now);

    public static TheoryData<int, int> Ways { get; } = new(from selector in new[] { 0, 1 } from matching in new[] { 0, 1, 2 } select (selector, matching));

    [Theory, MemberData(nameof(Ways))]
    public void The_servers_own_certificate_matches_by_every_selector_and_matching_type(int selector, int matchingType)
    {
        var verdict = Verify(Policy(Record(3, selector, matchingType, _server)));
        Assert.Equal((true, true, "RFC 7672 section 3.1.1"), (verdict.Accepted, verdict.Authenticated, verdict.Source));
        Assert.NotNull(verdict.Record);
        Assert.False(Verify(Policy(Record(3, selector, matchingType, _middle.Certificate))).Accepted);
    }

    [Theory, MemberData(nameof(Ways))]
    public void A_trust_anchor_in_the_chain_matches_by_every_selector_and_matching_type(int selector, int matchingType)
    {
        var intermediate = Verify(Policy(Record(2, selector, matchingType, _middle.Certificate)));
        Assert.True(intermediate.Authenticated, intermediate.Reason);
        var root = Verify(Policy(Record(2, selector, matchingType, _root.Certificate)));
        Assert.True(root.Authenticated, root.Reason);
    }

    [Theory, MemberData(nameof(Ways))]
    public void A_trust_anchor_that_is_not_presented_counts_only_if_the_record_has_it_whole_RFC7671_5_2(int selector, int matchingType)
    {
        var verdict = Verify(Policy(Record(2, selector, matchingType, _root.Certificate)), null, _server, _middle.Certificate);
        Assert.True(verdict.Accepted == (matchingType == 0), verdict.Reason);
        if (matchingType != 0)
            Assert.Contains("which the certificate must come with", verdict.Reason);
    }

    [Fact]
    public void Names_and_expiry_do_not_count_for_DANE_EE_RFC7672_3_1_1()
    {
        using var other = _middle.Issue(["other.example"], Now.AddYears(-3));
        Assert.True(Verify(Policy(Record(3, 1, 1, other)), null, other).Authenticated);
    }

    [Theory]
    [InlineData("mx.example.org", true)]
    [InlineData("example.org", true)]
    [InlineData("*.example.org", true)]
    [InlineData("MX.Example.ORG", true)]
    [InlineData("other.example", false)]
    [InlineData("m*.example.org", false)]
    [InlineData("deep.mx.example.org", false)]
    public void Below_a_trust_anchor_the_name_must_be_one_of_the_reference_names_RFC7672_3_2_2(string name, bool accepted)
    {
        using var server = _middle.Issue([name], Now);
        var verdict = Verify(Policy(Record(2, 1, 1, _middle.Certificate)), null, server, _middle.Certificate);
        Assert.True(verdict.Accepted == accepted, verdict.Reason);
        if (!accepted)
            Assert.Equal("RFC 7672 section 3.2.2", verdict.Source);
    }

    [Fact]
    public void The_common_name_counts_where_there_are_no_alternative_names()
    {
        using var server = _middle.Issue([], Now, commonName: "mx.example.org");
        Assert.True(Verify(Policy(Record(2, 0, 1, _middle.Certificate)), null, server, _middle.Certificate).Authenticated);
        using var both = _middle.Issue(["other.example"], Now, commonName: "mx.example.org");
        Assert.False(Verify(Policy(Record(2, 0, 1, _middle.Certificate)), null, both, _middle.Certificate).Accepted);
    }

    [Theory]
    [InlineData(-11, "is not valid before")]
    [InlineData(21, "expired on")]
    [InlineData(0, null)]
    public void Below_a_trust_anchor_expiry_counts(int days, string? reason)
    {
        var verdict = Verify(Policy(Record(2, 1, 1, _middle.Certificate)), Now.AddDays(days));
        Assert.Equal(reason is null, verdict.Accepted);
        Assert.Contains(reason ?? "vouches", verdict.Reason);
    }

    [Fact]
    public void A_trust_anchor_that_comes_as_a_certificate_expires_too()
    {
        using var server = _middle.Issue(["mx.example.org"], Now.AddYears(1));
        var verdict = Verify(Policy(Record(2, 1, 1, _middle.Certificate)), Now.AddYears(1), server, _middle.Certificate);
        Assert.False(verdict.Accepted);
        Assert.Contains("CN=Middle expired", verdict.Reason);
    }

    [Fact]
    public void A_trust_anchor_must_have_signed_what_it_vouches_for()
    {
        using var impostor = new TestAuthority("Middle", at: Now);
        using var server = impostor.Issue(["mx.example.org"], Now);
        var verdict = Verify(Policy(Record(2, 1, 1, _middle.Certificate)), null, server, _middle.Certificate);
        Assert.False(verdict.Accepted);
        Assert.Contains("no presented certificate leads to one", verdict.Reason);
    }

    [Fact]
    public void The_order_and_the_strangers_among_the_presented_certificates_do_not_matter()
    {
        using var stranger = new TestAuthority("Middle", at: Now);
        Assert.True(Verify(Policy(Record(2, 1, 1, _root.Certificate)), null, _server, _root.Certificate, stranger.Certificate, _middle.Certificate).Authenticated);
    }

    [Fact]
    public void The_servers_own_certificate_is_no_trust_anchor()
    {
        var self = TestCertificate.Make("mx.example.org");
        var verdict = Verify(Policy(Record(2, 1, 1, self)), DateTimeOffset.UtcNow, self);
        Assert.False(verdict.Accepted);
    }

    [Fact]
    public void A_certificate_that_is_not_of_an_authority_vouches_for_nobody()
    {
        using var none = new TestAuthority("None", _root, Now, isAuthority: false);
        using var server = none.Issue(["mx.example.org"], Now);
        Assert.Contains("basic constraints", Verify(Policy(Record(2, 1, 1, none.Certificate)), null, server, none.Certificate).Reason);
        var between = Verify(Policy(Record(2, 1, 1, _root.Certificate)), null, server, none.Certificate, _root.Certificate);
        Assert.False(between.Accepted, between.Reason);
    }

    [Fact]
    public void The_path_length_of_a_trust_anchor_holds()
    {
        using var top = new TestAuthority("Top", at: Now, pathLength: 0);
        using var below = new TestAuthority("Below", top, Now);
        using var server = below.Issue(["mx.example.org"], Now);
        Assert.Contains("path length", Verify(Policy(Record(2, 0, 1, top.Certificate)), null, server, below.Certificate, top.Certificate).Reason);
        using var direct = top.Issue(["mx.example.org"], Now);
        Assert.True(Verify(Policy(Record(2, 0, 1, top.Certificate)), null, direct, top.Certificate).Authenticated);
    }

    [Fact]
    public void A_certificate_for_clients_is_not_one_for_servers()
    {
        using var client = _middle.Issue(["mx.example.org"], Now, usage: "1.3.6.1.5.5.7.3.2");
        Assert.Contains("extended key usage", Verify(Policy(Record(2, 1, 1, _middle.Certificate)), null, client, _middle.Certificate).Reason);
    }

    [Fact]
    public void One_record_of_several_is_enough()
    {
        using var next = _middle.Issue(["mx.example.org"], Now);
        Assert.True(Verify(Policy(Record(3, 1, 1, next), Record(3, 1, 1, _server))).Authenticated);
        Assert.True(Verify(Policy(Record(3, 1, 1, next), Record(2, 1, 1, _middle.Certificate))).Authenticated);
        Assert.False(Verify(Policy(Record(3, 1, 1, next))).Accepted);
    }

    [Fact]
    public void A_weaker_digest_is_set_aside_and_does_not_match_RFC7671_9()
    {
        using var next = _middle.Issue(["mx.example.org"], Now);
        var policy = Policy(Record(3, 1, 1, _server), Record(3, 1, 2, next), Record(3, 0, 1, next), Record(3, 1, 0, next));
        Assert.Equal([(TlsaSelector.Spki, TlsaMatchingType.Sha512), (TlsaSelector.Cert, TlsaMatchingType.Sha256), (TlsaSelector.Spki, TlsaMatchingType.Full)], policy.Records.Select(r => (r.Selector, r.MatchingType)));
        Assert.True(Assert.Single(policy.SetAside).IsSuperseded);
        Assert.False(Verify(policy).Accepted);
    }

    [Fact]
    public void A_server_without_a_certificate_is_refused() =>
        Assert.False(DaneCheck.Verify(Policy(Record(3, 1, 1, _server)), [], Now).Accepted);

    public static TheoryData<int, int, int, int, string> Unusable { get; } = new()
    {
        { 0, 1, 1, 32, "RFC 7672 section 3.1.3" },
        { 1, 1, 1, 32, "RFC 7672 section 3.1.3" },
        { 4, 1, 1, 32, "RFC 6698 section 4.1" },
        { 255, 1, 1, 32, "RFC 6698 section 4.1" },
        { 3, 2, 1, 32, "RFC 6698 section 4.1" },
        { 3, 1, 3, 32, "RFC 6698 section 4.1" },
        { 3, 1, 1, 31, "RFC 6698 section 4.1" },
        { 3, 1, 2, 32, "RFC 6698 section 4.1" },
        { 3, 0, 0, 40, "RFC 6698 section 4.1" },
        { 2, 1, 0, 0, "RFC 6698 section 4.1" },
    };

    [Theory, MemberData(nameof(Unusable))]
    public void Records_that_cannot_be_used_leave_TLS_without_authentication_RFC7672_2_2(int usage, int selector, int matchingType, int octets, string source)
    {
        var record = new TlsaRecord((TlsaUsage)usage, (TlsaSelector)selector, (TlsaMatchingType)matchingType, new string('a', octets * 2), TimeSpan.Zero);
        var policy = Policy(record);
        Assert.Equal((DaneUse.Encrypt, true, source), (policy.Use, policy.RequiresTls, Assert.Single(policy.SetAside).Source));
        var verdict = Verify(policy);
        Assert.Equal((true, false), (verdict.Accepted, verdict.Authenticated));

        // Beside one that can be used they change nothing.
        Assert.True(Verify(Policy(record, Record(3, 1, 1, _server))).Authenticated);
    }

    [Fact]
    public void A_whole_certificate_with_octets_behind_it_cannot_be_used()
    {
        var padded = Record(3, 0, 0, _server);
        Assert.Equal(DaneUse.Encrypt, Policy(padded with { Data = padded.Data + "00" }).Use);
        var key = Record(3, 1, 0, _server);
        Assert.Equal(DaneUse.Encrypt, Policy(key with { Data = key.Data + "00" }).Use);
    }

    [Theory]
    [InlineData("a b.example")]
    [InlineData("-.example")]
    [InlineData("")]
    [InlineData("_dmarc.example")]
    public void A_reference_name_that_is_none_of_a_host_matches_nothing(string name)
    {
        var policy = Policy(Record(2, 1, 1, _middle.Certificate));
        Assert.False(Verify(policy with { ReferenceNames = [name] }).Accepted);
        Assert.True(Verify(policy with { ReferenceNames = [name, "mx.example.org"] }).Authenticated);
    }

    [Fact]
    public void Whatever_octets_a_server_presents_no_exception_comes_of_it()
    {
        var random = new Random(20261129);
        var (loaded, accepted) = (0, 0);
        var policy = Policy(Record(2, 1, 0, _middle.Certificate), Record(2, 0, 1, _root.Certificate));
        for (var i = 0; i < 1500; i++)
        {
            // One of the two certificates with a few octets changed, as far as the system takes it for one at all.
            var octets = (byte[])(i % 2 == 0 ? _server : _middle.Certificate).RawData.Clone();
            for (var changes = random.Next(1, 4); changes > 0; changes--)
                octets[random.Next(octets.Length)] = (byte)random.Next(256);
            X509Certificate2 changed;
            try
            {
                changed = X509CertificateLoader.LoadCertificate(octets);
            }
            catch (CryptographicException)
            {
                continue;
            }

            using (changed)
            {
                loaded++;
                var verdict = i % 2 == 0 ? Verify(policy, null, changed, _middle.Certificate, _root.Certificate) : Verify(policy, null, _server, changed, _root.Certificate);
                Assert.NotEmpty(verdict.Reason);
                accepted += verdict.Accepted ? 1 : 0;
                Assert.False(verdict.Accepted && i % 2 == 0 && !octets.AsSpan().SequenceEqual(_server.RawData), $"a certificate that was changed behind its signature is accepted: {Convert.ToHexString(octets)} was {Convert.ToHexString(_server.RawData)}");
            }
        }

        Assert.True(loaded > 250 && accepted > 0, $"{loaded} loaded, {accepted} accepted");
    }

    [Fact]
    public void What_was_not_found_out_is_refused_and_what_does_not_apply_is_not()
    {
        Assert.False(Verify(DanePolicy.Unknown("No answer.")).Accepted);
        var none = Verify(DanePolicy.None("Not signed.", "RFC 7672 section 2.2.1"));
        Assert.Equal((true, false), (none.Accepted, none.Authenticated));
    }
}
