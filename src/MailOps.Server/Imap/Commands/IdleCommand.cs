using System.Buffers;
using MailOps.Server.Connections;
using MailOps.Server.Imap.Notify;
using MailOps.Wire;

namespace MailOps.Server.Imap.Commands;

/// <summary>IDLE (RFC 2177): tells of changes as they happen, those that NOTIFY asked for (RFC 5465 section 4) or else those of the selected mailbox, until the client says DONE.</summary>
internal sealed class IdleCommand : PlainCommand
{
    private const int MaxLine = 64;

    public override string Name => "IDLE";

    public override ImapStates States => ImapStates.LoggedIn;

    public override Capability? Requires => Capability.Idle;

    private static Completion NotDone => Completion.Bad("IDLE ends with DONE");

    protected override async ValueTask<Completion> ExecuteAsync(ImapSession session, CancellationToken cancel)
    {
        session.Replies.Continue("idling");
        await session.Replies.FlushAsync();
        using var done = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var line = session.Input.ReadLineAsync(MaxLine, cancel).AsTask();
        var telling = Telling.RunAsync(session, idles: true, done.Token, cancel);
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
        var completion = await ConcludeAsync(session, await line);
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

    private static async ValueTask<Completion> ConcludeAsync(ImapSession session, WireLine line)
    {
        switch (line.Status)
        {
            case WireLineStatus.Line:
                var isDone = IsDone(line.Content);
                session.Input.Advance(line);
                return isDone ? Completion.Ok("Idled") : NotDone;

            case WireLineStatus.Interrupted:
                session.Input.Advance(line);
                return session.SayBye();

            case WireLineStatus.TooLong when await session.Input.DiscardAsync(line, ImapProtocol.MaxDiscard):
                return NotDone;

            case WireLineStatus.TooLong:
                session.Connection.End = ConnectionEnd.Dropped;
                session.Replies.Bye(NotDone.Text);
                return Completion.Hangup;

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
}
