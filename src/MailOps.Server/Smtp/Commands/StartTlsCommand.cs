using MailOps.Server.Connections;
using MailOps.Smtp;

namespace MailOps.Server.Smtp.Commands;

/// <summary>STARTTLS (RFC 3207): secures the connection. Whatever came in the clear behind it ends the session.</summary>
internal sealed class StartTlsCommand : SmtpCommand<NoArguments>
{
    public override string Name => "STARTTLS";

    public override SmtpStates States => SmtpStates.Ready;

    public override bool IsLegalInClear => true;

    public override string? Announce(SmtpSession session) => session.Connection.CanStartTls ? Name : null;

    protected override bool TryParse(ref SmtpReader reader, out NoArguments arguments)
    {
        arguments = default;
        return true;
    }

    protected override async ValueTask<SmtpReply> ExecuteAsync(SmtpSession session, NoArguments arguments, CancellationToken cancel)
    {
        var connection = session.Connection;
        if (!connection.CanStartTls)
            return SmtpReplies.BadSequence("TLS is already on");

        if (connection.HasBufferedInput)
        {
            session.EndAs(ConnectionEnd.Dropped);
            return new SmtpReply(421, new EnhancedStatusCode(4, 5, 1), "Octets received after STARTTLS and before the handshake, closing connection");
        }

        session.Write(new SmtpReply(220, new EnhancedStatusCode(2, 0, 0), "Ready to start TLS"));
        await session.FlushAsync();
        if (await connection.SecureAsync())
        {
            await session.ForgetGreetingAsync();
            return SmtpReplies.Silent;
        }

        throw new IOException("The TLS handshake failed.");
    }
}
