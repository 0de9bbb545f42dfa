using System.Net;
using System.Text;
using MailOps.Client.Mailboxes;
using MailOps.Client.Tests.Mailboxes.Pop3;
using MailOps.Tests.Support;
using MailOps.Wire;
using MimeKit;
using Xunit;

namespace MailOps.Client.Tests.Mailboxes;

/// <summary>Reading from a real Dovecot.</summary>
public class DovecotTests
{
    private const string Message = "From: =?utf-8?q?J=C3=BCrgen?= <j@example.org>\nTo: john@example.com\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\n zwei\nDate: Tue, 15 Jan 2008 16:02:43 -0500\nMessage-ID: <1@example.org>\n\n.dot\n..dots\nend\n";

    [Theory]
    [InlineData(TlsMode.None)]
    [InlineData(TlsMode.StartTls)]
    [InlineData(TlsMode.Implicit)]
    public async Task POP3_gives_messages_whole_and_headers_alone(TlsMode tls)
    {
        await using var dovecot = await PrivateDovecot.StartAsync();
        dovecot.Put(1, Message);
        dovecot.Put(2, "Subject: second\n\nbody\n");
        var cancel = TestContext.Current.CancellationToken;

        await using var mailbox = await Pop3Mailbox.OpenAsync(Pop3(dovecot, tls), TimeProvider.System, cancel);
        var whole = await mailbox.ReadAsync(null, headersOnly: false, null, cancel).ToListAsync(cancel);
        Assert.Equal([1, 2], whole.Select(m => m.Number));
        var first = whole[0];
        Assert.Equal(Message.Replace("\n", "\r\n", StringComparison.Ordinal), Encoding.UTF8.GetString(first.Raw!));
        Assert.Equal(first.Raw!.Length, first.Size);
        Assert.Contains("Jürgen", first.From, StringComparison.Ordinal);
        Assert.Equal("Grüße zwei", first.Subject);
        Assert.Equal("1@example.org", first.MessageId);
        Assert.Equal(new DateTimeOffset(2008, 1, 15, 16, 2, 43, TimeSpan.FromHours(-5)), first.Date);
        Assert.Equal(".dot\r\n..dots\r\nend\r\n", ((MimeMessage)first.Message!).TextBody!.ReplaceLineEndings("\r\n"));

        var headers = await mailbox.ReadAsync([whole[1].Uidl!, "no-such-id"], headersOnly: true, null, cancel).ToListAsync(cancel);
        var second = Assert.Single(headers);
        Assert.Equal("second", second.Subject);
        Assert.Null(second.Raw);
        Assert.Equal(tls != TlsMode.None, mailbox.CertificateProblem is not null);
    }

    [Fact]
    public async Task POP3_deletes_what_was_marked_at_the_end_and_nothing_without_it()
    {
        await using var dovecot = await PrivateDovecot.StartAsync();
        for (var i = 1; i <= 3; i++)
            dovecot.Put(i, $"Subject: {i}\n\nbody\n");
        var cancel = TestContext.Current.CancellationToken;

        await using (var left = await Pop3Mailbox.OpenAsync(Pop3(dovecot, TlsMode.None), TimeProvider.System, cancel))
        {
            await foreach (var message in left.ReadAsync(null, headersOnly: true, null, cancel))
                left.Delete(message.Number);
        }

        await using (var again = await Pop3Mailbox.OpenAsync(Pop3(dovecot, TlsMode.None), TimeProvider.System, cancel))
        {
            Assert.Equal(3, again.Count);
            await foreach (var message in again.ReadAsync(null, headersOnly: true, first: 2, cancel))
                again.Delete(message.Number);
            await again.CommitAsync(cancel);
        }

        Assert.Equal(1, dovecot.CountOnDisk);
    }

    [Theory]
    [InlineData(TlsMode.StartTls)]
    [InlineData(TlsMode.Implicit)]
    public async Task IMAP_gives_messages_and_leaves_them_unseen(TlsMode tls)
    {
        await using var dovecot = await PrivateDovecot.StartAsync();
        dovecot.Put(1, Message);
        dovecot.Put(2, "Subject: second\n\nbody\n");
        dovecot.Put(3, "Subject: filed\n\nbody\n", ".Archive");
        var cancel = TestContext.Current.CancellationToken;

        await using (var inbox = await ImapMailbox.OpenAsync(Imap(dovecot, tls), "inbox", TimeProvider.System, cancel))
        {
            var whole = await inbox.ReadAsync(null, headersOnly: false, null, cancel).ToListAsync(cancel);
            Assert.Equal([1u, 2u], whole.Select(m => m.Uid));
            Assert.Equal(Message.Replace("\n", "\r\n", StringComparison.Ordinal), Encoding.UTF8.GetString(whole[0].Raw!));
            Assert.Equal("INBOX", whole[0].Folder);
            Assert.NotNull(whole[0].InternalDate);
            await inbox.CloseAsync(cancel);
        }

        await using (var inbox = await ImapMailbox.OpenAsync(Imap(dovecot, tls), "INBOX", TimeProvider.System, cancel))
        {
            var second = Assert.Single(await inbox.ReadAsync([2, 99], headersOnly: true, null, cancel).ToListAsync(cancel));
            Assert.DoesNotContain("\\Seen", second.Flags, StringComparer.Ordinal);
            Assert.Equal("second", second.Subject);
            Assert.Single(await inbox.ReadAsync(null, headersOnly: true, first: 1, cancel).ToListAsync(cancel));
        }

        await using var archive = await ImapMailbox.OpenAsync(Imap(dovecot, tls), "Archive", TimeProvider.System, cancel);
        Assert.Equal("filed", Assert.Single(await archive.ReadAsync(null, headersOnly: true, null, cancel).ToListAsync(cancel)).Subject);
    }

    [Fact]
    public async Task What_goes_wrong_is_said_by_kind()
    {
        await using var dovecot = await PrivateDovecot.StartAsync();
        var imap = Imap(dovecot, TlsMode.StartTls);
        var pop3 = Pop3(dovecot, TlsMode.StartTls);
        var wrong = new NetworkCredential("john", "wrong-password");

        await FailAsync(MailSessionFault.AuthenticationFailed, c => ImapMailbox.OpenAsync(imap with { Credential = wrong }, "INBOX", TimeProvider.System, c));
        await FailAsync(MailSessionFault.AuthenticationFailed, c => Pop3Mailbox.OpenAsync(pop3 with { Credential = wrong }, TimeProvider.System, c));
        await FailAsync(MailSessionFault.MailboxNotFound, c => ImapMailbox.OpenAsync(imap, "No/Such", TimeProvider.System, c));
        var certificate = await FailAsync(MailSessionFault.CertificateNotTrusted, c => ImapMailbox.OpenAsync(imap with { SkipCertificateCheck = false }, "INBOX", TimeProvider.System, c));
        Assert.Contains("it is self-signed", certificate.Message, StringComparison.Ordinal);
        Assert.Contains("skip the certificate check", certificate.Message, StringComparison.Ordinal);
        await FailAsync(MailSessionFault.CertificateNotTrusted, c => Pop3Mailbox.OpenAsync(pop3 with { SkipCertificateCheck = false }, TimeProvider.System, c));
        await FailAsync(MailSessionFault.TlsFailed, c => Pop3Mailbox.OpenAsync(pop3 with { Tls = TlsMode.Implicit }, TimeProvider.System, c));
        await FailAsync(MailSessionFault.ConnectFailed, c => Pop3Mailbox.OpenAsync(pop3 with { Port = FreePort.Next() }, TimeProvider.System, c));
    }

    private static async Task<MailSessionException> FailAsync<T>(MailSessionFault fault, Func<CancellationToken, Task<T>> open)
    {
        var error = await Assert.ThrowsAsync<MailSessionException>(() => open(TestContext.Current.CancellationToken));
        Assert.True(fault == error.Fault, error.ToString());
        Assert.DoesNotContain("wrong-password", error.ToString(), StringComparison.Ordinal);
        return error;
    }

    private static MailboxOptions Pop3(PrivateDovecot dovecot, TlsMode tls) =>
        Options(tls == TlsMode.Implicit ? dovecot.Pop3TlsPort : dovecot.Pop3Port, tls);

    private static MailboxOptions Imap(PrivateDovecot dovecot, TlsMode tls) =>
        Options(tls == TlsMode.Implicit ? dovecot.ImapTlsPort : dovecot.ImapPort, tls);

    private static MailboxOptions Options(int port, TlsMode tls) => new()
    {
        Server = "localhost",
        Port = port,
        Tls = tls,
        SkipCertificateCheck = true,
        Credential = new NetworkCredential("john", "summersun"),
        Timeout = TimeSpan.FromSeconds(10),
    };
}
