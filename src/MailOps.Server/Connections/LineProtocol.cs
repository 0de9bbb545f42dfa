using System.Diagnostics.CodeAnalysis;
using System.IO.Pipelines;
using System.Net.Sockets;
using System.Text;
using MailOps.Maildir;
using MailOps.Server.Connections.Faults;
using MailOps.Wire;

namespace MailOps.Server.Connections;

/// <summary>The loop that SMTP and POP3 share: read a line, look its verb up in the table, check that it is legal, run it, answer.</summary>
/// <param name="commands">The table.</param>
internal abstract class LineProtocol<TSession, TReply>(IReadOnlyList<LineCommand<TSession, TReply>> commands) : IConnectionHandler
    where TSession : LineSession
{
    private const int MaxVerbLength = 16;

    // A line may be this much longer than allowed before its sender is given up.
    private const long MaxDiscard = 4 * 1024 * 1024;

    public abstract string Protocol { get; }

    /// <summary>SMTP and POP3 come, do their work and go.</summary>
    public bool Idles => false;

    public abstract bool IsBrisk { get; }

    public virtual bool IsRated => true;

    public abstract string Refusal(string reason);

    public virtual ConnectionRejection? Rejection(ServerConnection connection) => null;

    public async Task ServeAsync(ServerConnection connection)
    {
        var session = Open(connection);
        await using var resources = session as IAsyncDisposable;
        var hasSpoken = await HasSpokenAsync(session);
        Write(session, IsOutOfStep(session, command: null, hasSpoken, out var refusal) ? refusal : Greeting(session));
        while (!session.Ended)
        {
            // Asked before each line, the first one too: the server may stop, or a deadline pass, while nothing is read.
            if (GoodbyeDue(session) is { } end)
            {
                Write(session, Goodbye(session, end));
                session.EndAs(end);
                break;
            }

            await connection.LeaveLoopAsync();
            var line = await session.ReadLineAsync();
            switch (line.Status)
            {
                case WireLineStatus.Line:
                    Write(session, connection.Rates?.Take(RateKind.Commands) is { } excess ? await SlowDownAsync(session, line, excess) : await AnswerAsync(session, line));
                    break;

                case WireLineStatus.TooLong:
                    if (!await connection.Input.DiscardLineAsync(line, MaxDiscard, connection.Aborted))
                        session.EndAs(ConnectionEnd.Dropped);
                    session.Errors++;
                    Write(session, LineTooLong);
                    break;

                case WireLineStatus.End:
                    return;

                case WireLineStatus.Interrupted:
                    connection.Input.AdvanceTo(line.Next);
                    break;
            }
        }

        await session.FlushAsync();
    }

    /// <summary>Makes the session of a new client.</summary>
    protected abstract TSession Open(ServerConnection connection);

    /// <summary>Puts a reply into the output.</summary>
    protected abstract void Write(TSession session, TReply reply);

    /// <summary>True if a reply counts as the client's error.</summary>
    protected abstract bool IsError(TReply reply);

    /// <summary>What a client hears first.</summary>
    protected abstract TReply Greeting(TSession session);

    /// <summary>How long a client must wait for the greeting.</summary>
    protected virtual TimeSpan GreetingDelay => TimeSpan.Zero;

    /// <summary>Tells a client that did not wait where it must, and ends its session.</summary>
    /// <param name="session">The session.</param>
    /// <param name="command">The command whose reply it has to wait for; null for the greeting.</param>
    /// <param name="hasMore">True if more had come behind the command.</param>
    /// <param name="reply">What it is told.</param>
    protected virtual bool IsOutOfStep(TSession session, LineCommand<TSession, TReply>? command, bool hasMore, [MaybeNullWhen(false)] out TReply reply)
    {
        reply = default;
        return false;
    }

    /// <summary>The answer to a verb that is not in the table.</summary>
    protected abstract TReply Unrecognized { get; }

    /// <summary>The answer to a line that is too long.</summary>
    protected abstract TReply LineTooLong { get; }

    /// <summary>The last words to a client that sends commands too fast.</summary>
    protected abstract TReply TooFast(RateExcess excess);

    /// <summary>The answer to a command that is not legal now.</summary>
    protected abstract TReply Illegal(TSession session);

    /// <summary>The answer when something of ours broke.</summary>
    protected abstract TReply Fault(TSession session, Exception exception);

    /// <summary>An answer that was set for a command, which is not carried out.</summary>
    protected abstract TReply Given(TSession session, LineCommand<TSession, TReply> command, string reply);

    /// <summary>The last words of a session that ends for this reason.</summary>
    protected abstract TReply Goodbye(TSession session, ConnectionEnd reason);

    private static ConnectionEnd? GoodbyeDue(TSession session) => session.Connection.Interruption switch
    {
        ConnectionEnd.TimedOut => ConnectionEnd.TimedOut,
        ConnectionEnd.ServerStopped when session.MayStop => ConnectionEnd.ServerStopped,
        ConnectionEnd.SessionStopped => ConnectionEnd.SessionStopped,
        _ => session.IsWornOut ? ConnectionEnd.Dropped : null,
    };

    // The time for the greeting, unless the client speaks, goes or is told goodbye before. An interruption that came too late for this read is one for the next.
    private async ValueTask<bool> HasSpokenAsync(TSession session)
    {
        if (GreetingDelay <= TimeSpan.Zero)
            return false;
        session.ExpectProgress();
        var input = session.Connection.Input;
        await using var timer = session.Connection.Clock.CreateTimer(static reader => ((PipeReader)reader!).CancelPendingRead(), input, GreetingDelay, Timeout.InfiniteTimeSpan);
        var read = await input.ReadAsync(session.Connection.Aborted);
        input.AdvanceTo(read.Buffer.Start);
        return !read.Buffer.IsEmpty;
    }

    // A stranger is cut off. Who has logged in may have much to do, and waits: a maildrop that is too large for one minute would never be emptied.
    private async ValueTask<TReply> SlowDownAsync(TSession session, WireLine line, RateExcess excess)
    {
        var connection = session.Connection;
        if (connection.Account is not null)
        {
            // What was answered before is not to wait with it.
            await session.FlushAsync();
            await connection.Rates!.WaitAsync(RateKind.Commands, excess, connection.Aborted);
            return await AnswerAsync(session, line);
        }

        connection.Input.AdvanceTo(line.Next);
        connection.Publish(new ClientTooFast { Reason = excess.Reason });
        session.EndAs(ConnectionEnd.Dropped);
        return TooFast(excess);
    }

    private async ValueTask<TReply> AnswerAsync(TSession session, WireLine line)
    {
        var command = Find(line, out var verbLength);
        TReply reply;
        if (command is not null && IsOutOfStep(session, command, line.HasMore, out var refusal))
        {
            session.Connection.Input.AdvanceTo(line.Next);
            reply = refusal;
        }
        else if (command is null || !command.IsLegal(session))
        {
            session.Connection.Input.AdvanceTo(line.Next);
            reply = command is null ? Unrecognized : Illegal(session);
        }
        else
        {
            session.Connection.Publish(new CommandReceived { Command = command.Name });
            reply = session.Connection.Faults is { } faults && faults.At(session.Connection, command.Name, Encoding.UTF8.GetString(line.Content.Slice(verbLength))) is { } act
                ? await PlayAsync(session, command, line, verbLength, act)
                : await RunAsync(session, command, line, verbLength);
        }

        if (IsError(reply))
            session.Errors++;
        return reply;
    }

    private async ValueTask<TReply> PlayAsync(TSession session, LineCommand<TSession, TReply> command, WireLine line, int verbLength, FaultAct act)
    {
        // What is not carried out is read all the same; a half-close reads on.
        var isCarriedOut = act.Kind is null or FaultKind.DropAfter or FaultKind.Truncate;
        if (!isCarriedOut)
            session.Connection.Input.AdvanceTo(line.Next);
        return await FaultPlayer.PlayAsync(session.Connection, act, isCarriedOut) switch
        {
            FaultEffect.GoOn => await RunAsync(session, command, line, verbLength),
            FaultEffect.Reply => Given(session, command, act.Reply),
            _ => throw new IOException("A fault that is set on the server ended the connection."),
        };
    }

    /// <summary>A fault of ours, or of the disk, is an event and a temporary error; the session goes on.</summary>
    private async ValueTask<TReply> RunAsync(TSession session, LineCommand<TSession, TReply> command, WireLine line, int verbLength)
    {
        try
        {
            return await command.RunAsync(session, line, verbLength);
        }
        catch (Exception e) when (e is MailStoreException or not (IOException or SocketException or OperationCanceledException or ObjectDisposedException))
        {
            session.Connection.Publish(new SessionFaulted { Exception = e });
            return Fault(session, e);
        }
    }

    private LineCommand<TSession, TReply>? Find(WireLine line, out int verbLength)
    {
        Span<byte> verb = stackalloc byte[MaxVerbLength];
        verbLength = 0;
        foreach (var segment in line.Content)
        {
            foreach (var octet in segment.Span)
            {
                if (octet is (byte)' ' or (byte)'\t' || verbLength == MaxVerbLength)
                    return Find(verb[..verbLength]);
                verb[verbLength++] = octet;
            }
        }

        return Find(verb[..verbLength]);
    }

    private LineCommand<TSession, TReply>? Find(ReadOnlySpan<byte> verb)
    {
        foreach (var command in commands)
        {
            if (Ascii.EqualsIgnoreCase(verb, command.Name))
                return command;
        }

        return null;
    }
}
