using System.Text;
using MailOps.Dns;
using MailOps.Server.Queue.Security;
using MailOps.Tests.Support;
using MailOps.Trust.MtaSts;
using Xunit;

namespace MailOps.Server.Tests.Queue;

public sealed class HostPolicyTests
{
    [Theory]
    [InlineData(true, true, true)]
    [InlineData(false, true, false)]
    [InlineData(false, false, true)]
    public void A_password_goes_to_no_exchanger_that_a_forged_record_may_have_named(bool isNamedSafely, bool needsTrust, bool isAllowed)
    {
        var refusal = (HostPolicy.None("mx.evil.example", SecurityDemand.Usual) with { IsNamedSafely = isNamedSafely, NeedsTrust = needsTrust }).Refusal;
        Assert.Equal(isAllowed, refusal is null);
        if (refusal is not null)
            Assert.StartsWith("451 4.7.5 The login is not sent to an exchanger: neither DNSSEC nor MTA-STS vouches for mx.evil.example being the server.", refusal.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Beyond_loopback_a_password_goes_to_a_server_alone_that_is_known_to_be_the_right_one()
    {
        var policy = HostPolicy.None("mail.example", SecurityDemand.Usual) with { NeedsTrust = true };
        Assert.Equal("451 4.7.5 The login at mail.example is not sent: It is away.", policy.RefusalInTheClear("It is away.")!.ToString());
        Assert.True(policy.LooksAtCertificates);
        using var authority = new TestAuthority("Trust");
        using var right = authority.Issue(["mail.example"]);
        using var wrong = authority.Issue(["other.example"]);
        var known = policy with { Roots = [authority.Certificate] };
        Assert.Equal(new CertificateVerdict(true, "PKIX", null), known.Judge([right], DateTimeOffset.UtcNow));
        Assert.False(known.Judge([wrong], DateTimeOffset.UtcNow).Accepted);
        Assert.False(policy.Judge([right], DateTimeOffset.UtcNow).Accepted);

        // A policy in testing lets mail go, and no password.
        Assert.True(MtaStsPolicy.TryParse(Encoding.ASCII.GetBytes(SecureZone.PolicyOf("testing", "mail.example")), out var sts, out _));
        var testing = known with { MtaSts = new MtaStsApplied { Domain = DnsName.Parse("mail.example"), Policy = sts, Reason = "", Source = "" } };
        Assert.False(testing.Judge([wrong], DateTimeOffset.UtcNow).Accepted);
    }
}
