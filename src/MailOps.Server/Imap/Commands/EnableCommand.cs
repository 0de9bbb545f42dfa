namespace MailOps.Server.Imap.Commands;

/// <summary>ENABLE (RFC 5161). No extension offered here waits to be enabled, so the answer names none.</summary>
internal sealed class EnableCommand : ImapCommand<NoArguments>
{
    public override string Name => "ENABLE";

    public override ImapStates States => ImapStates.LoggedIn;

    public override Capability? Requires => Capability.Enable;

    protected override bool TryParse(ref ImapReader reader, out NoArguments arguments)
    {
        arguments = default;
        do
        {
            if (!reader.Space() || !reader.Atom(out _))
                return false;
        }
        while (!reader.End);
        return true;
    }

    protected override ValueTask<Completion> ExecuteAsync(ImapSession session, NoArguments arguments, CancellationToken cancel)
    {
        session.Replies.Raw("* ENABLED\r\n"u8);
        return new(Completion.Ok("Nothing of these can be enabled"));
    }
}
