using MailOps.Maildir;
using MailOps.Server.Connections;

namespace MailOps.Server.Imap.Notify;

/// <summary>Tells of changes as they happen: in IDLE, and after NOTIFY between commands.</summary>
internal static class Telling
{
    // After the store failed; it may fail for long, and nobody hears more of it by asking more often.
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(5);

    /// <summary>Tells until there was enough, which cancels it, or the selected mailbox is lost, which ends it. A store that fails is asked again.</summary>
    /// <param name="session">The session.</param>
    /// <param name="idles">True in IDLE.</param>
    /// <param name="done">There was enough. What is being told is told to its end.</param>
    /// <param name="cancel">The connection ended.</param>
    public static async Task RunAsync(ImapSession session, bool idles, CancellationToken done, CancellationToken cancel)
    {
        var isFailing = false;
        while (true)
        {
            try
            {
                await (isFailing ? Task.Delay(Rest, session.Connection.Clock, done) : session.Notices.WaitAsync(idles, done));
                if (!await session.Notices.TellAsync(idles, cancel))
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

    /// <summary>Tells until the client sends its next command.</summary>
    /// <returns>False if the selected mailbox is lost, and the session with it.</returns>
    public static async ValueTask<bool> UntilInputAsync(ImapSession session, CancellationToken cancel)
    {
        var input = session.Input.WaitAsync();
        if (input.IsCompleted)
        {
            await input;
            return true;
        }

        using var done = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var telling = RunAsync(session, idles: false, done.Token, cancel);
        try
        {
            await Task.WhenAny(input, telling);
        }
        finally
        {
            await done.CancelAsync();
            await telling.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        if (telling.IsFaulted)
            await telling;
        if (!telling.IsCompletedSuccessfully)
        {
            await input;
            return true;
        }

        session.SayLost();
        await session.Replies.FlushAsync();
        session.Connection.Input.CancelPendingRead();
        await input;
        return false;
    }
}
