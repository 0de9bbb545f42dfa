using MailOps.Smtp;
using MailOps.Tests.Support;
using MailOps.Transcripts;
using MailOps.Wire;
using Xunit;

namespace MailOps.Core.Tests.Smtp;

public class SmtpDialogueTests
{
    [Fact]
    public async Task One_session_carries_several_messages_and_RSET_between_them()
    {
        await using var peer = Answering();
        await using var dialogue = await ConnectAsync(peer, TimeProvider.System);
        await dialogue.GreetingAsync(default);
        Assert.True((await dialogue.HelloAsync("client", default)).IsPositive);
        Assert.True(dialogue.Capabilities.Offers("PIPELINING"));
        for (var i = 0; i < 2; i++)
        {
            await dialogue.PipelineAsync(["MAIL FROM:<a@b>", "RCPT TO:<c@d>", "DATA"], default);
            Assert.Equal(250, (await dialogue.SendContentAsync(new MemoryStream("x"u8.ToArray()), asIs: false, default)).Code);
            Assert.Equal(6, dialogue.ContentLength);
        }

        Assert.True((await dialogue.ResetAsync(default)).IsPositive);
        await dialogue.QuitAsync(default);
        Assert.True(dialogue.IsClosing);

        const string Transaction = "MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\nx\r\n.\r\n";
        Assert.Equal($"EHLO client\r\n{Transaction}{Transaction}RSET\r\nQUIT\r\n", peer.Received);
    }

    [Fact]
    public async Task Many_pipelined_commands_go_in_groups_so_that_neither_side_blocks_RFC2920_3_1()
    {
        await using var peer = Answering();
        await using var dialogue = await ConnectAsync(peer, TimeProvider.System);
        await dialogue.GreetingAsync(default);
        await dialogue.HelloAsync("client", default);
        string[] lines = ["MAIL FROM:<a@b>", .. Enumerable.Range(0, 249).Select(i => $"RCPT TO:<user{i}@example.com>")];
        var replies = await dialogue.PipelineAsync(lines, default);
        Assert.Equal(lines.Length, replies.Count(r => r.IsPositive));

        var open = 0;
        var mostOpen = 0;
        foreach (var entry in dialogue.Transcript.Entries.SkipWhile(e => e.Text != lines[0]))
        {
            open += entry.Direction == TranscriptDirection.Sent ? 1 : -1;
            mostOpen = Math.Max(mostOpen, open);
        }

        Assert.Equal(100, mostOpen);
    }

    [Theory]
    [InlineData("NOOP\r\nQUIT")]
    [InlineData("NOOP\n")]
    [InlineData("NO\0OP")]
    public async Task A_command_line_with_a_line_end_is_not_sent(string line)
    {
        await using var peer = Answering();
        await using var dialogue = await ConnectAsync(peer, TimeProvider.System);
        await Assert.ThrowsAsync<ArgumentException>(() => dialogue.CommandAsync(line, default));
        Assert.Empty(peer.Received);
    }

    [Fact]
    public async Task Each_step_has_its_own_time_by_the_clock_it_was_given()
    {
        var clock = new HandClock();
        await using var peer = ScriptedPeer.Start(server => server.HangAsync());
        await using var dialogue = await ConnectAsync(peer, clock);
        var greeting = dialogue.GreetingAsync(default);
        clock.Fire(SmtpTimeouts.Standard.Command - TimeSpan.FromSeconds(1));
        Assert.False(greeting.IsCompleted);
        clock.Fire(SmtpTimeouts.Standard.Greeting);
        var error = await Assert.ThrowsAsync<MailSessionException>(() => greeting);
        Assert.Equal(MailSessionFault.TimedOut, error.Fault);
        Assert.Contains("did not send its greeting within 300 seconds", error.Message, StringComparison.Ordinal);
    }

    private static ScriptedPeer Answering() => ScriptedPeer.Start(async server =>
    {
        await server.SayAsync("220 mx");
        while (await server.HearLineAsync() is { } line)
        {
            if (line == "DATA")
            {
                await server.SayAsync("354 go");
                await server.HearUntilAsync(".");
            }

            await server.SayAsync(line.StartsWith("EHLO", StringComparison.Ordinal) ? "250-mx\r\n250 PIPELINING" : line == "QUIT" ? "221 bye" : "250 ok");
        }
    });

    private static Task<SmtpDialogue> ConnectAsync(ScriptedPeer peer, TimeProvider clock) =>
        SmtpDialogue.ConnectAsync("127.0.0.1", peer.Port, SmtpTimeouts.Standard, clock, new Transcript(clock), default);

    /// <summary>A clock whose timers fire when the test says how much time has passed.</summary>
    private sealed class HandClock : TimeProvider
    {
        private readonly List<(TimeSpan Due, TimerCallback Callback, object? State)> _timers = [];

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            lock (_timers)
                _timers.Add((dueTime, callback, state));
            return new Nothing();
        }

        public void Fire(TimeSpan passed)
        {
            (TimeSpan Due, TimerCallback Callback, object? State)[] due;
            lock (_timers)
                due = [.. _timers.Where(t => t.Due > TimeSpan.FromMinutes(1) && t.Due <= passed)];
            foreach (var timer in due)
                timer.Callback(timer.State);
        }

        private sealed class Nothing : ITimer
        {
            public bool Change(TimeSpan dueTime, TimeSpan period) => true;

            public void Dispose()
            {
            }

            public ValueTask DisposeAsync() => default;
        }
    }
}
