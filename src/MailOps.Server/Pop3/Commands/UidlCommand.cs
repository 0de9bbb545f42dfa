using MailOps.Maildir;

namespace MailOps.Server.Pop3.Commands;

/// <summary>UIDL (RFC 1939 section 7): the unique id of each message, or of one.</summary>
internal sealed class UidlCommand : ListingCommand
{
    public override string Name => "UIDL";

    public override string? Announce(Pop3Session session) => Name;

    protected override string Header(Pop3Session session) => "Unique ids follow";

    protected override string Describe(Pop3Session session, MailboxMessage message) => session.Maildrop.UniqueId(message);
}
