using MailOps.Maildir.Disk;

namespace MailOps.Maildir;

/// <summary>A message on its way in: what is in its file already, and behind it what waits in memory.</summary>
internal sealed class WrittenBlob(DiskFile? file, long inFile, IReadOnlyList<ReadOnlyMemory<byte>> behind) : MessageBlob
{
    public override long Length { get; } = inFile + behind.Sum(part => (long)part.Length);

    public override int Read(Span<byte> octets, long offset)
    {
        var read = 0;
        if (offset < inFile)
        {
            read = file!.Read(octets.Length > inFile - offset ? octets[..(int)(inFile - offset)] : octets, offset);
            if (read < Math.Min(octets.Length, inFile - offset))
                throw new MailStoreException(StoreFault.Broken, "A message on its way in cannot be read: another program has shortened its file.");
        }

        var start = inFile;
        foreach (var part in behind)
        {
            var from = offset + read - start;
            if (read == octets.Length)
                break;
            if (from < part.Length)
            {
                var count = Math.Min(octets.Length - read, part.Length - (int)from);
                part.Span.Slice((int)from, count).CopyTo(octets[read..]);
                read += count;
            }

            start += part.Length;
        }

        return read;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            file?.Dispose();
    }
}
