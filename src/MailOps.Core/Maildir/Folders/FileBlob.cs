using MailOps.Maildir.Disk;

namespace MailOps.Maildir.Folders;

/// <summary>A message's file whose octets are sent as they are.</summary>
internal sealed class FileBlob(DiskFile file, long length) : MessageBlob
{
    public override long Length => length;

    public override int Read(Span<byte> octets, long offset)
    {
        if (offset >= length)
            return 0;
        // No call at the end only to learn that it is the end.
        return file.Read(octets.Length > length - offset ? octets[..(int)(length - offset)] : octets, offset);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            file.Dispose();
    }
}
