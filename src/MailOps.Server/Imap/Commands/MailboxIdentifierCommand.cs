namespace MailOps.Server.Imap.Commands;

/// <summary>A command whose arguments are a mailbox and an identifier of RFC 4314.</summary>
internal abstract class MailboxIdentifierCommand : ImapCommand<MailboxIdentifier>
{
    public sealed override ImapStates States => ImapStates.LoggedIn;

    public sealed override Capability? Requires => Capability.Acl;

    protected sealed override bool TryParse(ref ImapReader reader, out MailboxIdentifier arguments)
    {
        arguments = default;
        if (!(reader.Space() && reader.Mailbox(out var mailbox) && reader.Space() && reader.AString(out var identifier)))
            return false;
        arguments = new MailboxIdentifier(mailbox, identifier);
        return true;
    }
}

/// <summary>A mailbox, and whose rights on it.</summary>
internal readonly record struct MailboxIdentifier(string Mailbox, string Identifier);
