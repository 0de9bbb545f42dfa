using MailOps.Client.Sessions;
using MailOps.Tests.Support;
using Xunit;

namespace MailOps.Client.Tests.Sessions;

/// <summary>The dialogues of the textbooks: byte for byte in what is sent, in meaning in what comes back.</summary>
public class TextbookDialogueTests
{
    [Fact]
    public async Task A_HELO_session_with_two_recipients()
    {
        await using var peer = ScriptedPeer.Play("""
            S: 220 smtp.example.com ESMTP Postfix
            C: HELO
            S: 250 Hello relay.example.org, I am glad to meet you
            C: MAIL
            S: 250 Ok
            C: RCPT
            S: 250 Ok
            C: RCPT
            S: 250 Ok
            C: DATA
            S: 354 End data with <CR><LF>.<CR><LF>
            C: From
            C: To
            C: Cc
            C: Date
            C: Subject
            C: empty
            C: Hello
            C: This
            C: Your
            C: Bob
            C: dot
            S: 250 Ok: queued as 12345
            C: QUIT
            S: 221 Bye
            """);
        const string Message = """
            From: "Bob Example" <bob@example.org>
            To: "Alice Example" <alice@example.com>
            Cc: theboss@example.com
            Date: Tue, 15 Jan 2008 16:02:43 -0500
            Subject: Test message

            Hello Alice.
            This is a test message with 5 header fields and 4 lines in the message body.
            Your friend,
            Bob
            """;

        var result = await SendAsync(peer, new SmtpSendOptions
        {
            Server = "127.0.0.1",
            HelloName = "relay.example.org",
            UseHelo = true,
            From = "bob@example.org",
            To = ["alice@example.com", "theboss@example.com"],
            Content = MessageContent.From(Message),
        });

        Assert.Equal(
            Wire("""
                HELO relay.example.org
                MAIL FROM:<bob@example.org>
                RCPT TO:<alice@example.com>
                RCPT TO:<theboss@example.com>
                DATA
                """) + Wire(Message) + Wire("""
                .
                QUIT
                """),
            await peer.ReceivedAtEndAsync());
        Assert.True(result.Accepted);
        Assert.Equal("12345", result.QueueId);
        Assert.Equal(["alice@example.com", "theboss@example.com"], result.Recipients.Where(r => r.Accepted).Select(r => r.Address), StringComparer.Ordinal);
        Assert.Empty(result.Capabilities);
        Assert.EndsWith(" -> QUIT\n<-  221 Bye", string.Join('\n', result.Transcript), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_Yale_session_of_2008_with_a_space_after_the_colon()
    {
        await using var peer = ScriptedPeer.Play("""
            S: 220 tic.example.edu ESMTP Sendmail 8.13.8/8.13.8; Fri, 7 Mar 2008 12:00:00 -0500
            C: HELO
            S: 250 tic.example.edu Hello client.example.edu [192.0.2.7], pleased to meet you
            C: MAIL
            S: 250 2.1.0 <spoof@cs.yale.edu>... Sender ok
            C: RCPT
            S: 250 2.1.5 <reader@cs.yale.edu>... Recipient ok
            C: DATA
            S: 354 Enter mail, end with "." on a line by itself
            C: one
            C: two
            C: !
            C: dot
            S: 250 2.0.0 m27H00xx012345 Message accepted for delivery
            C: QUIT
            S: 221 2.0.0 tic.example.edu closing connection
            """);

        var result = await SendAsync(peer, new SmtpSendOptions
        {
            Server = "127.0.0.1",
            HelloName = "client.example.edu",
            UseHelo = true,
            LiteralMailCommand = "MAIL FROM: <spoof@cs.yale.edu>",
            LiteralRcptCommands = ["RCPT TO: <reader@cs.yale.edu>"],
            Content = MessageContent.From("Hello reader,\nthis is not from whom it says\n!\n"),
        });

        Assert.Equal(
            Wire("""
                HELO client.example.edu
                MAIL FROM: <spoof@cs.yale.edu>
                RCPT TO: <reader@cs.yale.edu>
                DATA
                Hello reader,
                this is not from whom it says
                !
                .
                QUIT
                """),
            await peer.ReceivedAtEndAsync());
        Assert.True(result.Accepted);
        Assert.Equal("spoof@cs.yale.edu", result.Sender);
        Assert.Equal("reader@cs.yale.edu", Assert.Single(result.Recipients).Address);
        Assert.Equal("2.1.5", result.Recipients[0].EnhancedCode);
        Assert.Equal("250 2.0.0 m27H00xx012345 Message accepted for delivery", result.Reply);
        Assert.Null(result.QueueId);
    }

    [Fact]
    public async Task EHLO_on_a_server_that_answers_ETRN_ENHANCEDSTATUSCODES_8BITMIME_and_DSN()
    {
        await using var peer = ScriptedPeer.Play("""
            S: 220 mail.example.com ESMTP Postfix
            C: EHLO
            S: 250-mail.example.com
            S: 250-PIPELINING
            S: 250-SIZE 10240000
            S: 250-VRFY
            S: 250-ETRN
            S: 250-ENHANCEDSTATUSCODES
            S: 250-8BITMIME
            S: 250 DSN
            C: MAIL
            S: 250 2.1.0 Ok
            C: RCPT
            S: 250 2.1.5 Ok
            C: DATA
            S: 354 End data with <CR><LF>.<CR><LF>
            C: Subject
            C: empty
            C: body
            C: dot
            S: 250 2.0.0 Ok: queued as 4B0A12C0D3
            C: QUIT
            S: 221 2.0.0 Bye
            """);

        var result = await SendAsync(peer, new SmtpSendOptions
        {
            Server = "127.0.0.1",
            HelloName = "client.example.net",
            From = "john@example.net",
            To = ["jane@example.com"],
            Content = MessageContent.From("Subject: hi\r\n\r\nbody\r\n"),
        });

        Assert.Equal(
            Wire("""
                EHLO client.example.net
                MAIL FROM:<john@example.net>
                RCPT TO:<jane@example.com>
                DATA
                Subject: hi

                body
                .
                QUIT
                """),
            await peer.ReceivedAtEndAsync());
        Assert.Equal("PIPELINING|SIZE 10240000|VRFY|ETRN|ENHANCEDSTATUSCODES|8BITMIME|DSN", string.Join('|', result.Capabilities));
        Assert.Equal("4B0A12C0D3", result.QueueId);
        Assert.Equal(250, result.Code);
        Assert.Equal("2.0.0", result.EnhancedCode);
    }

    private static Task<SmtpSendResult> SendAsync(ScriptedPeer peer, SmtpSendOptions options) =>
        SmtpSender.SendAsync(options with { Port = peer.Port, Timeout = TimeSpan.FromSeconds(10) }, TimeProvider.System, TestContext.Current.CancellationToken);

    private static string Wire(string lines) => lines.ReplaceLineEndings("\r\n") + "\r\n";
}
