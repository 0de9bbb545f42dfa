using System.Text;
using MailOps.Server.Connections;
using MailOps.Server.Tests.Support;
using MailOps.Wire;
using Xunit;

namespace MailOps.Server.Tests.Smtp.Attacks;

/// <summary>AUTH as it should not be: before TLS, malformed, too long and without end.</summary>
public sealed class LoginAttackTests : IAsyncLifetime
{
    private TestServer _server = null!;
    private LineClient _client = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await TestServer.StartAsync(options => options with { Capture = false, Authentication = options.Authentication with { FailureDelay = TimeSpan.Zero } });
        await File.WriteAllTextAsync(Path.Combine(_server.StorePath, "users"), "ann@example.com:{PLAIN}secret\n");
        _client = await _server.ConnectAsync(MailProtocol.Submission, TlsMode.Implicit);
        await _client.SecureAsync();
        await _client.ReadReplyAsync();
        await _client.AskAsync("EHLO a");
    }

    public async ValueTask DisposeAsync()
    {
        await _client.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Theory]
    [InlineData("AUTH PLAIN AGFubgBzZWNyZXQ=")]
    [InlineData("AUTH PLAIN")]
    [InlineData("AUTH LOGIN")]
    [InlineData("AUTH LOGIN YW5u")]
    public async Task A_password_is_not_asked_for_before_TLS(string command)
    {
        await using var client = await _server.ConnectAsync(MailProtocol.Submission);
        await client.ReadReplyAsync();
        Assert.StartsWith("503 ", await client.AskAsync(command), StringComparison.Ordinal);
        await client.AskAsync("EHLO a");
        Assert.StartsWith("538 5.7.11 ", await client.AskAsync(command), StringComparison.Ordinal);
        Assert.StartsWith("530 5.7.0 ", await client.AskAsync("MAIL FROM:<ann@example.com>"), StringComparison.Ordinal);
        Assert.Empty(_server.Events.OfType<LoginSucceeded>());
    }

    [Theory]
    [InlineData("")]
    [InlineData("ann")]
    [InlineData("\0ann")]
    [InlineData("ann\0secret")]
    [InlineData("\0\0")]
    [InlineData("\0ann\0")]
    [InlineData("\0\0secret")]
    [InlineData("\0ann\0secret\0")]
    [InlineData("\0ann\0sec\0ret")]
    [InlineData("\0\0ann\0secret")]
    [InlineData("root\0ann\0secret")]
    [InlineData("\0ann\r\n\0secret")]
    public async Task A_malformed_PLAIN_is_no_login(string content)
    {
        var answer = await _client.AskAsync("AUTH PLAIN " + (content.Length == 0 ? "=" : Convert.ToBase64String(Encoding.UTF8.GetBytes(content))));
        Assert.Matches("^(501 5.5.2|535 5.7.8) ", answer);
        Assert.StartsWith("530 5.7.0 ", await _client.AskAsync("MAIL FROM:<ann@example.com>"), StringComparison.Ordinal);
        Assert.StartsWith("235 ", await _client.AskAsync("AUTH PLAIN AGFubgBzZWNyZXQ="), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("A")]
    [InlineData("AA")]
    [InlineData("AGFubgBzZWNyZXQ")]
    [InlineData("AGFubgBzZWNyZXQ==")]
    [InlineData("AGFu bgBzZWNyZXQ=")]
    [InlineData("AGFubgBzZWNyZXQ=AAAA")]
    [InlineData("AGFu-gBzZWNy_XQ=")]
    [InlineData("!!!!")]
    [InlineData("ÄÖÜß")]
    [InlineData("\0\0\0\0")]
    public async Task What_is_no_base64_is_told_so(string response)
    {
        Assert.Matches("^501 5.5.[24] ", await _client.AskAsync("AUTH PLAIN " + response));
        await _client.AskAsync("AUTH PLAIN");
        Assert.StartsWith("501 5.5.2 ", await _client.AskAsync(response), StringComparison.Ordinal);
        Assert.StartsWith("250 ", await _client.AskAsync("NOOP"), StringComparison.Ordinal);
        Assert.Empty(_server.Events.OfType<LoginSucceeded>());
    }

    [Fact]
    public async Task Base64_as_long_as_a_line_may_be_is_answered_and_what_is_longer_ends_the_exchange()
    {
        Assert.Matches("^5(01|35) ", await _client.AskAsync("AUTH PLAIN " + new string('A', 12_000)));
        Assert.StartsWith("500 5.5.2 Line too long", await _client.AskAsync("AUTH PLAIN " + new string('A', 100_000)), StringComparison.Ordinal);
        Assert.StartsWith("334", await _client.AskAsync("AUTH PLAIN"), StringComparison.Ordinal);
        await _client.SendAsync(new string('A', 13_000) + "\r\n");
        Assert.StartsWith("500 5.5.6 ", await _client.ReadToEndAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_exchange_without_end_ends_with_its_last_step_and_too_many_end_the_session()
    {
        var said = new List<string?>();
        for (var i = 0; i < 20; i++)
        {
            said.Add(await _client.AskAsync("AUTH LOGIN"));
            said.Add(await _client.AskAsync("*"));
        }

        while (await _client.ReadReplyAsync() is { } reply)
            said.Add(reply);
        Assert.Equal(20, said.Count(reply => reply!.StartsWith("501 5.7.0 Authentication cancelled", StringComparison.Ordinal)));
        Assert.Equal("421 4.7.0 Too many errors, closing connection", said[^1]);
        Assert.Equal(41, said.Count);
    }
}
