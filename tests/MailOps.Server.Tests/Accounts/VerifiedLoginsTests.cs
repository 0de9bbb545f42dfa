using MailOps.Server.Accounts;
using Xunit;

namespace MailOps.Server.Tests.Accounts;

public sealed class VerifiedLoginsTests
{
    private readonly RecordingClock _clock = new();

    [Fact]
    public void A_login_is_remembered_for_this_password_account_and_hash_alone()
    {
        var logins = new VerifiedLogins(_clock);
        logins.Add("joe@x.org", "{SSHA}one", "secret");
        Assert.True(logins.Contains("joe@x.org", "{SSHA}one", "secret"));
        Assert.False(logins.Contains("joe@x.org", "{SSHA}one", "Secret"));
        Assert.False(logins.Contains("joe@x.org", "{SSHA}two", "secret"));
        Assert.False(logins.Contains("ann@x.org", "{SSHA}one", "secret"));
    }

    [Fact]
    public void A_login_is_forgotten_when_its_time_is_over()
    {
        var logins = new VerifiedLogins(_clock);
        logins.Add("joe@x.org", "{SSHA}one", "secret");
        _clock.Advance(VerifiedLogins.Lifetime - TimeSpan.FromTicks(1));
        Assert.True(logins.Contains("joe@x.org", "{SSHA}one", "secret"));
        _clock.Advance(TimeSpan.FromTicks(1));
        Assert.False(logins.Contains("joe@x.org", "{SSHA}one", "secret"));
    }

    [Fact]
    public void A_login_is_forgotten_when_the_stored_hash_changes_even_if_it_changes_back()
    {
        var logins = new VerifiedLogins(_clock);
        logins.Add("joe@x.org", "{SSHA}one", "secret");
        logins.Prune(_ => "{SSHA}two");
        Assert.False(logins.Contains("joe@x.org", "{SSHA}one", "secret"));
    }

    [Fact]
    public void The_memory_is_bounded()
    {
        var logins = new VerifiedLogins(_clock);
        for (var at = 0; at <= VerifiedLogins.Most; at++)
            logins.Add($"u{at}@x.org", "h", "p");
        Assert.False(logins.Contains("u0@x.org", "h", "p"));
        Assert.True(logins.Contains($"u{VerifiedLogins.Most}@x.org", "h", "p"));
    }

    [Fact]
    public async Task Hash_workers_run_no_more_at_once_than_they_are_and_leave_the_pool_alone()
    {
        var workers = new HashWorkers(2);
        var (now, most, pooled) = (0, 0, false);
        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => workers.RunAsync(
            () =>
            {
                var running = Interlocked.Increment(ref now);
                InterlockedMax(ref most, running);
                pooled |= Thread.CurrentThread.IsThreadPoolThread;
                Thread.Yield();
                Interlocked.Decrement(ref now);
                return true;
            },
            default).AsTask()));
        Assert.InRange(most, 1, 2);
        Assert.False(pooled);
    }

    [Fact]
    public async Task A_hash_that_throws_gives_its_worker_back()
    {
        var workers = new HashWorkers(1);
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await workers.RunAsync<bool>(() => throw new InvalidOperationException(), default));
        Assert.True(await workers.RunAsync(() => true, default));
    }

    private static void InterlockedMax(ref int target, int value)
    {
        for (var seen = Volatile.Read(ref target); value > seen;)
        {
            var before = Interlocked.CompareExchange(ref target, value, seen);
            if (before == seen)
                return;
            seen = before;
        }
    }
}
