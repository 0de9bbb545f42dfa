namespace MailOps.Maildir.Disk;

/// <summary>A file through .NET alone.</summary>
internal sealed class PortableFile(FileStream file, string path) : DiskFile
{
    public override FileFacts Facts => new(RandomAccess.GetLength(file.SafeFileHandle), new DateTimeOffset(File.GetLastWriteTimeUtc(file.SafeFileHandle)), 0);

    public override int Read(Span<byte> octets, long offset)
    {
        try
        {
            var read = 0;
            while (read < octets.Length)
            {
                var count = RandomAccess.Read(file.SafeFileHandle, octets[read..], offset + read);
                if (count == 0)
                    break;
                read += count;
            }

            return read;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw DiskErrors.From(error, "read", path);
        }
    }

    public override void Append(ReadOnlySpan<byte> octets)
    {
        try
        {
            RandomAccess.Write(file.SafeFileHandle, octets, RandomAccess.GetLength(file.SafeFileHandle));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw DiskErrors.From(error, "append to", path);
        }
    }

    /// <summary>The file is open for one writer alone: that is its lock.</summary>
    public override bool TryLock(bool exclusive) => true;

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            file.Dispose();
    }
}
