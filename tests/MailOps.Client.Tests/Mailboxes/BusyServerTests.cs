using MailOps.Client.Mailboxes;
using MailOps.Wire;
using Xunit;

namespace MailOps.Client.Tests.Mailboxes;

/// <summary>What servers say when a client is to slow down.</summary>
public sealed class BusyServerTests
{
    [Theory]
    [InlineData("NO [THROTTLED] Later", null)]
    [InlineData("NO [UNAVAILABLE] Maximum number of connections from user+IP exceeded (mail_max_userip_connections=10)", null)]
    [InlineData("NO [INUSE] try again in 5 minutes", 300_000)]
    [InlineData("BAD Request is throttled. Suggested Backoff Time: 92370 milliseconds", 92_370)]
    [InlineData("BYE [ALERT] Too many simultaneous connections. (Failure)", null)]
    [InlineData("NO [OVERQUOTA] Account exceeded command or bandwidth limits. (Failure)", null)]
    [InlineData("NO rate limit exceeded, retry after 30 s", 30_000)]
    [InlineData("NO [THROTTLED] wait 2 hours", 7_200_000)]
    [InlineData("NO [THROTTLED] wait 15ms", 15)]
    [InlineData("NO [THROTTLED] wait 99999999999 hours", null)]
    [InlineData("NO [THROTTLED] try again in 999999999 hours", 86_400_000)]
    [InlineData("NO [THROTTLED] try again in 999999999 min", 86_400_000)]
    public void It_is_busy_and_may_say_how_long(string said, int? milliseconds)
    {
        var error = BusyServer.Error(said, "message");
        Assert.Equal((MailSessionFault.ServerBusy, milliseconds), (error!.Fault, (int?)error.RetryAfter?.TotalMilliseconds));
    }

    [Theory]
    [InlineData("NO [OVERQUOTA] Quota exceeded")]
    [InlineData("NO [LIMIT] Too many flags")]
    [InlineData("NO [NONEXISTENT] No such mailbox")]
    [InlineData("NO Invalid password, try again in a moment")]
    [InlineData("")]
    [InlineData(null)]
    public void It_is_not_busy(string? said) => Assert.Null(BusyServer.Error(said, "message"));
}
