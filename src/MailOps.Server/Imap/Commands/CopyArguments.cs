namespace MailOps.Server.Imap.Commands;

/// <summary>Messages and the mailbox they go to.</summary>
internal readonly record struct CopyArguments(SequenceSet Messages, string Mailbox)
{
    public static bool TryParse(ref ImapReader reader, out CopyArguments arguments)
    {
        arguments = default;
        if (!(reader.Space() && reader.SequenceSet(out var messages) && reader.Space() && reader.Mailbox(out var mailbox)))
            return false;
        arguments = new CopyArguments(messages, mailbox);
        return true;
    }
}
