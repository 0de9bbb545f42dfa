using MailOps.Smtp;

namespace MailOps.Server.Smtp.Commands;

/// <summary>EHLO (RFC 5321 section 4.1.1.1): the greeting that is answered with the extensions.</summary>
internal class EhloCommand : SmtpCommand<string>
{
    public override string Name => "EHLO";

    public override SmtpStates States => SmtpStates.Any;

    public override bool EndsGroup => true;

    public override bool IsJunk => true;

    public override bool IsLegalInClear => true;

    public override string Usage => $"{Name} hostname";

    protected override bool TryParse(ref SmtpReader reader, out string arguments)
    {
        arguments = "";
        return reader.Space() && reader.Word(out arguments);
    }

    protected override async ValueTask<SmtpReply> ExecuteAsync(SmtpSession session, string arguments, CancellationToken cancel)
    {
        await session.GreetAsync(arguments, extended: true);
        return new SmtpReply(250, null,
        [
            session.Options.HostName,
            .. SmtpProtocol.Extensions.Select(extension => extension(session)).OfType<string>(),
            .. SmtpProtocol.CommandsOf(session.Options.Role).Select(command => command.Announce(session)).OfType<string>(),
        ]);
    }
}
