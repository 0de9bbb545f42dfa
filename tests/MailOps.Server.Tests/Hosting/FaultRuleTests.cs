using MailOps.Server.Connections.Faults;
using MailOps.Server.Tests.Support;
using Xunit;

namespace MailOps.Server.Tests.Hosting;

/// <summary>Rules that no fault can be played by: told when they are set.</summary>
public sealed class FaultRuleTests
{
    [Theory]
    [InlineData("FOO", "451 x", null, 1.0, "'FOO' is no command")]
    [InlineData("NOOP", "250 Ok", null, 1.0, "'250 Ok' is no refusal")]
    [InlineData("NOOP", "451 a\r\n250 b", null, 1.0, "is no refusal")]
    [InlineData("NOOP", "NO", null, 1.0, "'NO' is no refusal")]
    [InlineData("NOOP", "451 x", "imap", 1.0, "not for imap")]
    [InlineData("NOOP", "451 x", "ftp", 1.0, "'ftp' is no protocol")]
    [InlineData("NOOP", "451 x", null, 0.0, "no share")]
    [InlineData("NOOP", "451 x", null, 1.5, "no share")]
    public async Task What_cannot_be_played_is_told(string command, string reply, string? protocol, double share, string message)
    {
        await using var server = await TestServer.StartAsync();
        var rule = new FaultRule { Kind = FaultKind.Reply, Commands = [command], Reply = reply, Protocols = protocol is null ? [] : [protocol], Share = share };
        Assert.Contains(message, Assert.Throws<ArgumentException>(() => server.Server.SetFault(1, rule)).Message, StringComparison.Ordinal);
        Assert.Empty(server.Server.GetFaults(1));
    }

    [Theory]
    [InlineData(FaultKind.Delay, "no time")]
    [InlineData(FaultKind.Throttle, "messages a minute")]
    [InlineData(FaultKind.TlsFailure, "Leave the command out")]
    [InlineData(FaultKind.DropAfter, "no octets")]
    public async Task Each_kind_asks_for_what_it_needs(FaultKind kind, string message)
    {
        await using var server = await TestServer.StartAsync();
        var rule = new FaultRule { Kind = kind, Number = -1, Commands = kind is FaultKind.TlsFailure ? ["STARTTLS"] : [] };
        Assert.Contains(message, Assert.Throws<ArgumentException>(() => server.Server.SetFault(1, rule)).Message, StringComparison.Ordinal);
    }
}
