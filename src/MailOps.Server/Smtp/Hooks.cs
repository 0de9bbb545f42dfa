using MailOps.Maildir;
using MailOps.Server.Connections;
using MailOps.Smtp;

namespace MailOps.Server.Smtp;

/// <summary>Asks the administrator's hooks, if there are any, and answers for them if they break.</summary>
internal static class Hooks
{
    public static ValueTask<SmtpReply?> RefusalAsync(SmtpSession session, SmtpPath recipient, CancellationToken cancel) =>
        session.Options.Hooks is { HearsRecipients: true } hooks
            ? AskAsync(session, () => hooks.RecipientAsync(HookedTransaction.Of(session), recipient.ToString(), cancel))
            : default;

    public static ValueTask<SmtpReply?> RefusalAsync(SmtpSession session, Func<MessageBlob>? open, CancellationToken cancel) =>
        open is not null && session.Options.Hooks is { HearsMessages: true } hooks
            ? AskAsync(session, async () =>
            {
                using var message = open();
                return await hooks.MessageAsync(HookedTransaction.Of(session), message, cancel);
            })
            : default;

    private static async ValueTask<SmtpReply?> AskAsync(SmtpSession session, Func<ValueTask<SmtpReply?>> ask)
    {
        // A hook has a time of its own: the client's begins anew before and after it.
        session.ExpectProgress();
        try
        {
            var reply = await ask();
            // RFC 5321 section 3.8: 421 announces the end.
            if (reply is { Code: 421 })
                session.EndAs(ConnectionEnd.Dropped);
            return reply;
        }
#pragma warning disable CA1031 // Whatever the administrator's code throws is his to hear of, and the client's to try again.
        catch (Exception e) when (!session.Connection.Aborted.IsCancellationRequested)
#pragma warning restore CA1031
        {
            session.Connection.Publish(new SessionFaulted { Exception = e });
            return SmtpReplies.LocalError;
        }
    }
}
