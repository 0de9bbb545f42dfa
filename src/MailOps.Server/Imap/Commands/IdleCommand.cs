using System.Buffers;
using MailOps.Maildir;
using MailOps.Server.Connections;
using MailOps.Wire;

namespace MailOps.Server.Imap.Commands;

/// <summary>IDLE (RFC 2177): tells of changes as they happen, until the client says DONE.</summary>
internal sealed class IdleCommand : PlainCommand
{
    private const int MaxLine = 64;

    // After the store failed; it may fail for long, and nobody hears more of it by asking more often.
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(5);

    public override string Name => "IDLE";

    public override ImapStates States => ImapStates.LoggedIn;

    public override Capability? Requires => Capability.Idle;

    protected override async ValueTask<Completion> ExecuteAsync(ImapSession session, CancellationToken cancel)
    {
        session.Replies.Continue("idling");
        await session.Replies.FlushAsync();
        using var done = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var line = session.Input.ReadLineAsync(MaxLine, cancel).AsTask();
        var telling = TellAsync(session, done.Token, cancel);
        try
        {
            await Task.WhenAny(line, telling);
            if (telling.Exception?.InnerException is ClientGoneException)
                await telling;
            if (telling.IsCompletedSuccessfully)
                return await HangUpAsync(session, line);
            await ((Task)line).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        finally
        {
            await done.CancelAsync();
            await telling.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        // What broke is answered when DONE was taken in: else it would be read as a command, or the next command as DONE.
        var completion = Conclude(session, await line);
        if (completion.Status == CompletionStatus.Ok && telling.IsFaulted)
            await telling;
        return completion;
    }

    // Nobody waits for DONE in a mailbox that is lost.
    private static async ValueTask<Completion> HangUpAsync(ImapSession session, Task<WireLine> line)
    {
        var completion = session.SayLost();
        await session.Replies.FlushAsync();
        session.Connection.Input.CancelPendingRead();
        session.Input.Advance(await line);
        return completion;
    }

    /// <summary>Tells of changes until there was enough, or the mailbox is lost. A store that fails is asked again: only DONE ends the command.</summary>
    private static async Task TellAsync(ImapSession session, CancellationToken done, CancellationToken cancel)
    {
        var isFailing = false;
        while (true)
        {
            try
            {
                await (isFailing ? Task.Delay(Rest, session.Connection.Clock, done) : ChangedAsync(session, done));
                if (!await session.TellChangesAsync(expunges: true, cancel))
                    return;
                await session.Replies.FlushAsync();
                isFailing = false;
            }
            catch (MailStoreException e)
            {
                if (!isFailing)
                    session.Connection.Publish(new SessionFaulted { Exception = e });
                isFailing = true;
            }
        }
    }

    private static Completion Conclude(ImapSession session, WireLine line)
    {
        switch (line.Status)
        {
            case WireLineStatus.Line:
                var isDone = IsDone(line.Content);
                session.Input.Advance(line);
                return isDone ? Completion.Ok("Idled") : Completion.Bad("IDLE ends with DONE");

            case WireLineStatus.Interrupted:
                session.Input.Advance(line);
                return session.SayBye();

            default:
                session.Input.Advance(line);
                return Completion.Hangup;
        }
    }

    private static bool IsDone(in ReadOnlySequence<byte> content)
    {
        var reader = new ImapReader(content);
        return reader.IsWord("DONE") && reader.End;
    }

    // Without a selected mailbox there is nothing to tell of, only DONE to wait for.
    private static Task ChangedAsync(ImapSession session, CancellationToken cancel) =>
        session.State == ImapStates.Selected ? session.Selected.WaitForChangeAsync(cancel) : Task.Delay(Timeout.Infinite, cancel);
}
