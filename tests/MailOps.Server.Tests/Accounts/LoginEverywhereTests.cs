using MailOps.Sasl;
using MailOps.Server.Accounts;
using MailOps.Server.Connections;
using MailOps.Server.Hosting;
using MailOps.Server.Tests.Support;
using MailOps.Wire;
using Xunit;

namespace MailOps.Server.Tests.Accounts;

/// <summary>One account, made and changed while the server runs, logs in over every protocol by every mechanism.</summary>
public sealed class LoginEverywhereTests
{
    private const string Account = "joe@example.com";

    [Theory]
    [InlineData(MailProtocol.Submission)]
    [InlineData(MailProtocol.Pop3)]
    [InlineData(MailProtocol.Imap)]
    public async Task An_account_logs_in_by_every_mechanism_and_its_new_password_counts_at_once(MailProtocol protocol)
    {
        await using var server = await TestServer.StartAsync(options => options with { Capture = false, Authentication = new AuthenticationOptions { FailureDelay = TimeSpan.Zero } });
        var register = new AccountRegister(server.StorePath);
        await register.AddAsync(Account, AccountSecret.FromPassword("one", AccountSecret.DefaultScheme, scramKeys: true), default);

        foreach (var (mechanism, tls) in new[] { ("SCRAM-SHA-256", TlsMode.StartTls), ("SCRAM-SHA-256", TlsMode.Implicit), ("PLAIN", TlsMode.Implicit), ("LOGIN", TlsMode.Implicit) })
        {
            Assert.True(await LoginAsync(server, protocol, tls, mechanism, "joe", "one"), mechanism);
            Assert.False(await LoginAsync(server, protocol, tls, mechanism, "joe", "two"), mechanism);
            Assert.False(await LoginAsync(server, protocol, tls, mechanism, "nobody", "one"), mechanism);
        }

        // Not outside TLS, whatever the password.
        Assert.False(await LoginAsync(server, protocol, TlsMode.StartTls, "PLAIN", "joe", "one"));
        Assert.False(await LoginAsync(server, protocol, TlsMode.Implicit, "SCRAM-SHA-1", "joe", "one"));

        await register.ReplaceSecretAsync(Account, AccountSecret.FromPassword("two", "SSHA", scramKeys: true), default);
        Assert.True(await LoginAsync(server, protocol, TlsMode.Implicit, "PLAIN", Account, "two"));
        Assert.True(await LoginAsync(server, protocol, TlsMode.Implicit, "SCRAM-SHA-256", Account, "two"));
        Assert.False(await LoginAsync(server, protocol, TlsMode.Implicit, "PLAIN", Account, "one"));

        await register.RemoveAsync(Account, default);
        Assert.False(await LoginAsync(server, protocol, TlsMode.Implicit, "PLAIN", Account, "two"));

        Assert.Equal(6, server.Events.OfType<LoginSucceeded>().Count(login => login.Account == Account));
        Assert.Empty(server.Events.OfType<SessionFaulted>());
    }

    private static async Task<bool> LoginAsync(TestServer server, MailProtocol protocol, TlsMode tls, string mechanism, string user, string password)
    {
        await using var client = await server.ConnectAsync(protocol, tls);
        if (tls == TlsMode.Implicit)
            await client.SecureAsync();
        await client.ReadReplyAsync();
        if (protocol == MailProtocol.Submission)
            await client.AskAsync("EHLO client.example.com");

        var sasl = SaslMechanisms.CreateClient(mechanism, user, password)!;
        var command = protocol == MailProtocol.Imap ? "a AUTHENTICATE " : "AUTH ";
        var answer = await client.AskAsync(command + mechanism + (sasl.InitialResponse is { } initial ? " " + Convert.ToBase64String(initial.Span) : ""));
        while (Challenge(answer) is { } challenge)
            answer = await client.AskAsync(Convert.ToBase64String((await sasl.StepAsync(challenge, default)).Span));

        var taken = answer is not null && (answer.StartsWith("235 ", StringComparison.Ordinal) || answer.StartsWith("+OK", StringComparison.Ordinal) || answer.StartsWith("a OK", StringComparison.Ordinal));
        Assert.True(!taken || sasl.IsComplete, "The server let the client in without proving itself: " + answer);
        return taken;
    }

    private static byte[]? Challenge(string? answer) =>
        answer is null ? null
        : answer.StartsWith("334 ", StringComparison.Ordinal) ? Convert.FromBase64String(answer[4..])
        : answer.StartsWith("+ ", StringComparison.Ordinal) ? Convert.FromBase64String(answer[2..])
        : null;
}
