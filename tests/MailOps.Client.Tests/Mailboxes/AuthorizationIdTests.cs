using System.Net;
using MailOps.Client.Mailboxes;
using MailOps.Client.Migration;
using MailOps.Client.Migration.Batches;
using MailOps.Client.Migration.Imap;
using MailOps.Client.Tests.Migration;
using MailOps.Tests.Support;
using MailOps.Wire;
using Xunit;

namespace MailOps.Client.Tests.Mailboxes;

/// <summary>An administrator logs in by his own password and acts as a user (RFC 4422 section 2), at a real Dovecot and a real Cyrus.</summary>
public class AuthorizationIdTests : MailboxCopyTest
{
    public static TheoryData<bool, string?> Logins => new()
    {
        { true, null }, { true, "PLAIN" }, { true, "SCRAM-SHA-256" }, { false, null }, { false, "PLAIN" }, { false, "SCRAM-SHA-256" },
    };

    [Theory, MemberData(nameof(Logins))]
    public async Task A_master_of_Dovecot_opens_the_mailbox_of_a_user(bool isImap, string? mechanism)
    {
        await using var dovecot = await StartDovecotAsync();
        dovecot.Put(1, "Subject: x\n\nbody\n");
        var port = isImap ? dovecot.ImapPort : dovecot.Pop3Port;
        Assert.Equal((mechanism ?? "SCRAM-SHA-256", 1), await OpenAsync(port, isImap, "boss", "boss-password", "john", mechanism));

        var wrong = await FailAsync(port, isImap, "boss", "wrong-password", "john", mechanism);
        Assert.StartsWith($"localhost refused the login of boss as john with {mechanism ?? "SCRAM-SHA-256"}: ", wrong.Message, StringComparison.Ordinal);
        Assert.Equal(MailSessionFault.AuthenticationFailed, wrong.Fault);
        // Who is none of the masters acts as nobody else.
        Assert.Equal(MailSessionFault.AuthenticationFailed, (await FailAsync(port, isImap, "john", "summersun", "boss", mechanism)).Fault);
    }

    [Theory, MemberData(nameof(Logins))]
    public async Task A_proxy_of_Cyrus_opens_the_mailbox_of_a_user(bool isImap, string? mechanism)
    {
        await using var cyrus = await PrivateCyrus.StartAsync();
        var port = isImap ? cyrus.ImapPort : cyrus.Pop3Port;
        await using (var own = new ImapMailboxEnd("john", Options(cyrus.ImapPort), TimeProvider.System))
            await AddAsync(own, Message("1"));
        foreach (var login in new[] { "proxy", "admin" })
            Assert.Equal((mechanism ?? "SCRAM-SHA-256", 1), await OpenAsync(port, isImap, login, login + "-password", "john", mechanism));

        Assert.Equal(MailSessionFault.AuthenticationFailed, (await FailAsync(port, isImap, "proxy", "wrong-password", "john", mechanism)).Fault);
        Assert.Equal(MailSessionFault.AuthenticationFailed, (await FailAsync(port, isImap, "john", "summersun", "proxy", mechanism)).Fault);
    }

    [Fact]
    public async Task Batches_have_an_administrator_act_as_each_user()
    {
        await using var dovecot = await StartDovecotAsync();
        dovecot.Put(1, "Subject: x\n\nbody\n");
        await using var store = await MigrationStore.OpenAsync(Folder.Of("migrations.db"), user: null, password: null, isMade: true, Cancel);
        await store.AddAsync("school", new MigrationSettings(), [("john", MailboxLocation.Parse($"imap+plain://john@localhost:{dovecot.ImapPort}/"), MailboxLocation.Parse($"maildir:{Folder.Of("john")}"))], isAdded: false, Cancel);
        await new MigrationWorker(store, new MigrationWorkerOptions
        {
            Login = (_, _) => Task.FromResult(new MigrationLogin(new NetworkCredential("boss", "boss-password"), Tokens: null)),
            Folders = _ => _ => true,
            EndsWhenIdle = true,
        }, TimeProvider.System).RunAsync(Cancel);
        var john = Assert.Single(await store.UsersAsync("school", Cancel));
        Assert.Equal((MigrationStatus.Synced, 1L, null), (john.Status, john.Copied, john.Error));
    }

    [Fact]
    public async Task A_mechanism_that_cannot_carry_it_is_not_used()
    {
        await using var dovecot = await StartDovecotAsync("auth_mechanisms = login cram-md5");
        dovecot.Put(1, "Subject: x\n\nbody\n");
        foreach (var isImap in new[] { true, false })
        {
            var port = isImap ? dovecot.ImapPort : dovecot.Pop3Port;
            var none = await FailAsync(port, isImap, "boss", "boss-password", "john", mechanism: null);
            Assert.Equal(MailSessionFault.AuthenticationNotOffered, none.Fault);
            Assert.StartsWith("localhost offers no mechanism that can say that who logs in acts as john: that takes PLAIN, SCRAM or EXTERNAL, and it offers ", none.Message, StringComparison.Ordinal);
            foreach (var name in new[] { "LOGIN", "CRAM-MD5", "NTLM", "XOAUTH2", "OAUTHBEARER" })
            {
                var named = await FailAsync(port, isImap, "boss", "boss-password", "john", name);
                Assert.Equal(MailSessionFault.AuthenticationNotOffered, named.Fault);
                Assert.StartsWith($"{name} cannot say that who logs in acts as john: ", named.Message, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public async Task Mailboxes_are_copied_by_administrators_from_Dovecot_to_Cyrus()
    {
        await using var dovecot = await StartDovecotAsync();
        await AddAsync(dovecot, "INBOX", Message("1"), Message("2"));
        await AddAsync(dovecot, "Wörk & b.深い", Message("3"));
        await using var cyrus = await PrivateCyrus.StartAsync();
        await using var source = await MailboxEnd.OpenAsync(MailboxLocation.Parse($"imap+plain://localhost:{dovecot.ImapPort}/"), As("boss", "john"), TimeProvider.System, Cancel);
        await using var target = await MailboxEnd.OpenAsync(MailboxLocation.Parse($"imap+plain://localhost:{cyrus.ImapPort}/"), As("proxy", "john") with { IsMade = true }, TimeProvider.System, Cancel);
        var result = await CopyAsync(source.Reader, target.Writer);
        Assert.Equal("Completed", result.Status);

        await using var own = new ImapMailboxEnd("john", Options(cyrus.ImapPort), TimeProvider.System);
        await AssertSameAsync(source.Reader, own, result);
    }

    private static MailboxEndOptions As(string login, string user) => new() { Credential = new NetworkCredential(login, login + "-password"), AuthorizationId = user };

    private async Task<PrivateDovecot> StartDovecotAsync(string more = "") => await PrivateDovecot.StartAsync($$"""
        passdb {
          driver = passwd-file
          args = {{Folder.Write("masters", "boss:{PLAIN}boss-password\n")}}
          master = yes
        }
        {{more}}
        """);

    private static async Task<(string? Mechanism, int Messages)> OpenAsync(int port, bool isImap, string login, string password, string user, string? mechanism)
    {
        var options = Options(port) with { Credential = new NetworkCredential(login, password), AuthorizationId = user, AuthMechanism = mechanism };
        if (isImap)
        {
            await using var mailbox = await ImapMailbox.OpenAsync(options, "INBOX", TimeProvider.System, Cancel);
            var messages = mailbox.Count;
            await mailbox.CloseAsync(Cancel);
            return (mailbox.AuthMechanism, messages);
        }

        await using var maildrop = await Pop3Mailbox.OpenAsync(options, TimeProvider.System, Cancel);
        var count = maildrop.Count;
        await maildrop.CommitAsync(Cancel);
        return (maildrop.AuthMechanism, count);
    }

    private static Task<MailSessionException> FailAsync(int port, bool isImap, string login, string password, string user, string? mechanism) =>
        Assert.ThrowsAsync<MailSessionException>(() => OpenAsync(port, isImap, login, password, user, mechanism));
}
