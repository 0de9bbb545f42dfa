using System.Text;
using MailOps.Maildir;
using MailOps.Maildir.Disk;

namespace MailOps.Server.Queue.Spooling;

/// <summary>A message of the spool, open: its envelope, what has become of it, and its octets.</summary>
internal sealed class SpooledMessage : IDisposable
{
    private readonly DiskFile _file;

    private SpooledMessage(DiskFile file, QueueEntry entry, Envelope envelope, IEnumerable<SpoolRecord> records)
    {
        _file = file;
        Entry = entry;
        Envelope = envelope;
        Recipients = [.. envelope.Recipients.Select((recipient, i) => new RecipientState(i + 1, recipient))];
        foreach (var record in records)
            Take(record);
    }

    /// <summary>Its place in the queue.</summary>
    public QueueEntry Entry { get; }

    /// <summary>Its envelope.</summary>
    public Envelope Envelope { get; }

    /// <summary>What has become of each recipient, in the envelope's order.</summary>
    public IReadOnlyList<RecipientState> Recipients { get; }

    /// <summary>The message's octets as they are sent. Read by one at a time, while this is open; not to be closed.</summary>
    public MessageBlob Content => field ??= Envelope.Prepend is { } fields ? new PrefixedBlob(Encoding.UTF8.GetBytes(fields), Unsigned) : Unsigned;

    /// <summary>As <see cref="Content"/>, without the signatures of this server.</summary>
    public MessageBlob Unsigned => field ??= new WrittenBlob(_file, Entry.Size, []);

    /// <summary>Reads the envelope out of a file, which is closed with the message.</summary>
    /// <returns>The message, or null if the file does not hold all of it: it is then closed.</returns>
    public static SpooledMessage? TryRead(DiskFile file, QueueEntry entry)
    {
        var length = file.Facts.Length - entry.Size;
        if (length > 0 && length <= Array.MaxLength)
        {
            var text = new byte[length];
            if (file.Read(text, entry.Size) == length && SpoolText.TryRead(text, out var envelope, out var records))
                return new SpooledMessage(file, entry, envelope, records);
        }

        file.Dispose();
        return null;
    }

    /// <summary>Takes in what was written into the file since.</summary>
    public void Take(SpoolRecord record)
    {
        foreach (var number in record.Recipients)
        {
            if (number >= 1 && number <= Recipients.Count)
                Recipients[number - 1].Take(record);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();
}
