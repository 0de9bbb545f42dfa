using MailOps.Maildir;
using MailOps.Server.Connections;

namespace MailOps.Server.Pop3.Commands;

/// <summary>QUIT (RFC 1939 sections 5 and 6): deletes what was marked and ends the session. Only this deletes anything.</summary>
internal sealed class QuitCommand : SimplePop3Command
{
    public override string Name => "QUIT";

    public override Pop3States States => Pop3States.Any;

    protected override async ValueTask<Pop3Reply> ExecuteAsync(Pop3Session session, CancellationToken cancel)
    {
        session.EndAs(ConnectionEnd.Completed);
        if (session.State is Pop3States.Authorization)
            return Pop3Reply.Ok("Bye");

        try
        {
            var deleted = await session.Maildrop.UpdateAsync(cancel);
            return Pop3Reply.Ok($"Bye, {deleted} messages deleted, {session.Maildrop.Count} left");
        }
        catch (MailStoreException e)
        {
            session.Connection.Publish(new SessionFaulted { Exception = e });
            return Pop3Reply.Err("[SYS/TEMP] Some deleted messages were not removed");
        }
        finally
        {
            await session.CloseMaildropAsync();
        }
    }
}
