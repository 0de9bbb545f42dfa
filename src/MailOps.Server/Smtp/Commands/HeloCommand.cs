using MailOps.Smtp;

namespace MailOps.Server.Smtp.Commands;

/// <summary>HELO (RFC 5321 section 4.1.1.1): the greeting without extensions.</summary>
internal sealed class HeloCommand : SmtpCommand<string>
{
    public override string Name => "HELO";

    public override SmtpStates States => SmtpStates.Any;

    public override bool EndsGroup => true;

    public override bool IsJunk => true;

    public override bool IsLegalInClear => true;

    public override string Usage => "HELO hostname";

    protected override bool TryParse(ref SmtpReader reader, out string arguments)
    {
        arguments = "";
        return reader.Space() && reader.Word(out arguments);
    }

    protected override async ValueTask<SmtpReply> ExecuteAsync(SmtpSession session, string arguments, CancellationToken cancel)
    {
        await session.GreetAsync(arguments, extended: false);
        return new SmtpReply(250, null, session.Options.HostName);
    }
}
