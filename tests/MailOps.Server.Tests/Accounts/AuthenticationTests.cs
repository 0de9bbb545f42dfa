using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using MailOps.Sasl;
using MailOps.Server.Accounts;
using MailOps.Server.Connections;
using MailOps.Tests.Support;
using Xunit;

namespace MailOps.Server.Tests.Accounts;

public sealed class AuthenticationTests : IAsyncLifetime
{
    private const string Ssha = "{SSHA}BojpBQyKB7/knF2uTxuI9gNHrVVeNMz1";
    private const string Password = "pässwörd 1";

    private readonly ConcurrentQueue<ServerEvent> _heard = new();
    private readonly ServerEvents _events = new();
    private readonly RecordingClock _clock = new();
    private readonly TemporaryStore _store = new();
    private readonly Socket _client = new(SocketType.Stream, ProtocolType.Tcp);
    private ServerConnection _connection = null!;

    public async ValueTask InitializeAsync()
    {
        _events.Subscribe(_heard.Enqueue);
        using var listener = new Socket(SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        await _client.ConnectAsync(listener.LocalEndPoint!);
        _connection = new ServerConnection("1", "imap", await listener.AcceptAsync(), new ServerTls(TestCertificate.Localhost), _events, _clock);
        await _store.File.UpdateAsync(
            content => content.With(Server.Accounts.Files.PasswdEntry.Create("joe@example.com", AccountSecret.FromPassword(Password, "SSHA", scramKeys: true))), default);
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _connection.DisposeAsync();
        _store.Dispose();
    }

    [Fact]
    public void Without_TLS_only_SCRAM_is_offered()
    {
        var authentication = Authentication(new AuthenticationOptions());
        Assert.False(authentication.MayUsePlaintext(_connection));
        Assert.Equal("SCRAM-SHA-256", string.Join(' ', authentication.Mechanisms(_connection)));
        Assert.Null(authentication.Start("PLAIN", _connection));
        Assert.Null(authentication.Start("SCRAM-SHA-1", _connection));
        Assert.Null(authentication.Start("GSSAPI", _connection));
        Assert.NotNull(authentication.Start("scram-sha-256", _connection));
    }

    [Fact]
    public void AllowPlaintextLogin_offers_PLAIN_and_LOGIN_too()
    {
        var authentication = Authentication(new AuthenticationOptions { AllowPlaintextLogin = true });
        Assert.True(authentication.MayUsePlaintext(_connection));
        Assert.Equal("SCRAM-SHA-256 PLAIN LOGIN", string.Join(' ', authentication.Mechanisms(_connection)));
    }

    [Fact]
    public async Task Capture_takes_any_plaintext_login_from_loopback_at_once()
    {
        var authentication = new Authentication(new CaptureDirectory(["example.com"]), new AuthenticationOptions { Capture = true });
        Assert.Equal("PLAIN LOGIN", string.Join(' ', authentication.Mechanisms(_connection)));
        var step = await authentication.LoginAsync("Anyone", "anything", "USER", _connection);
        Assert.Equal(new SaslStep.Success("anyone@example.com"), step);
        Assert.IsType<SaslStep.Failure>(await authentication.LoginAsync("@", "anything", "USER", _connection));
        Assert.Empty(_clock.Waits);
    }

    [Fact]
    public async Task A_success_names_the_account_on_the_connection_and_in_an_event()
    {
        var authentication = Authentication(new AuthenticationOptions { AllowPlaintextLogin = true });
        var exchange = authentication.Start("PLAIN", _connection)!;
        Assert.IsType<SaslStep.Challenge>(await authentication.StepAsync(exchange, null, _connection));
        Assert.Null(_connection.Account);
        Assert.IsType<SaslStep.Success>(await authentication.StepAsync(exchange, Encoding.UTF8.GetBytes("\0JOE\0" + Password), _connection));
        Assert.Equal("joe@example.com", _connection.Account);
        await _events.FlushAsync();
        var succeeded = Assert.IsType<LoginSucceeded>(Assert.Single(_heard));
        Assert.Equal(("joe@example.com", "PLAIN", "imap"), (succeeded.Account, succeeded.Mechanism, succeeded.Protocol));
        Assert.Empty(_clock.Waits);
    }

    [Fact]
    public async Task Each_failure_on_a_connection_makes_the_next_answer_slower_up_to_a_limit()
    {
        var authentication = Authentication(new AuthenticationOptions());
        for (var at = 0; at < 5; at++)
            Assert.Equal(new SaslStep.Failure(SaslFailure.InvalidCredentials, "joe"), await authentication.LoginAsync("joe", "wrong", "LOGIN", _connection));
        Assert.Equal([0.5, 1, 2, 4, 4], _clock.Waits.Select(wait => wait.TotalSeconds));
        await _events.FlushAsync();
        Assert.Equal(5, _heard.OfType<LoginFailed>().Count(failed => failed is { User: "joe", Mechanism: "LOGIN" }));
        Assert.Null(_connection.Account);
        Assert.DoesNotContain("wrong", string.Join('\n', _heard), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_malformed_response_costs_a_pause_too()
    {
        var authentication = Authentication(new AuthenticationOptions());
        var exchange = authentication.Start("SCRAM-SHA-256", _connection)!;
        Assert.Equal(new SaslStep.Failure(SaslFailure.Malformed, null), await authentication.StepAsync(exchange, "garbage"u8.ToArray(), _connection));
        Assert.Equal(TimeSpan.FromSeconds(0.5), Assert.Single(_clock.Waits));
    }

    [Fact]
    public async Task Accounts_that_cannot_be_read_are_a_temporary_failure_without_a_pause()
    {
        var authentication = Authentication(new AuthenticationOptions { AllowPlaintextLogin = true });
        Assert.IsType<SaslStep.Success>(await authentication.LoginAsync("joe", Password, "LOGIN", _connection));
        File.Delete(_store.UsersPath);
        Assert.Equal(new SaslStep.Failure(SaslFailure.TemporaryFailure, "joe"), await authentication.LoginAsync("joe", Password, "LOGIN", _connection));
        var exchange = authentication.Start("SCRAM-SHA-256", _connection)!;
        var step = await authentication.StepAsync(exchange, "n,,n=joe,r=abc"u8.ToArray(), _connection);
        Assert.Equal(SaslFailure.TemporaryFailure, Assert.IsType<SaslStep.Failure>(step).Reason);
        await _events.FlushAsync();
        Assert.Equal(2, _heard.OfType<SessionFaulted>().Count());
        Assert.Empty(_clock.Waits);
    }

    [Fact]
    public async Task A_remembered_login_is_worth_nothing_once_the_hash_changed()
    {
        var authentication = Authentication(new AuthenticationOptions());
        Assert.IsType<SaslStep.Success>(await authentication.LoginAsync("joe", Password, "LOGIN", _connection));
        Assert.IsType<SaslStep.Success>(await authentication.LoginAsync("joe@example.com", Password, "LOGIN", _connection));
        _store.Write($"joe@example.com:{Ssha.Replace("Bojp", "Aojp", StringComparison.Ordinal)}\n");
        Assert.IsType<SaslStep.Failure>(await authentication.LoginAsync("joe", Password, "LOGIN", _connection));
    }

    private Authentication Authentication(AuthenticationOptions options) =>
        new(new AccountDirectory(_store.Path, ["example.com"], _events, _clock), options);
}
