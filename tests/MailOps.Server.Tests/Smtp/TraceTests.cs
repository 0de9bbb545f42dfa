using System.Text;
using MailOps.Messages;
using MailOps.Server.Connections;
using MailOps.Server.Smtp;
using MailOps.Server.Tests.Support;
using MailOps.Wire;
using Xunit;

namespace MailOps.Server.Tests.Smtp;

/// <summary>What a server writes into a message, and takes out of it: trace lines everywhere, Date, Message-ID and Bcc on submission.</summary>
public sealed class TraceTests : IAsyncLifetime
{
    private TestServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await TestServer.StartAsync();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Theory]
    [InlineData("HELO a", false, false, "SMTP")]
    [InlineData("EHLO a", false, false, "ESMTP")]
    [InlineData("EHLO a", true, false, "ESMTPS")]
    [InlineData("EHLO a", false, true, "ESMTPA")]
    [InlineData("EHLO a", true, true, "ESMTPSA")]
    public async Task The_trace_says_what_the_session_had_RFC3848(string hello, bool secured, bool loggedIn, string expected)
    {
        await using var client = await _server.ConnectAsync(MailProtocol.Submission);
        await client.ReadReplyAsync();
        await client.AskAsync(hello);
        if (secured)
        {
            await client.AskAsync("STARTTLS");
            await client.SecureAsync();
            await client.AskAsync(hello);
        }

        if (loggedIn)
            await client.AskAsync("AUTH PLAIN AGFubgBzZWNyZXQ=");
        var stored = await SendAsync(client, "Date: x\r\nMessage-ID: <x@y>\r\n\r\n");
        Assert.StartsWith("Return-Path: <b@example.org>\r\nDelivered-To: a@example.com\r\nReceived: from a ([127.0.0.1])\r\n\t", stored, StringComparison.Ordinal);
        Assert.Contains($"by mx.example.com (MailOps) with {expected} id ", stored, StringComparison.Ordinal);
        // RFC 8314 section 4.3: version and cipher suite.
        if (secured)
            Assert.Matches(@"\r\n\t\(using TLSv1\.[23] with cipher TLS_[A-Z0-9_]+\)\r\n", stored);
        else
            Assert.DoesNotContain("using TLS", stored, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(100, "250 ")]
    [InlineData(101, "554 5.4.6 Too many hops")]
    public async Task A_message_that_goes_round_is_refused_RFC5321_6_3(int hops, string expected)
    {
        foreach (var (protocol, hello) in new[] { (MailProtocol.Smtp, "EHLO a"), (MailProtocol.Lmtp, "LHLO a") })
        {
            await using var client = await _server.ConnectAsync(protocol);
            await client.ReadReplyAsync();
            await client.AskAsync(hello);
            var header = string.Concat(Enumerable.Repeat("RECEIVED: from a by b;\r\n\tReceived: is no field here\r\n", hops));
            Assert.StartsWith(expected, await TryAsync(client, header + "Subject: x\r\n\r\nReceived: nor here\r\n"), StringComparison.Ordinal);
            Assert.StartsWith("250 ", await client.AskAsync("NOOP"), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Hops_are_counted_wherever_the_octets_are_cut()
    {
        var message = "Received: a\r\nReceive: b\r\nreceived:c\r\n received: d\r\nXReceived: e\r\nReceived\r\n\r\nReceived: f\r\n"u8.ToArray();
        for (var cut = 0; cut <= message.Length; cut++)
        {
            var trace = default(TraceFields);
            trace.Take(message.AsSpan(0, cut));
            trace.Take(message.AsSpan(cut));
            Assert.Equal(2, trace.Hops);
        }
    }

    [Theory]
    [InlineData("TLS-Required: No\r\n\r\n", true)]
    [InlineData("Subject: x\r\ntls-required:\r\n nO\t\r\nDate: y\r\n\r\n", true)]
    [InlineData("TLS-Required: No\r\n", true)]
    [InlineData("TLS-Required: Yes\r\n\r\n", false)]
    [InlineData("TLS-Required: No, really\r\n\r\n", false)]
    [InlineData("TLS-Required:\r\n\r\n", false)]
    [InlineData("X-TLS-Required: No\r\n\r\n", false)]
    [InlineData("To: a\r\n TLS-Required: No\r\n\r\n", false)]
    [InlineData("Subject: x\r\n\r\nTLS-Required: No\r\n", false)]
    public void A_sender_may_say_that_TLS_is_not_required_RFC8689_3(string text, bool isOptional)
    {
        var message = Encoding.ASCII.GetBytes(text);
        for (var cut = 0; cut <= message.Length; cut++)
        {
            var trace = default(TraceFields);
            trace.Take(message.AsSpan(0, cut));
            trace.Take(message.AsSpan(cut));
            trace.End();
            Assert.Equal(isOptional, trace.IsTlsOptional);
        }
    }

    [Theory]
    [InlineData("Subject: x\r\n\r\nbody\r\n", "Subject: x\r\nDate: D\r\nMessage-ID: <M>\r\n\r\nbody\r\n")]
    [InlineData("DATE: mine\r\nmessage-id : <mine>\r\n\r\nDate: no\r\n", null)]
    [InlineData("Date: mine\r\n\r\n", "Date: mine\r\nMessage-ID: <M>\r\n\r\n")]
    [InlineData("Bcc: secret@example.com,\r\n more@example.com\r\nTo: a@example.com\r\nDate: x\r\nMessage-ID: <x>\r\n\r\nBcc: stays\r\n", "To: a@example.com\r\nDate: x\r\nMessage-ID: <x>\r\n\r\nBcc: stays\r\n")]
    [InlineData("Date: x\r\nMessage-ID: <x>\r\nbCC : s@example.com\r\n\t,t@example.com\r\nResent-Bcc: u@example.com\r\nBccx: stays\r\n\r\n", "Date: x\r\nMessage-ID: <x>\r\nBccx: stays\r\n\r\n")]
    [InlineData("Bcc: s@example.com\r\n\r\n", "Date: D\r\nMessage-ID: <M>\r\n\r\n")]
    [InlineData("", "Date: D\r\nMessage-ID: <M>\r\n")]
    [InlineData("\r\nbody\r\n", "Date: D\r\nMessage-ID: <M>\r\n\r\nbody\r\n")]
    [InlineData("just a body\r\nDate: no\r\n", "Date: D\r\nMessage-ID: <M>\r\n\r\njust a body\r\nDate: no\r\n")]
    [InlineData("Subject: x\r\nno field\r\n", "Subject: x\r\nDate: D\r\nMessage-ID: <M>\r\n\r\nno field\r\n")]
    [InlineData("Subject: x\r\n", "Subject: x\r\nDate: D\r\nMessage-ID: <M>\r\n")]
    [InlineData("Subject: x", "Subject: x\r\nDate: D\r\nMessage-ID: <M>\r\n")]
    [InlineData("Bcc: s@example.com", "Date: D\r\nMessage-ID: <M>\r\n")]
    [InlineData(": x\r\n", "Date: D\r\nMessage-ID: <M>\r\n\r\n: x\r\n")]
    [InlineData("two words: x\r\n", "Date: D\r\nMessage-ID: <M>\r\n\r\ntwo words: x\r\n")]
    [InlineData("no field\r\nBcc: s@example.com,\r\n t@example.com\r\nTo: a\r\n\r\nBcc: stays\r\n", "Date: D\r\nMessage-ID: <M>\r\n\r\nno field\r\nTo: a\r\n\r\nBcc: stays\r\n")]
    [InlineData("two words: x\nresent-BCC : s\n\nBcc: stays\n", "Date: D\r\nMessage-ID: <M>\r\n\r\ntwo words: x\n\nBcc: stays\n")]
    [InlineData(": x\r\nBcc: s", "Date: D\r\nMessage-ID: <M>\r\n\r\n: x\r\n")]
    [InlineData(" Bcc: s\r\nx\r\n", "Date: D\r\nMessage-ID: <M>\r\n\r\nx\r\n")]
    [InlineData("X: y\rBcc: s\r\nTo: a\r\n\r\n", "X: y\r\nTo: a\r\nDate: D\r\nMessage-ID: <M>\r\n\r\n")]
    [InlineData("X: y\rz\rBcc: s\r\n\r\n", "X: y\rz\r\nDate: D\r\nMessage-ID: <M>\r\n\r\n")]
    [InlineData("X: y\rz: a\r\n\r\nb\r\n", "X: y\rz: a\r\nDate: D\r\nMessage-ID: <M>\r\n\r\nb\r\n")]
    [InlineData("\rBcc: s\r\n\r\nb", "Date: D\r\nMessage-ID: <M>\r\n\r\n\r\r\nb")]
    [InlineData("Bcc\r: s\r\n\r\n", "Date: D\r\nMessage-ID: <M>\r\n\r\n")]
    [InlineData("\uFEFFBcc: s\r\n\r\n", "Date: D\r\nMessage-ID: <M>\r\n\r\n")]
    [InlineData("Grüße: x\r\n\r\n", "Grüße: x\r\nDate: D\r\nMessage-ID: <M>\r\n\r\n")]
    public void A_submitted_header_gets_what_is_missing_and_loses_Bcc_RFC6409_8(string sent, string? expected)
    {
        var message = Encoding.UTF8.GetBytes(sent);
        for (var cut = 0; cut <= message.Length; cut++)
        {
            var stored = new MemoryStream();
            var header = new SubmissionHeader(stored.Write, stored.Write, _ => { }, "D", "M");
            header.Take(message.AsSpan(0, cut));
            header.Take(message.AsSpan(cut));
            header.End();
            Assert.Equal(expected ?? sent, Encoding.UTF8.GetString(stored.ToArray()));
        }
    }

    [Fact]
    public void A_line_without_end_is_kept_octet_for_octet()
    {
        var sent = new string('x', 5000) + ": y\r\n\r\nz\r\n";
        var stored = new MemoryStream();
        var header = new SubmissionHeader(stored.Write, stored.Write, _ => { }, "D", "M");
        foreach (var octet in Encoding.ASCII.GetBytes(sent))
            header.Take([octet]);
        header.End();
        Assert.Equal("Date: D\r\nMessage-ID: <M>\r\n\r\n" + sent, Encoding.ASCII.GetString(stored.ToArray()));
    }

    [Theory]
    [InlineData(MailProtocol.Submission, true)]
    [InlineData(MailProtocol.Smtp, false)]
    public async Task Only_submission_changes_a_message(MailProtocol protocol, bool changes)
    {
        await using var client = await _server.ConnectAsync(protocol);
        await client.ReadReplyAsync();
        await client.AskAsync("EHLO a");
        var stored = await SendAsync(client, "Bcc: secret@example.com\r\nSubject: x\r\n\r\nbody\r\n");
        if (changes)
            Assert.Matches(@"\r\nSubject: x\r\nDate: [A-Z][a-z]{2}, [0-9]{1,2} [A-Z][a-z]{2} [0-9]{4} [0-9:]{8} [+-][0-9]{4}\r\nMessage-ID: <[^<>@ ]+@mx\.example\.com>\r\n\r\nbody\r\n$", stored);
        else
            Assert.EndsWith("\r\nBcc: secret@example.com\r\nSubject: x\r\n\r\nbody\r\n", stored, StringComparison.Ordinal);
        Assert.Equal(changes, !stored.Contains("secret", StringComparison.Ordinal));
    }

    private static async Task<string?> TryAsync(LineClient client, string message)
    {
        await client.AskAsync("MAIL FROM:<b@example.org>");
        await client.AskAsync("RCPT TO:<a@example.com>");
        Assert.StartsWith("354 ", await client.AskAsync("DATA"), StringComparison.Ordinal);
        return await client.AskAsync(message + ".");
    }

    private async Task<string> SendAsync(LineClient client, string message)
    {
        Assert.StartsWith("250 ", await TryAsync(client, message), StringComparison.Ordinal);
        return await File.ReadAllTextAsync(Assert.Single(_server.InboxFiles("a@example.com")));
    }
}
