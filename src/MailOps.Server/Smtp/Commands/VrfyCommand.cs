using MailOps.Smtp;

namespace MailOps.Server.Smtp.Commands;

/// <summary>VRFY (RFC 5321 section 3.5): answered without telling who has an account (section 7.3).</summary>
internal sealed class VrfyCommand : SmtpCommand<string>
{
    public override string Name => "VRFY";

    public override SmtpStates States => SmtpStates.Any;

    public override string Usage => "VRFY address";

    protected override bool TryParse(ref SmtpReader reader, out string arguments)
    {
        arguments = "";
        return reader.Space() && reader.Text(out arguments) && arguments.Length > 0;
    }

    protected override ValueTask<SmtpReply> ExecuteAsync(SmtpSession session, string arguments, CancellationToken cancel) =>
        ValueTask.FromResult(new SmtpReply(252, new EnhancedStatusCode(2, 5, 0), "Addresses are not verified here; send the message and it will be tried"));
}
