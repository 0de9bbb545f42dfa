using MailOps.Server.Connections;

namespace MailOps.Server.Imap.Commands;

/// <summary>LOGOUT (RFC 3501 section 6.1.3).</summary>
internal sealed class LogoutCommand : PlainCommand
{
    public override string Name => "LOGOUT";

    public override ImapStates States => ImapStates.Any;

    protected override async ValueTask<Completion> ExecuteAsync(ImapSession session, CancellationToken cancel)
    {
        await session.DeselectAsync();
        session.Replies.Bye("Logging out");
        session.Connection.End = ConnectionEnd.Completed;
        return Completion.Ok("Logged out") with { After = _ => new(false) };
    }
}
