using System.Text;
using MailOps.Server.Queue.Routing;
using Xunit;

namespace MailOps.Server.Tests.Queue;

/// <summary>Logins of this server at the servers that it hands its mail to.</summary>
public sealed class RelayLoginTests : IAsyncDisposable
{
    private readonly QueueFixture _queue = new();
    private readonly NextServer _next = new() { Offers = ["AUTH PLAIN LOGIN XOAUTH2", "8BITMIME"] };

    public RelayLoginTests()
    {
        _next.Answer = line => line.StartsWith("AUTH ", StringComparison.Ordinal) ? "235 2.7.0 Welcome" : null;
        _queue.Routes["b.example"] = _next.Target;
    }

    public async ValueTask DisposeAsync()
    {
        await _queue.DisposeAsync();
        await _next.DisposeAsync();
    }

    private void Write(string text, UnixFileMode mode = UnixFileMode.UserRead | UnixFileMode.UserWrite)
    {
        File.WriteAllText(_queue.LoginsPath, text);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(_queue.LoginsPath, mode);
    }

    private async Task SendAsync()
    {
        await _queue.StartAsync();
        await _queue.SendAsync("Subject: hello\r\n\r\nbody\r\n", "a@here.example", "c@b.example");
    }

    private async Task<string> FailAsync()
    {
        await SendAsync();
        await QueueFixture.UntilAsync(() => _queue.Queue.States().Any(state => state.LastError is not null), "a failure");
        Assert.Empty(_next.Messages);
        return _queue.Queue.States().Single().LastError!;
    }

    private static string Plain(string user, string password) => $"AUTH PLAIN {Convert.ToBase64String(Encoding.UTF8.GetBytes($"\0{user}\0{password}"))}";

    [Fact]
    public async Task Who_has_a_login_there_logs_in_before_the_first_message()
    {
        Write($"# logins\n\n[other.example]:587 x:y\n{_next.Target} joe@b.example:pass:word with spaces\n");
        await SendAsync();
        await QueueFixture.UntilAsync(() => !_next.Messages.IsEmpty, "the message");
        Assert.Equal(["EHLO mx.here.example", Plain("joe@b.example", "pass:word with spaces"), "MAIL FROM:<a@here.example>"], _next.Commands.Take(3));
    }

    [Fact]
    public async Task Who_has_none_does_not()
    {
        Write("[127.0.0.1]:1 joe:secret\n");
        await SendAsync();
        await QueueFixture.UntilAsync(() => !_next.Messages.IsEmpty, "the message");
        Assert.DoesNotContain(_next.Commands, command => command.StartsWith("AUTH", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Of_several_logins_a_route_names_one()
    {
        Write($"{_next.Target} joe:one\n{_next.Target} ann@a.example:two\n");
        _queue.Routes["b.example"] = Target($"ann@a.example@{_next.Target}");
        await SendAsync();
        await QueueFixture.UntilAsync(() => !_next.Messages.IsEmpty, "the message");
        Assert.Contains(Plain("ann@a.example", "two"), _next.Commands);
    }

    [Fact]
    public async Task One_that_is_named_and_not_kept_is_told_with_the_line_to_add()
    {
        _queue.Routes["b.example"] = Target($"ann@{_next.Target}");
        var error = await FailAsync();
        Assert.StartsWith("451 4.7.8 The file '", error, StringComparison.Ordinal);
        Assert.EndsWith($"has no login 'ann' for ann@{_next.Target}. Add a line: {_next.Target} ann:password", error, StringComparison.Ordinal);
        Assert.Equal(0, _next.Connections);
    }

    [Fact]
    public async Task A_login_that_is_refused_keeps_the_mail_until_it_is_put_right()
    {
        var right = Plain("joe", "right");
        _next.Answer = line => line == right ? "235 2.7.0 Welcome" : line.StartsWith("AUTH ", StringComparison.Ordinal) ? "535 5.7.8 Wrong" : null;
        Write($"{_next.Target} joe:wrong\n");
        Assert.Equal("451 4.7.8 127.0.0.1 refused the login of joe: 535 5.7.8 Wrong", await FailAsync());

        Write($"{_next.Target} joe:right\n\n");
        await _queue.EmptyAsync();
        Assert.Single(_next.Messages);
    }

    [Fact]
    public async Task A_server_that_offers_none_gets_nothing()
    {
        _next.Offers = ["AUTH XOAUTH2"];
        Write($"{_next.Target} joe:secret\n");
        Assert.Equal("451 4.7.8 127.0.0.1 offers no login with a password, but XOAUTH2.", await FailAsync());
    }

    [Fact]
    public async Task A_file_that_others_may_read_is_not_used()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has rights of other kinds.");
        Write($"{_next.Target} joe:secret\n", UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);
        Assert.Equal($"451 4.7.8 The file '{_queue.LoginsPath}' holds passwords and is open to others: it is not used. Run 'chmod 600 {_queue.LoginsPath}'.", await FailAsync());
    }

    [Theory]
    [InlineData("[mail.example]:587\n", "line 1: a line is a target, white space, and user:password.")]
    [InlineData("# x\n[mail.example]:587 joe\n", "line 2: a line is a target, white space, and user:password.")]
    [InlineData("[mail.example]:587 joe:\n", "line 1: a line is a target")]
    [InlineData("[mail.example]:99999 joe:x\n", "line 1: '[mail.example]:99999' is no target")]
    [InlineData("lmtp:/run/x joe:x\n", "line 1: the target is a domain or a host in brackets")]
    public async Task What_cannot_be_read_is_told_with_its_line(string text, string error)
    {
        Write(text);
        Assert.Contains(error, await FailAsync(), StringComparison.Ordinal);
    }

    private static RouteTarget Target(string text) => RouteTarget.TryParse(text, out var target, out var error) ? target : throw new InvalidOperationException(error);
}
