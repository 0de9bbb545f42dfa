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
    public async Task A_folder_has_the_path_that_copies_know_it_by_and_no_counts_where_the_server_has_none()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.UserName == "root", "A folder is taken from Dovecot's user.");
        await using var dovecot = await PrivateDovecot.StartAsync("namespace inbox {\n  inbox = yes\n  prefix = INBOX.\n  separator = .\n}\n");
        await using var account = await ImapAccount.OpenAsync(Options(dovecot), TimeProvider.System, Cancel);
        await account.CreateAsync("INBOX.Old.2026", use: null, subscribe: true, Cancel);
        await account.CreateAsync("INBOX.Closed", use: null, subscribe: false, Cancel);
        await PrivateFolder.RunAsync("chown", "-R", "root", Path.Join(dovecot.MailPath, ".Closed"));
        await PrivateFolder.RunAsync("chmod", "-R", "go-rwx", Path.Join(dovecot.MailPath, ".Closed"));
        await using var again = await ImapAccount.OpenAsync(Options(dovecot), TimeProvider.System, Cancel);
        var folders = (await again.ListAsync(isWanted: null, onlySubscribed: false, withStatus: true, withQuota: false, Cancel)).ToDictionary(folder => folder.Path, StringComparer.Ordinal);
        Assert.Equal("INBOX.Old.2026", folders["Old/2026"].Name);
        Assert.Equal((0, "INBOX"), (folders["INBOX"].Messages, folders["INBOX"].Name));
        Assert.Null(folders["Closed"].Messages);
    }

    [Theory]
    [InlineData("a//b")]
    [InlineData("tail/")]
    [InlineData("/lead")]
    [InlineData("/")]
    public async Task A_level_without_a_name_is_refused_before_anything_is_made(string pattern)
    {
        await using var dovecot = await PrivateDovecot.StartAsync();
        dovecot.Put(1, "Subject: s\n\nbody\n");
        await using var account = await ImapAccount.OpenAsync(Options(dovecot), TimeProvider.System, Cancel);
        var inbox = Assert.Single(await account.ListAsync(null, onlySubscribed: false, withStatus: false, withQuota: false, Cancel));
        var name = pattern.Replace("/", inbox.Separator, StringComparison.Ordinal);
        await RefusedAsync(() => account.CreateAsync(name, use: null, subscribe: false, Cancel));
        await RefusedAsync(() => account.CopyAsync("INBOX", [1], name, makes: true, Cancel));
        Assert.Single(await account.ListAsync(null, onlySubscribed: false, withStatus: false, withQuota: false, Cancel));
        await account.CreateAsync("old", use: null, subscribe: false, Cancel);
        await RefusedAsync(() => account.RenameAsync("old", name, Cancel));
        Assert.Equal(["INBOX", "old"], (await account.ListAsync(null, onlySubscribed: false, withStatus: false, withQuota: false, Cancel)).Select(folder => folder.Name));

        async Task RefusedAsync(Func<Task> make)
        {
            var refused = await Assert.ThrowsAsync<MailSessionException>(make);
            Assert.Equal(MailSessionFault.CommandRefused, refused.Fault);
            Assert.Contains("one of them has no name", refused.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Messages_are_found_flagged_copied_moved_and_deleted()
    {
        await using var dovecot = await PrivateDovecot.StartAsync();
        for (var i = 1; i <= 4; i++)
            dovecot.Put(i, $"Subject: =?utf-8?q?Gr=C3=B6=C3=9Fe?= {i}\n\nbody\n");
        await using var account = await ImapAccount.OpenAsync(Options(dovecot), TimeProvider.System, Cancel);
        Assert.Equal([1, 3], await account.SetFlagsAsync("INBOX", [3, 1, 99], ["Seen", "$Work"], remove: null, all: null, Cancel));
        Assert.Equal([3u], await FindAsync(new ImapFilter { Flag = ["\\Seen", "$work"], Header = new Dictionary<string, string> { ["Subject"] = "größe 3" } }));
        Assert.Equal([1u, 3u], await FindAsync(new ImapFilter { Query = "NOT SUBJECT 2", Flag = ["Seen"] }));
        Assert.Empty((await FindAsync(new ImapFilter { Since = DateTimeOffset.Now.AddHours(2) }))!);
        Assert.Null(await FindAsync(new ImapFilter()));
        var copied = Assert.Single(await account.CopyAsync("INBOX", [2], "Copies", makes: true, Cancel));
        Assert.Equal(("INBOX", 2u, "Copies", 1u), (copied.Folder, copied.Uid, copied.Destination, copied.DestinationUid));
        Assert.Equal([2u, 3u], (await account.MoveAsync("INBOX", [2, 3], "Copies", makes: false, Cancel)).Select(message => message.Uid));
        await account.SetFlagsAsync("INBOX", [4], ["Deleted"], null, null, Cancel);
        Assert.Equal([1u], await account.DeleteAsync("INBOX", [1, 2], Cancel));
        Assert.Equal([4u], await FindAsync(new ImapFilter { Query = "ALL" }));
        Assert.Equal(MailSessionFault.MailboxNotFound, (await Assert.ThrowsAsync<MailSessionException>(() => account.MoveAsync("INBOX", [4], "Nowhere", makes: false, Cancel))).Fault);
        Assert.Equal([4u], await FindAsync(new ImapFilter { Query = "ALL" }));

        async Task<IReadOnlyCollection<uint>?> FindAsync(ImapFilter filter) => await (await account.ExamineAsync("INBOX", Cancel)).FindAsync(filter, Cancel);
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
