using MailOps.Maildir;

namespace MailOps.Server.Pop3.Commands;

/// <summary>LIST (RFC 1939 section 5): the exact octets of each message as sent, or of one.</summary>
internal sealed class ListCommand : ListingCommand
{
    public override string Name => "LIST";

    protected override string Header(Pop3Session session) => $"{session.Maildrop.Count} messages ({session.Maildrop.Size} octets)";

    protected override string Describe(Pop3Session session, MailboxMessage message) => message.Size.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
