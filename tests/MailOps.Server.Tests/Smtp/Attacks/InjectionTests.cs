using MailOps.Server.Connections;
using MailOps.Server.Tests.Support;
using MailOps.Wire;
using Xunit;

namespace MailOps.Server.Tests.Smtp.Attacks;

/// <summary>Commands, lines and addresses put in where they have no place.</summary>
public sealed class InjectionTests : IAsyncLifetime
{
    private TestServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await TestServer.StartAsync();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Theory]
    [InlineData(MailProtocol.Smtp, "STARTTLS\r\nEHLO injected\r\n")]
    [InlineData(MailProtocol.Smtp, "STARTTLS\r\nMAIL FROM:<attacker@example.org>\r\nRCPT TO:<victim@example.com>\r\nDATA\r\nx\r\n.\r\n")]
    [InlineData(MailProtocol.Smtp, "STARTTLS\r\n\r\n")]
    [InlineData(MailProtocol.Smtp, "STARTTLS\r\nX")]
    [InlineData(MailProtocol.Submission, "STARTTLS\r\nAUTH PLAIN AGFubgBzZWNyZXQ=\r\n")]
    [InlineData(MailProtocol.Lmtp, "STARTTLS\r\nMAIL FROM:<attacker@example.org>\r\n")]
    public async Task What_comes_in_the_clear_behind_STARTTLS_ends_the_session(MailProtocol protocol, string injected)
    {
        await using var client = await GreetAsync(protocol);
        await client.SendAsync(injected);
        Assert.Equal("421 4.5.1 Octets received after STARTTLS and before the handshake, closing connection\n", await client.ReadToEndAsync());
        Assert.Empty(_server.Events.OfType<TlsEstablished>());
        Assert.DoesNotContain(_server.Events.OfType<CommandReceived>(), command => command.Command is "MAIL" or "AUTH");
        Assert.Empty(_server.InboxFiles("victim@example.com"));
    }

    [Fact]
    public async Task What_was_said_in_the_clear_counts_for_nothing_under_TLS()
    {
        await using var client = await GreetAsync(MailProtocol.Smtp);
        await client.AskAsync("AUTH PLAIN AGFubgBzZWNyZXQ=");
        await client.AskAsync("STARTTLS");
        await client.SecureAsync();
        Assert.StartsWith("503 ", await client.AskAsync("MAIL FROM:<a@example.org>"), StringComparison.Ordinal);
        await client.AskAsync("EHLO a");
        Assert.StartsWith("235 ", await client.AskAsync("AUTH PLAIN AGFubgBzZWNyZXQ="), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("MAIL FROM:<b@example.org>\r\nRCPT TO:<nobody>\r\nDATA\r\nMAIL FROM:<attacker@example.org>\r\nRCPT TO:<victim@example.com>\r\n.\r\nQUIT\r\n")]
    [InlineData("MAIL FROM:<b@example.org>\r\nDATA\r\nRCPT TO:<victim@example.com>\r\n.\r\nQUIT\r\n")]
    public async Task Commands_pipelined_as_the_data_of_a_refused_message_deliver_nothing(string text)
    {
        await using var client = await GreetAsync(MailProtocol.Smtp);
        await client.SendAsync(text);
        var said = await client.ReadToEndAsync();
        Assert.DoesNotContain("354 ", said, StringComparison.Ordinal);
        Assert.Empty(_server.Events.OfType<MessageAccepted>());
    }

    [Fact]
    public async Task What_looks_like_commands_in_data_is_data_and_commands_behind_its_end_are_commands()
    {
        await using var client = await GreetAsync(MailProtocol.Smtp);
        await client.SendAsync("MAIL FROM:<b@example.org>\r\nRCPT TO:<a@example.com>\r\nDATA\r\n");
        for (var i = 0; i < 3; i++)
            await client.ReadReplyAsync();
        await client.SendAsync("RSET\r\nRCPT TO:<victim@example.com>\r\n.\r\nNOOP\r\nQUIT\r\n");
        Assert.EndsWith("250 2.0.0 Ok\n221 2.0.0 Bye\n", await client.ReadToEndAsync(), StringComparison.Ordinal);
        Assert.EndsWith("RSET\r\nRCPT TO:<victim@example.com>\r\n", await File.ReadAllTextAsync(Assert.Single(_server.InboxFiles("a@example.com"))), StringComparison.Ordinal);
        Assert.Empty(_server.InboxFiles("victim@example.com"));
    }

    [Theory]
    [InlineData(MailProtocol.Smtp, false)]
    [InlineData(MailProtocol.Smtp, true)]
    [InlineData(MailProtocol.Submission, false)]
    [InlineData(MailProtocol.Lmtp, true)]
    public async Task A_message_that_begins_with_white_space_goes_on_with_no_field_of_ours(MailProtocol protocol, bool isChunk)
    {
        await using var client = await GreetAsync(protocol);
        await client.AskAsync("MAIL FROM:<b@example.org>");
        await client.AskAsync("RCPT TO:<a@example.com>");
        const string Sent = "\tfrom elsewhere ([192.0.2.1]); now\r\nSubject: x\r\n";
        if (!isChunk)
            await client.AskAsync("DATA");
        await client.SendAsync(isChunk ? $"BDAT {Sent.Length} LAST\r\n{Sent}" : Sent + ".\r\n");
        Assert.StartsWith("250 ", await client.ReadReplyAsync(), StringComparison.Ordinal);
        var stored = await File.ReadAllTextAsync(Assert.Single(_server.InboxFiles("a@example.com")), TestContext.Current.CancellationToken);
        Assert.EndsWith("\r\n\r\n" + Sent, stored, StringComparison.Ordinal);
        Assert.Equal(protocol is MailProtocol.Submission, stored.Contains("\r\nMessage-ID: ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_response_of_SASL_that_looks_like_a_command_is_none()
    {
        await using var client = await GreetAsync(MailProtocol.Submission);
        Assert.StartsWith("334 ", await client.AskAsync("AUTH LOGIN"), StringComparison.Ordinal);
        await client.SendAsync("MAIL FROM:<attacker@example.org>\r\nRCPT TO:<victim@example.com>\r\nQUIT\r\n");
        var said = await client.ReadToEndAsync();
        Assert.Contains("501 5.5.2 Cannot decode the response: not base64\n", said, StringComparison.Ordinal);
        Assert.DoesNotContain("250 2.1.0", said, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("MAIL FROM:<a@example.org>\rRCPT TO:<victim@example.com>")]
    [InlineData("MAIL FROM:<a\rb@example.org>")]
    [InlineData("MAIL FROM:<\"a\rX-Header: b\"@example.org>")]
    [InlineData("MAIL FROM:<\"a\\\rb\"@example.org>")]
    [InlineData("MAIL FROM:<a@example.org\0>")]
    [InlineData("MAIL FROM:<a@example.org\u0000.example.com>")]
    [InlineData("MAIL FROM:<a@[127.0.0.1]X-Header: b>")]
    [InlineData("MAIL FROM:<a@[127.0.0.1\tx]>")]
    [InlineData("MAIL FROM:<a@example.org> BODY=8BITMIME\rX")]
    [InlineData("MAIL FROM:<a@example.org>RCPT TO:<victim@example.com>")]
    [InlineData("MAIL FROM:<a@example.org><b@example.org>")]
    [InlineData("MAIL FROM:<a@example.org,b@example.org>")]
    [InlineData("MAIL FROM:<<a@example.org>>")]
    [InlineData("MAIL FROM:<a@example.org> SMTPUTF8 X=\u2028b")]
    [InlineData("MAIL FROM:<a\u2028b@example.org> SMTPUTF8")]
    [InlineData("MAIL FROM:<a\u0085b@example.org> SMTPUTF8")]
    public async Task An_address_that_could_start_a_line_of_its_own_is_refused(string command)
    {
        await using var client = await GreetAsync(MailProtocol.Smtp);
        Assert.Matches("^5[05][0-9] ", await client.AskAsync(command));
        Assert.StartsWith("503 5.5.1 Send MAIL first", await client.AskAsync("RCPT TO:<victim@example.com>"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("EHLO a(comment)\u00a0;b<c>")]
    [InlineData("EHLO a\rX-Header:b")]
    [InlineData("EHLO <script>")]
    [InlineData("HELO \u2028x")]
    public async Task A_name_in_EHLO_writes_no_header_of_its_own(string hello)
    {
        await using var client = await _server.ConnectAsync(MailProtocol.Smtp);
        await client.ReadReplyAsync();
        await client.AskAsync(hello);
        await client.AskAsync("MAIL FROM:<a@example.org>");
        await client.AskAsync("RCPT TO:<a@example.com>");
        await client.AskAsync("DATA");
        Assert.StartsWith("250 ", await client.AskAsync("Subject: x\r\n\r\n."), StringComparison.Ordinal);
        var lines = (await File.ReadAllTextAsync(Assert.Single(_server.InboxFiles("a@example.com")))).Split("\r\n");
        Assert.Equal(["Return-Path", "Delivered-To", "Received", "Subject"], lines.TakeWhile(line => line.Length > 0).Where(line => line[0] != '\t').Select(line => line.Split(':')[0]));
        Assert.Matches(@"^Received: from [A-Za-z0-9.?\-_\[\]:]+ \(\[127\.0\.0\.1\]\)$", lines[2]);
    }

    private async Task<LineClient> GreetAsync(MailProtocol protocol)
    {
        var client = await _server.ConnectAsync(protocol);
        await client.ReadReplyAsync();
        await client.AskAsync(protocol is MailProtocol.Lmtp ? "LHLO a" : "EHLO a");
        return client;
    }
}
