using System.Text;
using MailOps.Server.Connections;
using MailOps.Server.Imap;
using Xunit;

namespace MailOps.Server.Tests.Imap;

/// <summary>What hostile, broken and hasty clients send.</summary>
public sealed class WireTests
{
    [Fact]
    public async Task Pipelined_commands_are_answered_in_order()
    {
        await using var server = new ImapServer();
        await using var client = await server.ConnectAsync();
        await client.SendAsync("a login john@example.com summersun\r\nb select inbox\r\nc noop\r\nd logout\r\n");
        var lines = await client.ReadToEndAsync();
        Assert.Equal("a OK,b OK,c OK,d OK", string.Join(',', lines.Where(l => l[0] != '*').Select(l => l[..4])));
        Assert.Contains(lines, l => l.StartsWith("* BYE", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_synchronising_literal_is_asked_for()
    {
        await using var server = new ImapServer();
        await using var client = await server.ConnectAsync();
        await client.SendAsync("a login {16}\r\n");
        Assert.StartsWith("+ ", await client.ReadLineAsync(), StringComparison.Ordinal);
        await client.SendAsync("john@example.com {9}\r\n");
        Assert.StartsWith("+ ", await client.ReadLineAsync(), StringComparison.Ordinal);
        await client.SendAsync("summersun\r\n");
        Assert.StartsWith("a OK", await client.ReadLineAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_literal_that_comes_unasked_is_taken_RFC7888()
    {
        await using var server = new ImapServer();
        await using var client = await server.ConnectAsync();
        Assert.Contains(" LITERAL- ", client.Greeting, StringComparison.Ordinal);
        await client.SendAsync("a login {16+}\r\njohn@example.com {9+}\r\nsummersun\r\n");
        var reply = Assert.Single(await client.ReadToTagAsync("a"));
        Assert.StartsWith("a OK", reply, StringComparison.Ordinal);
        Assert.Contains(" LITERAL+ ", reply, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Before_login_an_unasked_literal_above_4096_octets_ends_the_session_and_is_no_command()
    {
        await using var server = new ImapServer();
        await using var client = await server.ConnectAsync();
        var smuggled = "\r\nb login john@example.com summersun\r\n";
        await client.SendAsync("a login {5000+}\r\n" + smuggled + new string('x', 5000 - smuggled.Length) + " y\r\n");
        var lines = await client.ReadToEndAsync();
        Assert.StartsWith("* BYE", Assert.Single(lines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_literal_that_waits_and_is_too_large_is_refused_before_it_comes_and_the_session_goes_on()
    {
        await using var server = new ImapServer();
        await using var client = await server.ConnectAsync();
        Assert.StartsWith("a BAD", (await client.RunAsync("a login {1000000}"))[^1], StringComparison.Ordinal);
        Assert.StartsWith("b OK", (await client.RunAsync("b noop"))[^1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a append inbox {38+}\r\nb login john@example.com summersun\r\n\r\n\r\n")]
    [InlineData("a append inbox {36+}\r\nb login john@example.com summersun\r\n {8+}\r\nx noop\r\n {1+}\r\nx {1}\r\n")]
    [InlineData("a replace 1 inbox {36+}\r\nb login john@example.com summersun\r\n\r\n")]
    public async Task An_unasked_literal_of_a_command_that_is_refused_is_no_command(string sent)
    {
        await using var server = new ImapServer();
        await using var client = await server.ConnectAsync();
        await client.SendAsync(sent + "c noop\r\n");
        var lines = await client.ReadToTagAsync("c");
        Assert.Equal("a BAD,c OK N", string.Join(',', lines.Select(line => line[..Math.Min(line.Length, line[0] == 'a' ? 5 : 6)])));
        Assert.DoesNotContain(server.Events, e => e is LoginSucceeded or LoginFailed);
    }

    [Theory]
    [InlineData("append inbox (\\Fancy) {10+}\r\nb noop\r\n\r\n")]
    [InlineData("append inbox \"31-Feb-2024 00:00:00 +0000\" {8+}\r\nb noop\r\n")]
    [InlineData("append inbox catenate (file {8+}\r\nb noop\r\n text {8+}\r\nb noop\r\n)")]
    [InlineData("replace 1 inbox {1000000+}\r\n*BIG*")]
    public async Task One_that_cannot_be_read_is_BAD_and_the_session_goes_on(string command)
    {
        await using var server = new ImapServer();
        await using var client = await server.LogInAsync();
        Assert.StartsWith("a BAD", Assert.Single(await client.RunAsync("a " + command.Replace("*BIG*", new string('x', 1_000_000), StringComparison.Ordinal))), StringComparison.Ordinal);
        Assert.Equal(["c OK Nothing done"], await client.RunAsync("c noop"));
    }

    [Theory]
    [InlineData("a append inbox {10000+}\r\n")]
    [InlineData("a login {10000+}\r\n")]
    [InlineData("a append inbox {1000+}\r\n")]
    public async Task Octets_that_nobody_takes_cannot_drip_in_for_ever(string sent)
    {
        var clock = new SteppedClock();
        await using var server = new ImapServer(clock: clock);
        await using var client = await server.ConnectAsync();
        await client.SendAsync(sent);
        var rest = client.ReadToEndAsync();
        for (var i = 0; i < 40 && !rest.IsCompleted; i++)
        {
            await client.SendAsync("x");
            // The session takes it, and may set its deadline anew.
            await Task.WhenAny(rest, Task.Delay(TimeSpan.FromMilliseconds(50)));
            clock.Advance(TimeSpan.FromSeconds(3));
        }

        Assert.True(rest.IsCompleted);
        Assert.StartsWith("* BYE", Assert.Single(await rest), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_command_line_of_one_MiB_ends_the_session_with_a_reason(bool loggedIn)
    {
        await using var server = new ImapServer();
        await using var client = loggedIn ? await server.LogInAsync() : await server.ConnectAsync();
        await client.SendAsync("a noop " + new string('x', 1024 * 1024) + "\r\n");
        Assert.StartsWith("* BYE", (await client.ReadToEndAsync())[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Garbage_is_answered_and_after_some_of_it_the_connection_ends()
    {
        await using var server = new ImapServer(options: new ImapOptions { MaxErrors = 5 });
        await using var client = await server.ConnectAsync();
        await client.SendAsync("GET / HTTP/1.1\r\n\r\n\0\u0001\u00ff\r\n(((\r\n* OK\r\n+\r\n{\r\nnever\r\n");
        var lines = await client.ReadToEndAsync();
        Assert.Equal(5, lines.Count);
        Assert.All(lines[..4], l => Assert.Contains(" BAD ", l, StringComparison.Ordinal));
        Assert.StartsWith("* BYE Too many errors", lines[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Errors_are_forgiven_to_a_client_that_has_logged_in_and_goes_on()
    {
        await using var server = new ImapServer(options: new ImapOptions { MaxErrors = 3 });
        await using var client = await server.LogInAsync();
        for (var i = 0; i < 3; i++)
        {
            Assert.StartsWith("a BAD", (await client.RunAsync("a nonsense"))[^1], StringComparison.Ordinal);
            Assert.StartsWith("b BAD", (await client.RunAsync("b nonsense"))[^1], StringComparison.Ordinal);
            Assert.StartsWith("c OK", (await client.RunAsync("c noop"))[^1], StringComparison.Ordinal);
        }

        await client.RunAsync("a nonsense");
        await client.RunAsync("b nonsense");
        Assert.StartsWith("* BYE Too many errors", (await client.RunAsync("c nonsense"))[^1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false, "idle")]
    [InlineData(true, "authenticate plain")]
    public async Task A_long_line_where_DONE_or_a_response_is_waited_for_is_BAD_and_no_command(bool isStranger, string command)
    {
        await using var server = new ImapServer();
        await using var client = isStranger ? await server.ConnectAsync() : await server.LogInAsync();
        await client.SendAsync($"a {command}\r\n");
        Assert.StartsWith("+ ", await client.ReadLineAsync(), StringComparison.Ordinal);
        await client.SendAsync("b noop" + new string(' ', 20_000) + "\r\nc noop\r\n");
        var lines = await client.ReadToTagAsync("c");
        Assert.StartsWith("a BAD ", lines[0], StringComparison.Ordinal);
        Assert.Equal("c OK Nothing done", Assert.Single(lines[1..]));
    }

    [Fact]
    public async Task NUL_in_a_command_is_refused()
    {
        await using var server = new ImapServer();
        await using var client = await server.LogInAsync();
        Assert.StartsWith("a BAD", (await client.RunAsync("a select \"in\0box\""))[^1], StringComparison.Ordinal);
        Assert.StartsWith("b OK", (await client.RunAsync("b noop"))[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_that_closes_its_side_still_hears_the_answers()
    {
        await using var server = new ImapServer();
        await using var client = await server.ConnectAsync();
        await client.SendAsync("a login john@example.com summersun\r\nb noop\r\nc no");
        client.HalfClose();
        var lines = await client.ReadToEndAsync();
        Assert.StartsWith("b OK", lines[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_came_along_with_STARTTLS_is_never_a_command()
    {
        await using var server = new ImapServer();
        await using var client = await server.ConnectAsync();
        await client.SendAsync("a starttls\r\nb login john@example.com summersun\r\n");
        var lines = await client.ReadToEndAsync();
        Assert.DoesNotContain(lines, l => l.StartsWith("b ", StringComparison.Ordinal));
        Assert.DoesNotContain(server.Events, e => e is LoginSucceeded);
    }

    [Fact]
    public async Task A_fault_is_SERVERBUG_an_event_and_the_session_goes_on()
    {
        await using var server = new ImapServer();
        await using var client = await server.LogInAsync();
        server.Store.Before = what => { if (what == "Create") throw new InvalidOperationException("broken on purpose"); };
        Assert.StartsWith("a NO [SERVERBUG]", (await client.RunAsync("a create x"))[^1], StringComparison.Ordinal);
        Assert.Contains(server.Events, e => e is SessionFaulted { Exception: InvalidOperationException });
        Assert.StartsWith("b OK", (await client.RunAsync("b noop"))[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stopping_server_says_BYE()
    {
        await using var server = new ImapServer();
        await using var client = await server.SelectAsync();
        await using var idle = await server.SelectAsync();
        await idle.SendAsync("i idle\r\n");
        Assert.StartsWith("+ ", await idle.ReadLineAsync(), StringComparison.Ordinal);
        await server.StopAsync(TimeSpan.FromSeconds(5));
        Assert.Equal("* BYE The server stops", (await client.ReadToEndAsync())[^1]);
        Assert.Equal("* BYE The server stops", (await idle.ReadToEndAsync())[^1]);
    }

    [Fact]
    public async Task A_silent_client_is_told_so_after_a_minute_and_one_that_logged_in_after_thirty()
    {
        var clock = new SteppedClock();
        await using var server = new ImapServer(clock: clock);
        await using var unknown = await server.ConnectAsync();
        await using var loggedIn = await server.LogInAsync();
        await loggedIn.RunAsync("a noop");

        Assert.Equal("* BYE Nothing was heard for too long", Assert.Single(await SilentAsync(unknown, clock, TimeSpan.FromSeconds(62))));
        Assert.StartsWith("b OK", (await loggedIn.RunAsync("b noop"))[^1], StringComparison.Ordinal);

        Assert.Equal("* BYE Nothing was heard for too long", Assert.Single(await SilentAsync(loggedIn, clock, TimeSpan.FromMinutes(31))));
    }

    // The session may set its deadline only after the clock was moved: then the clock moves once more, before the client gives up. Who has not logged in has three minutes in all.
    private static async Task<List<string>> SilentAsync(ImapTestClient client, SteppedClock clock, TimeSpan silence)
    {
        var rest = client.ReadToEndAsync();
        do
            clock.Advance(silence);
        while (await Task.WhenAny(rest, Task.Delay(TimeSpan.FromSeconds(4))) != rest);
        return await rest;
    }

    [Fact]
    public async Task Random_octets_never_break_a_session_otherwise_than_by_its_end()
    {
        await using var server = new ImapServer(options: new ImapOptions { MaxErrors = 10_000 });
        var random = new Random(4711);
        for (var round = 0; round < 40; round++)
        {
            await using var client = round % 2 == 0 ? await server.ConnectAsync() : await server.SelectAsync();
            var octets = new byte[random.Next(1, 3000)];
            random.NextBytes(octets);
            await client.SendAsync(octets);
            await client.SendAsync("\r\n");
            client.HalfClose();
            await client.ReadToEndAsync();
        }

        Assert.DoesNotContain(server.Events, e => e is SessionFaulted);
    }

    [Fact]
    public async Task AUTHENTICATE_takes_a_continuation_an_initial_response_and_gives_up_on_a_star()
    {
        await using var server = new ImapServer();
        var plain = Convert.ToBase64String(Encoding.ASCII.GetBytes("\0john@example.com\0summersun"));
        await using (var client = await server.ConnectAsync())
        {
            await client.SendAsync("a authenticate PLAIN\r\n");
            Assert.Equal("+ ", await client.ReadLineAsync());
            await client.SendAsync("*\r\n");
            Assert.StartsWith("a BAD", await client.ReadLineAsync(), StringComparison.Ordinal);
            await client.SendAsync("b authenticate PLAIN\r\n");
            Assert.Equal("+ ", await client.ReadLineAsync());
            await client.SendAsync(plain + "\r\n");
            Assert.StartsWith("b OK [CAPABILITY ", await client.ReadLineAsync(), StringComparison.Ordinal);
        }

        await using (var client = await server.ConnectAsync())
        {
            Assert.StartsWith("a BAD", (await client.RunAsync("a authenticate plain !!!"))[^1], StringComparison.Ordinal);
            Assert.StartsWith("b NO [AUTHENTICATIONFAILED]", (await client.RunAsync("b authenticate plain " + Convert.ToBase64String(Encoding.ASCII.GetBytes("\0john@example.com\0wrong"))))[^1], StringComparison.Ordinal);
            Assert.StartsWith("c OK", (await client.RunAsync("c authenticate plain " + plain))[^1], StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_secret_is_in_no_event()
    {
        await using var server = new ImapServer();
        await using var client = await server.ConnectAsync();
        await client.RunAsync("a login john@example.com verysecret");
        Assert.DoesNotContain(server.Events, e => e.ToString().Contains("verysecret", StringComparison.Ordinal));
        Assert.Contains(server.Events, e => e is LoginFailed { User: "john@example.com" });
    }
}
