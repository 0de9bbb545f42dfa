using System.Net;
using MailOps.Client.Mailboxes;
using MailOps.Tests.Support;
using MailOps.Wire;
using Xunit;

namespace MailOps.Client.Tests.Mailboxes;

/// <summary>The folders of an account, and sessions, on a real Dovecot.</summary>
public sealed class ImapAccountTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static MailboxOptions Options(PrivateDovecot dovecot) => new()
    {
        Server = "localhost",
        Port = dovecot.ImapPort,
        Tls = TlsMode.None,
        Credential = new NetworkCredential("john", "summersun"),
    };

    [Fact]
    public async Task Folders_are_made_listed_renamed_and_deleted()
    {
        await using var dovecot = await PrivateDovecot.StartAsync();
        dovecot.Put(1, "Subject: s\n\nbody\n");
        await using var account = await ImapAccount.OpenAsync(Options(dovecot), TimeProvider.System, Cancel);
        var inbox = Assert.Single(await account.ListAsync(isWanted: null, onlySubscribed: false, withStatus: true, withQuota: true, Cancel));
        Assert.Equal(("INBOX", 1, 1), (inbox.Name, inbox.Messages, inbox.Unseen));
        Assert.True(inbox.Size > 0 && inbox.UidValidity > 0);
        var separator = inbox.Separator!;
        var deep = string.Join(separator, "Wörk", "a & b", "2026");
        Assert.Equal(deep, (await account.CreateAsync(deep, use: null, subscribe: true, Cancel)).Name);
        Assert.Contains(deep, (await account.ListAsync(null, onlySubscribed: true, withStatus: false, withQuota: false, Cancel)).Select(folder => folder.Name));
        var refused = await Assert.ThrowsAsync<MailSessionException>(() => account.CreateAsync(deep, use: null, subscribe: false, Cancel));
        Assert.Equal(MailSessionFault.CommandRefused, refused.Fault);
        var renamed = await account.RenameAsync(deep, string.Join(separator, "New", "Place"), Cancel);
        Assert.Equal($"New{separator}Place", renamed.Name);
        await account.DeleteAsync(renamed.Name, Cancel);
        var left = await account.ListAsync(name => name.StartsWith("New", StringComparison.Ordinal), onlySubscribed: false, withStatus: true, withQuota: false, Cancel);
        Assert.DoesNotContain(renamed.Name, left.Select(folder => folder.Name));
        Assert.Equal(MailSessionFault.MailboxNotFound, (await Assert.ThrowsAsync<MailSessionException>(() => account.DeleteAsync(renamed.Name, Cancel))).Fault);
    }

    [Fact]
    public async Task A_session_keeps_its_connection_after_a_refusal_and_makes_another_after_a_loss()
    {
        await using var dovecot = await PrivateDovecot.StartAsync();
        await using var session = new MailSession(MailProtocol.Imap, Options(dovecot), TimeProvider.System);
        ImapAccount? first = null;
        await session.UseImapAsync(account => Same(ref first, account), Cancel);
        await Assert.ThrowsAsync<MailSessionException>(() => session.UseImapAsync(account => account.DeleteAsync("Nowhere", Cancel), Cancel));
        await session.UseImapAsync(account => Same(ref first, account), Cancel);
        Assert.Equal(1, session.IdleConnections);

        // What broke off half-way is not used again.
        await Assert.ThrowsAsync<OperationCanceledException>(() => session.UseImapAsync(_ => throw new OperationCanceledException(), Cancel));
        Assert.Equal(0, session.IdleConnections);
        await session.UseImapAsync(account => Task.CompletedTask, Cancel);

        // Two at once have two connections.
        await session.UseImapAsync(one => session.UseImapAsync(other => NotSame(one, other), Cancel), Cancel);
        Assert.Equal(2, session.IdleConnections);
        await session.DisposeAsync();
        Assert.Equal(0, session.IdleConnections);
        await Assert.ThrowsAsync<MailSessionException>(() => session.UseImapAsync(_ => Task.CompletedTask, Cancel));

        static Task NotSame(ImapAccount one, ImapAccount other)
        {
            Assert.NotSame(one, other);
            return Task.CompletedTask;
        }

        static Task Same(ref ImapAccount? first, ImapAccount account)
        {
            Assert.Same(first ??= account, account);
            return Task.CompletedTask;
        }
    }
}
