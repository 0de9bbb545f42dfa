using System.Net;
using MailOps.Client.Sessions;
using MailOps.Tests.Support;
using MailOps.Wire;
using Xunit;

namespace MailOps.Client.Tests.Sessions;

/// <summary>Sending to a real Postfix, which checks logins with a real Dovecot.</summary>
public class PostfixTests
{
    private static readonly SmtpSendOptions Plain = new()
    {
        Server = "localhost",
        From = "a@example.org",
        To = ["john@example.com"],
        Content = MessageContent.From("Subject: interop\n\n.a line that starts with a dot\n..two\n"),
    };

    [Fact]
    public async Task Messages_arrive_as_they_were_sent_over_each_kind_of_connection_and_login()
    {
        await using var dovecot = await PrivateDovecot.StartAsync("auth_mechanisms = plain login cram-md5 scram-sha-256");
        await using var postfix = await PrivatePostfix.StartAsync(dovecot.AuthPort);
        var cancel = TestContext.Current.CancellationToken;
        var smtp = Plain with { Port = postfix.SmtpPort, SkipCertificateCheck = true };

        foreach (var options in new[]
        {
            smtp,
            smtp with { Pipelining = true },
            smtp with { Tls = TlsMode.StartTls },
            smtp with { Tls = TlsMode.Implicit, Port = postfix.SubmissionTlsPort },
        })
        {
            var result = await SmtpSender.SendAsync(options, TimeProvider.System, cancel);
            Assert.True(result.Accepted, string.Join('\n', result.Transcript));
            Assert.NotNull(result.QueueId);
            Assert.Equal(options.Tls == TlsMode.None, result.Tls is null);
            Assert.EndsWith("\n\n.a line that starts with a dot\n..two\n", await postfix.NextMessageAsync(), StringComparison.Ordinal);
        }

        foreach (var mechanism in new[] { "PLAIN", "LOGIN", "CRAM-MD5", "SCRAM-SHA-256", null })
        {
            var result = await SmtpSender.SendAsync(
                smtp with { Tls = TlsMode.StartTls, Credential = new NetworkCredential("john", "summersun"), AuthMechanism = mechanism, To = ["far@example.net"] },
                TimeProvider.System,
                cancel);
            Assert.Equal(mechanism ?? "SCRAM-SHA-256", result.AuthMechanism);
            Assert.True(result.Recipients[0].Accepted, "a relay is open to who logged in");
            Assert.DoesNotContain("summersun", string.Join('\n', result.Transcript), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task What_Postfix_refuses_is_a_result_and_what_it_cannot_do_an_error()
    {
        await using var dovecot = await PrivateDovecot.StartAsync();
        await using var postfix = await PrivatePostfix.StartAsync(dovecot.AuthPort);
        var cancel = TestContext.Current.CancellationToken;
        var smtp = Plain with { Port = postfix.SmtpPort };

        var relay = await SmtpSender.SendAsync(smtp with { To = ["far@example.net", "john@example.com"] }, TimeProvider.System, cancel);
        Assert.True(relay.Accepted);
        Assert.Equal("5.7.1", relay.Recipients[0].EnhancedCode);
        Assert.Equal("2.1.5", relay.Recipients[1].EnhancedCode);

        var pipelined = await SmtpSender.SendAsync(smtp with { To = ["far@example.net"], Pipelining = true }, TimeProvider.System, cancel);
        Assert.Equal(SmtpStep.Rcpt, pipelined.RefusedAt);

        var spaced = await SmtpSender.SendAsync(smtp with { LiteralMailCommand = "MAIL FROM: <spoof@cs.yale.edu>" }, TimeProvider.System, cancel);
        Assert.True(spaced.Accepted, "Postfix takes the space");

        var untrusted = await Assert.ThrowsAsync<SmtpSendException>(() => SmtpSender.SendAsync(smtp with { Tls = TlsMode.StartTls }, TimeProvider.System, cancel));
        Assert.Equal(MailSessionFault.CertificateNotTrusted, untrusted.Fault);

        var login = await Assert.ThrowsAsync<SmtpSendException>(() => SmtpSender.SendAsync(smtp with { Tls = TlsMode.StartTls, SkipCertificateCheck = true, Credential = new NetworkCredential("john", "wrong-password") }, TimeProvider.System, cancel));
        Assert.Equal(MailSessionFault.AuthenticationFailed, login.Fault);
    }
}
