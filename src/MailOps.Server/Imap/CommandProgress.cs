using System.Globalization;

namespace MailOps.Server.Imap;

/// <summary>
/// Tells a client that its command is under way, and how far (INPROGRESS, RFC 9585): every ten seconds, so that neither the client nor
/// what stands between takes the connection for dead. A client that has gone is found out by it, which ends the command.
/// </summary>
internal sealed class CommandProgress(ImapSession session)
{
    // Fewer are done before a client could wonder.
    private const int ManyMessages = 200;

    private readonly TimeProvider _clock = session.Connection.Clock;
    private long _told;

    /// <summary>A command begins.</summary>
    public void Begin() => _told = _clock.GetTimestamp();

    /// <summary>Says how far the command is, if it is time to. Asked between two messages, where no response is begun.</summary>
    /// <param name="done">How many messages are done.</param>
    /// <param name="goal">Out of how many.</param>
    /// <exception cref="OperationCanceledException">The connection has ended.</exception>
    public ValueTask ReportAsync(int done, int goal)
    {
        session.Connection.Aborted.ThrowIfCancellationRequested();
        return _clock.GetElapsedTime(_told) < session.Options.ProgressInterval ? default : TellAsync(string.Create(CultureInfo.InvariantCulture, $"{done} {goal}"));
    }

    /// <summary>Awaits what the store does with many messages at once, and says meanwhile that it does. The command writes nothing before it is over.</summary>
    /// <param name="messages">How many messages.</param>
    /// <param name="work">What is done.</param>
    public async ValueTask<T> WatchAsync<T>(int messages, Func<ValueTask<T>> work)
    {
        if (messages < ManyMessages)
            return await work();

        var task = Task.Run(() => work().AsTask());
        try
        {
            await WaitAsync(task);
        }
        catch (ClientGoneException)
        {
            // The mailbox is in use until it is done.
            await Task.WhenAny(task);
            throw;
        }

        return await task;
    }

    /// <summary>Waits for the end of what goes on beside the command, and says meanwhile that it does. How it ended is for the caller to see.</summary>
    public async ValueTask WaitAsync(Task work)
    {
        while (!work.IsCompleted)
        {
            var rest = session.Options.ProgressInterval - _clock.GetElapsedTime(_told);
            if (rest <= TimeSpan.Zero)
            {
                await TellAsync("NIL NIL");
                rest = session.Options.ProgressInterval;
            }

            await Task.WhenAny(work, Task.Delay(rest, _clock));
        }
    }

    private async ValueTask TellAsync(string state)
    {
        _told = _clock.GetTimestamp();
        // The tag is quoted, whose characters are all such that a quoted string takes (RFC 9585 section 4).
        session.Replies.Ok($"INPROGRESS (\"{session.Tag}\" {state})", "Still under way");
        await session.Replies.FlushAsync();
    }
}
