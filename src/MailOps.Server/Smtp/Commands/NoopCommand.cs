using MailOps.Smtp;

namespace MailOps.Server.Smtp.Commands;

/// <summary>NOOP (RFC 5321 section 4.1.1.9): nothing, with an argument that is ignored.</summary>
internal sealed class NoopCommand : SmtpCommand<NoArguments>
{
    public override string Name => "NOOP";

    public override SmtpStates States => SmtpStates.Any;

    public override bool IsJunk => true;

    public override bool IsLegalInClear => true;

    protected override bool TryParse(ref SmtpReader reader, out NoArguments arguments)
    {
        arguments = default;
        return reader.Text(out _);
    }

    protected override ValueTask<SmtpReply> ExecuteAsync(SmtpSession session, NoArguments arguments, CancellationToken cancel) =>
        ValueTask.FromResult(SmtpReplies.Ok);
}
