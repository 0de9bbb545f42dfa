using System.Net;
using MailOps.Server.Hosting;
using MailOps.Server.Queue;
using MailOps.Wire;
using Xunit;

namespace MailOps.Server.Tests.Queue;

public sealed class OutboundOptionsTests
{
    public static TheoryData<string, OutboundOptions> Bad => new()
    {
        { "Outbound.Lifetime", new() { Lifetime = TimeSpan.MaxValue } },
        { "Outbound.Lifetime", new() { Lifetime = TimeSpan.FromSeconds(59) } },
        { "Outbound.Lifetime", new() { Lifetime = TimeSpan.FromDays(31) } },
        { "Outbound.WarnAfter", new() { WarnAfter = TimeSpan.MaxValue } },
        { "Outbound.WarnAfter", new() { WarnAfter = TimeSpan.FromTicks(-1) } },
        { "Outbound.MaxFutureRelease", new() { MaxFutureRelease = TimeSpan.FromTicks(-1) } },
        { "Outbound.MaxFutureRelease", new() { MaxFutureRelease = TimeSpan.FromDays(367) } },
        { "Outbound.MaxHeldMessages", new() { MaxHeldMessages = -1 } },
        { "Outbound.MaxHeldMessages", new() { MaxHeldMessages = OutboundOptions.MostHeldMessages + 1 } },
        { "Outbound.FirstRetry", new() { FirstRetry = TimeSpan.Zero } },
        { "Outbound.LongestRetry", new() { LongestRetry = TimeSpan.MaxValue } },
        { "Outbound.LongestRetry", new() { FirstRetry = TimeSpan.FromHours(2) } },
        { "Outbound.DestinationLimits", new() { DestinationLimits = new OutboundOptions().DestinationLimits.Add("*", new DestinationLimits { MaxConnections = 0 }) } },
        { "Outbound.DestinationLimits", new() { DestinationLimits = new OutboundOptions().DestinationLimits.Add("*", new DestinationLimits { MaxMessagesPerMinute = DestinationLimits.MostMessages + 1 }) } },
        { "Outbound.SrsDomain", new() { SrsDomain = "not a domain" } },
        { "Outbound.SrsDomain", new() { SrsDomain = "elsewhere.example" } },
        { "Outbound.SrsDomain", new() { SrsDomain = "localhost", SenderRewriting = SenderRewriting.None } },
        { "Outbound.MaxConnectionsPerDestination", new() { MaxConnectionsPerDestination = 0 } },
    };

    [Theory(DisableDiscoveryEnumeration = true)]
    [MemberData(nameof(Bad))]
    public async Task Times_have_one_range_whoever_gives_them(string option, OutboundOptions outbound)
    {
        var options = new MailServerOptions { StorePath = Path.Join(Path.GetTempPath(), "never-made"), Endpoints = [new MailEndpoint(MailProtocol.Submission, TlsMode.StartTls, IPAddress.Loopback, 0)], Outbound = outbound };
        var problem = Assert.Single(OptionsCheck.Problems(options));
        Assert.Equal(option, problem.Setting);
        var thrown = await Assert.ThrowsAsync<MailServerException>(() => MailServer.StartAsync(options));
        Assert.Equal((MailServerFault.InvalidOptions, problem.Message), (thrown.Fault, thrown.Message));
        Assert.False(Directory.Exists(options.StorePath));
    }

    [Fact]
    public void The_longest_times_are_taken()
    {
        var outbound = new OutboundOptions
        {
            Lifetime = TimeSpan.FromDays(OutboundOptions.MostDays), WarnAfter = TimeSpan.FromDays(OutboundOptions.MostDays),
            FirstRetry = TimeSpan.FromDays(OutboundOptions.MostRetryDays), LongestRetry = TimeSpan.FromDays(OutboundOptions.MostRetryDays),
        };
        Assert.Empty(OptionsCheck.Problems(new MailServerOptions { StorePath = "never-made", Endpoints = [new MailEndpoint(MailProtocol.Submission, TlsMode.StartTls, IPAddress.Loopback, 0)], Outbound = outbound }));
    }
}
