using MailOps.Smtp;

namespace MailOps.Server.Smtp.Commands;

/// <summary>HELP (RFC 5321 section 4.1.1.8): the commands, from the table.</summary>
internal sealed class HelpCommand : SmtpCommand<string>
{
    public override string Name => "HELP";

    public override SmtpStates States => SmtpStates.Any;

    public override bool IsJunk => true;

    public override bool IsLegalInClear => true;

    public override string Usage => "HELP [command]";

    protected override bool TryParse(ref SmtpReader reader, out string arguments)
    {
        reader.Space();
        return reader.Text(out arguments);
    }

    protected override ValueTask<SmtpReply> ExecuteAsync(SmtpSession session, string arguments, CancellationToken cancel)
    {
        var commands = SmtpProtocol.CommandsOf(session.Options.Role);
        var about = commands.FirstOrDefault(command => command.Name.Equals(arguments.Trim(), StringComparison.OrdinalIgnoreCase));
        var text = about?.Usage ?? $"Commands: {string.Join(' ', commands.Select(command => command.Name))}";
        return ValueTask.FromResult(new SmtpReply(214, new EnhancedStatusCode(2, 0, 0), text));
    }
}
