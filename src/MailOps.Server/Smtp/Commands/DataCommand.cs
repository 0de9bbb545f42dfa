using MailOps.Smtp;

namespace MailOps.Server.Smtp.Commands;

/// <summary>DATA (RFC 5321 section 4.1.1.4): takes the message. 250 means that it is on disk.</summary>
internal sealed class DataCommand : SmtpCommand<NoArguments>
{
    public override string Name => "DATA";

    public override SmtpStates States => SmtpStates.Recipients;

    public override bool EndsGroup => true;

    protected override bool TryParse(ref SmtpReader reader, out NoArguments arguments)
    {
        arguments = default;
        return true;
    }

    protected override async ValueTask<SmtpReply> ExecuteAsync(SmtpSession session, NoArguments arguments, CancellationToken cancel)
    {
        // RFC 3030 section 3.
        if (session.Parameters.Body is MessageBody.Binary)
            return SmtpReplies.BadSequence("A message with BODY=BINARYMIME is sent with BDAT");

        await using var message = new IncomingMessage(session);
        message.Begin();
        var reply = session.Conclude(Name, await message.FinishAsync(await DataTransfer.ReceiveAsync(session, message), cancel));
        await session.ResetAsync();
        return reply;
    }
}
