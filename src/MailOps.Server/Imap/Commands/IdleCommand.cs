using System.Buffers;
using MailOps.Wire;

namespace MailOps.Server.Imap.Commands;

/// <summary>IDLE (RFC 2177): tells of changes as they happen, until the client says DONE.</summary>
internal sealed class IdleCommand : PlainCommand
{
    private const int MaxLine = 64;

    public override string Name => "IDLE";

    public override ImapStates States => ImapStates.LoggedIn;

    public override Capability? Requires => Capability.Idle;

    protected override async ValueTask<Completion> ExecuteAsync(ImapSession session, CancellationToken cancel)
    {
        session.Replies.Continue("idling");
        await session.Replies.FlushAsync();
        using var done = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var line = session.Input.ReadLineAsync(MaxLine, cancel).AsTask();
        var changed = ChangedAsync(session, done.Token);
        try
        {
            while (await Task.WhenAny(line, changed) != line)
            {
                await changed;
                await session.TellChangesAsync(expunges: true, cancel);
                await session.Replies.FlushAsync();
                changed = ChangedAsync(session, done.Token);
            }
        }
        finally
        {
            await done.CancelAsync();
            await changed.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        return Conclude(session, await line);
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
