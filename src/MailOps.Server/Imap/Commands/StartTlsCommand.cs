using MailOps.Server.Connections;

namespace MailOps.Server.Imap.Commands;

/// <summary>STARTTLS (RFC 3501 section 6.2.1).</summary>
internal sealed class StartTlsCommand : PlainCommand
{
    public override string Name => "STARTTLS";

    public override ImapStates States => ImapStates.NotAuthenticated;

    public override Capability? Requires => Capability.StartTls;

    protected override ValueTask<Completion> ExecuteAsync(ImapSession session, CancellationToken cancel) =>
        new(Completion.Ok("Begin TLS now") with { After = SecureAsync });

    private static async ValueTask<bool> SecureAsync(ImapSession session)
    {
        // What came along with the command was sent by somebody who is not inside TLS (CVE-2011-0411).
        if (session.Connection.HasBufferedInput)
        {
            session.Connection.End = ConnectionEnd.Dropped;
            return false;
        }

        return await session.Connection.SecureAsync();
    }
}
