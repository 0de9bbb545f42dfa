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

    /// <summary>Writes the envelope of a digest.</summary>
    public static void Write(ImapReplyWriter replies, MessageDigest digest)
    {
        var envelope = digest.Envelope;
        var reply = replies.OpenSpan();
        reply.Raw("("u8);
        Text(ref reply, ref envelope);
        reply.Raw(" "u8);
        Text(ref reply, ref envelope);
        for (var list = 0; list < 6; list++)
            Addresses(ref reply, envelope.Addresses());
        reply.Raw(" "u8);
        Text(ref reply, ref envelope);
        reply.Raw(" "u8);
        Text(ref reply, ref envelope);
        reply.Raw(")"u8);
        reply.Close();
    }

    private static void Text(ref ReplySpan reply, ref EnvelopeReader envelope)
    {
        var isThere = envelope.Text(out var text);
        reply.NString(text, isThere);
    }

    private static void Addresses(ref ReplySpan reply, AddressReader addresses)
    {
        if (addresses.IsAtEnd)
        {
            reply.Raw(" NIL"u8);
            return;
        }

        reply.Raw(" ("u8);
        while (addresses.MoveNext())
        {
            reply.Raw("("u8);
            reply.NString(addresses.Name, addresses.HasName);
            reply.Raw(" "u8);
            reply.NString(addresses.Route, addresses.HasRoute);
            reply.Raw(" "u8);
            reply.NString(addresses.Mailbox, addresses.HasMailbox);
            reply.Raw(" "u8);
            reply.NString(addresses.Host, addresses.HasHost);
            reply.Raw(")"u8);
        }

        reply.Raw(")"u8);
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
