using System.Diagnostics;
using System.Globalization;
using MailOps.Maildir.Disk;
using MailOps.Tests.Support;
using Xunit;

namespace MailOps.Core.Tests.Maildir;

public sealed class DotLockDovecotTests
{
    [Fact]
    public async Task Dovecot_waits_for_a_lock_of_ours_and_breaks_it_when_we_are_dead()
    {
        await using var store = new StoreFixture();
        await store.DeliverAsync("Subject: 1\r\n\r\n");
        await using var dovecot = await DovecotOnStore.StartAsync(store.Root);
        var lockPath = Path.Combine(store.Inbox, "dovecot-uidlist.lock");
        using (await store.Store.Environment.Locks.AcquireAsync(lockPath, CancellationToken.None))
        {
            // A young lock is not read; an older one is, and its owner found alive.
            await PrivateFolder.RunAsync("touch", "-d", "10 seconds ago", lockPath);
            var select = dovecot.CommandAsync("SELECT INBOX");
            await Task.WhenAny(select, Task.Delay(TimeSpan.FromSeconds(1)));
            Assert.False(select.IsCompleted);
            File.Delete(lockPath);
            Assert.Contains("* 1 EXISTS", await select);
        }

        await store.DeliverAsync("Subject: 2\r\n\r\n");
        using var dead = Process.Start("true");
        await dead.WaitForExitAsync();
        await File.WriteAllTextAsync(lockPath, string.Create(CultureInfo.InvariantCulture, $"{dead.Id}:{LockTicket.Host}"));
        await PrivateFolder.RunAsync("touch", "-d", "10 seconds ago", lockPath);
        Assert.Contains("* 2 EXISTS", await dovecot.CommandAsync("SELECT INBOX"));
        Assert.False(File.Exists(lockPath));
    }

    [Fact]
    public async Task A_lock_that_a_killed_Dovecot_left_does_not_hold_us_up()
    {
        await using var store = new StoreFixture();
        await store.DeliverAsync("Subject: 1\r\n\r\n");
        using var dead = Process.Start("true");
        await dead.WaitForExitAsync();

        // As Dovecot writes it: the host as gethostname(2) tells it.
        var host = (await PrivateFolder.RunAsync("uname", "-n")).Trim();
        var lockPath = Path.Combine(store.Inbox, "dovecot-uidlist.lock");
        await File.WriteAllTextAsync(lockPath, string.Create(CultureInfo.InvariantCulture, $"{dead.Id}:{host}"));
        await using var inbox = await store.OpenAsync();
        Assert.Single(inbox.Messages);
    }
}
