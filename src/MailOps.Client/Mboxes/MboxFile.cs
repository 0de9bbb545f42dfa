using Microsoft.Win32.SafeHandles;

namespace MailOps.Client.Mboxes;

/// <summary>A file of many messages, open to be read. Octets come as they were before they were put into the file.</summary>
public sealed class MboxFile : IDisposable
{
    private readonly SafeFileHandle _file;
    private readonly MboxDialect? _dialect;

    private MboxFile(string path, SafeFileHandle file, MboxDialect? dialect) =>
        (Path, _file, _dialect, Length) = (path, file, dialect, RandomAccess.GetLength(file));

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>Its octets when it was opened: what others add later is not read.</summary>
    public long Length { get; }

    /// <summary>Opens a file. Nothing is changed.</summary>
    /// <param name="path">The file.</param>
    /// <param name="dialect">Its dialect; null to find out: <see cref="MboxDialect.Mboxcl2"/> for messages whose Content-Length is right, and <see cref="MboxDialect.Mboxrd"/> for others.</param>
    /// <exception cref="IOException">It is not there, or cannot be read.</exception>
    public static MboxFile Open(string path, MboxDialect? dialect = null) =>
        new(path, File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete), dialect);

    /// <summary>True for a file that begins as these do, and for an empty one.</summary>
    public static bool IsOne(string path)
    {
        Span<byte> start = stackalloc byte[64];
        using var file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        ReadOnlySpan<byte> read = start[..RandomAccess.Read(file, start, 0)];
        return read.IsEmpty || read.TrimStart("\r\n"u8).StartsWith(MboxFromLine.Start);
    }

    /// <summary>Finds its messages, one after another, without reading what is not needed for that.</summary>
    /// <exception cref="FormatException">It is no file of messages.</exception>
    public IEnumerable<MboxEntry> Entries()
    {
        var scanner = new MboxScanner(_file, Length, _dialect);
        while (Next(scanner) is { } entry)
            yield return entry;
    }

    /// <summary>The octets of a message. Several may be read at once.</summary>
    public Stream OpenRead(MboxEntry message) => new MboxMessageStream(_file, message);

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private MboxEntry? Next(MboxScanner scanner)
    {
        try
        {
            return scanner.Next();
        }
        catch (FormatException e)
        {
            throw new FormatException($"{Path} cannot be read: {e.Message}", e);
        }
    }
}
