namespace MailOps.Server.Imap.Commands;

/// <summary>A command whose one argument is the name of a mailbox.</summary>
internal abstract class MailboxCommand : ImapCommand<string>
{
    public override ImapStates States => ImapStates.LoggedIn;

    protected sealed override bool TryParse(ref ImapReader reader, out string arguments)
    {
        arguments = "";
        return reader.Space() && reader.Mailbox(out arguments);
    }
}
