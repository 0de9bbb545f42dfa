using MailOps.Messages;

namespace MailOps.Server.Imap.Fetch;

/// <summary>Writes BODY and BODYSTRUCTURE (RFC 3501 section 9, body).</summary>
internal static class BodyStructureWriter
{
    /// <summary>Writes a part.</summary>
    /// <param name="replies">The writer.</param>
    /// <param name="part">The part.</param>
    /// <param name="extended">True for BODYSTRUCTURE.</param>
    /// <param name="isRev2">True for IMAP4rev2: parameters that the message has in pieces are put together (RFC 9051 section 7.5.2), and a message/global is told as a message (section 9, media-message).</param>
    public static void Write(ImapReplyWriter replies, MessagePart part, bool extended, bool isRev2)
    {
        replies.Raw("("u8);
        if (part.IsMultipart)
            Multipart(replies, part, extended, isRev2);
        else
            Single(replies, part, extended, isRev2);
        replies.Raw(")"u8);
    }

    private static void Multipart(ImapReplyWriter replies, MessagePart part, bool extended, bool isRev2)
    {
        foreach (var child in part.Children)
            Write(replies, child, extended, isRev2);
        // The grammar wants at least one part: a multipart in which none was found tells of an empty one.
        if (part.Children.Count == 0)
            EmptyText(replies, extended);
        replies.Raw(" "u8);
        replies.String(part.Subtype);
        if (!extended)
            return;
        replies.Raw(" "u8);
        Parameters(replies, part.Parameters, isRev2);
        Extension(replies, part, isRev2);
    }

    private static void Single(ImapReplyWriter replies, MessagePart part, bool extended, bool isRev2)
    {
        replies.String(part.Type);
        replies.Raw(" "u8);
        replies.String(part.Subtype);
        replies.Raw(" "u8);
        Parameters(replies, part.Parameters, isRev2);
        replies.Raw(" "u8);
        replies.NString(part.Id);
        replies.Raw(" "u8);
        replies.NString(part.Description);
        replies.Raw(" "u8);
        replies.String(part.Encoding);
        replies.Raw(" "u8);
        replies.Number(part.Octets);
        var isMessage = part.IsMessage && (isRev2 || !part.IsGlobal);
        if (isMessage && part.Message is { } message)
        {
            replies.Raw(" "u8);
            EnvelopeWriter.Write(replies, message.Envelope);
            replies.Raw(" "u8);
            Write(replies, message.Root, extended, isRev2);
            replies.Raw(" "u8);
            replies.Number(part.Lines);
        }
        else if (isMessage)
        {
            // The grammar wants an envelope and a body: of a message that cannot be looked into they are empty.
            replies.Raw(" (NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL) "u8);
            EmptyText(replies, extended);
            replies.Raw(" "u8);
            replies.Number(part.Lines);
        }
        else if (part.IsText)
        {
            replies.Raw(" "u8);
            replies.Number(part.Lines);
        }

        if (!extended)
            return;
        replies.Raw(" "u8);
        replies.NString(part.Md5);
        Extension(replies, part, isRev2);
    }

    private static void EmptyText(ImapReplyWriter replies, bool extended)
    {
        replies.Raw("(\"text\" \"plain\" (\"charset\" \"us-ascii\") NIL NIL \"7bit\" 0 0"u8);
        replies.Raw(extended ? " NIL NIL NIL NIL)"u8 : ")"u8);
    }

    private static void Extension(ImapReplyWriter replies, MessagePart part, bool isRev2)
    {
        if (part.Disposition is { } disposition)
        {
            replies.Raw(" ("u8);
            replies.String(disposition);
            replies.Raw(" "u8);
            Parameters(replies, part.DispositionParameters, isRev2);
            replies.Raw(") "u8);
        }
        else
        {
            replies.Raw(" NIL "u8);
        }

        Languages(replies, part.Languages);
        replies.Raw(" "u8);
        replies.NString(part.Location);
    }

    private static void Languages(ImapReplyWriter replies, IReadOnlyList<string> languages)
    {
        if (languages.Count == 0)
        {
            replies.Raw("NIL"u8);
            return;
        }

        replies.Raw("("u8);
        for (var i = 0; i < languages.Count; i++)
        {
            if (i > 0)
                replies.Raw(" "u8);
            replies.String(languages[i]);
        }

        replies.Raw(")"u8);
    }

    private static void Parameters(ImapReplyWriter replies, IReadOnlyList<MimeParameter> written, bool isRev2)
    {
        var parameters = isRev2 ? ParameterContinuations.Join(written) : written;
        if (parameters.Count == 0)
        {
            replies.Raw("NIL"u8);
            return;
        }

        replies.Raw("("u8);
        for (var i = 0; i < parameters.Count; i++)
        {
            if (i > 0)
                replies.Raw(" "u8);
            replies.String(parameters[i].Name);
            replies.Raw(" "u8);
            replies.String(parameters[i].Value);
        }

        replies.Raw(")"u8);
    }
}
