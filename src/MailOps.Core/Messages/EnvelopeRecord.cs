namespace MailOps.Messages;

/// <summary>Writes envelopes into records.</summary>
internal static class EnvelopeRecord
{
    /// <summary>Writes an envelope that was read before.</summary>
    public static void Write(RecordWriter record, Envelope envelope)
    {
        record.Text(envelope.Date);
        record.Text(envelope.Subject);
        Write(record, envelope.From);
        WriteUnless(ReferenceEquals(envelope.Sender, envelope.From), record, envelope.Sender);
        WriteUnless(ReferenceEquals(envelope.ReplyTo, envelope.From), record, envelope.ReplyTo);
        Write(record, envelope.To);
        Write(record, envelope.Cc);
        Write(record, envelope.Bcc);
        record.Text(envelope.InReplyTo);
        record.Text(envelope.MessageId);
    }

    /// <summary>Writes a list of addresses.</summary>
    public static void Write(RecordWriter record, IReadOnlyList<EnvelopeAddress> addresses)
    {
        var length = record.Fixed(0);
        foreach (var address in addresses)
        {
            record.Text(address.Name);
            record.Text(address.Route);
            record.Text(address.Mailbox);
            record.Text(address.Host);
        }

        record.SetFixed(length, (uint)(record.Length - length - 4));
    }

    private static void WriteUnless(bool isFrom, RecordWriter record, IReadOnlyList<EnvelopeAddress> addresses)
    {
        if (isFrom)
            record.Fixed(EnvelopeReader.SameAsFrom);
        else
            Write(record, addresses);
    }
}
