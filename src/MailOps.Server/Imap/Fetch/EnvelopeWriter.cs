using MailOps.Messages;

namespace MailOps.Server.Imap.Fetch;

/// <summary>Writes an envelope (RFC 3501 section 9, envelope).</summary>
internal static class EnvelopeWriter
{
    public static void Write(ImapReplyWriter replies, Envelope envelope)
    {
        replies.Raw("("u8);
        replies.NString(envelope.Date);
        replies.Raw(" "u8);
        replies.NString(envelope.Subject);
        Addresses(replies, envelope.From);
        Addresses(replies, envelope.Sender);
        Addresses(replies, envelope.ReplyTo);
        Addresses(replies, envelope.To);
        Addresses(replies, envelope.Cc);
        Addresses(replies, envelope.Bcc);
        replies.Raw(" "u8);
        replies.NString(envelope.InReplyTo);
        replies.Raw(" "u8);
        replies.NString(envelope.MessageId);
        replies.Raw(")"u8);
    }

    private static void Addresses(ImapReplyWriter replies, IReadOnlyList<EnvelopeAddress> addresses)
    {
        if (addresses.Count == 0)
        {
            replies.Raw(" NIL"u8);
            return;
        }

        replies.Raw(" ("u8);
        foreach (var address in addresses)
        {
            replies.Raw("("u8);
            replies.NString(address.Name);
            replies.Raw(" "u8);
            replies.NString(address.Route);
            replies.Raw(" "u8);
            replies.NString(address.Mailbox);
            replies.Raw(" "u8);
            replies.NString(address.Host);
            replies.Raw(")"u8);
        }

        replies.Raw(")"u8);
    }
}
