using MailOps.Smtp;

namespace MailOps.Server.Smtp.Commands;

/// <summary>RSET (RFC 5321 section 4.1.1.5): gives the transaction up.</summary>
internal sealed class RsetCommand : SmtpCommand<NoArguments>
{
    public override string Name => "RSET";

    public override SmtpStates States => SmtpStates.Any;

    public override bool IsJunk => true;

    protected override bool TryParse(ref SmtpReader reader, out NoArguments arguments)
    {
        arguments = default;
        return true;
    }

    protected override async ValueTask<SmtpReply> ExecuteAsync(SmtpSession session, NoArguments arguments, CancellationToken cancel)
    {
        await session.ResetAsync();
        return SmtpReplies.Ok;
    }
}
