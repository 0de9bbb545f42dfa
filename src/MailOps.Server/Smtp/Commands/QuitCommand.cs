using MailOps.Server.Connections;
using MailOps.Smtp;

namespace MailOps.Server.Smtp.Commands;

/// <summary>QUIT (RFC 5321 section 4.1.1.10): ends the session. A transaction under way is given up.</summary>
internal sealed class QuitCommand : SmtpCommand<NoArguments>
{
    public override string Name => "QUIT";

    public override SmtpStates States => SmtpStates.Any;

    public override bool IsLegalInClear => true;

    protected override bool TryParse(ref SmtpReader reader, out NoArguments arguments)
    {
        arguments = default;
        return true;
    }

    protected override ValueTask<SmtpReply> ExecuteAsync(SmtpSession session, NoArguments arguments, CancellationToken cancel)
    {
        session.EndAs(ConnectionEnd.Completed);
        return ValueTask.FromResult(SmtpReplies.Goodbye);
    }
}
