namespace MailOps.Client.Sessions;

/// <summary>Octets whose number is not known before: in memory as long as they are few, else in a file that nobody else can open and that goes with them.</summary>
internal sealed class OctetSpool : IDisposable
{
    private const int MostInMemory = 1024 * 1024;

    private Stream _stream = new MemoryStream();

    /// <summary>Adds octets.</summary>
    public void Write(ReadOnlySpan<byte> octets)
    {
        if (_stream is MemoryStream memory && memory.Length + octets.Length > MostInMemory)
        {
            _stream = PrivateFile.Create();
            memory.WriteTo(_stream);
        }

        _stream.Write(octets);
    }

    /// <summary>Adds all that is left of a stream.</summary>
    public async Task WriteAsync(Stream source, CancellationToken cancel)
    {
        var chunk = new byte[64 * 1024];
        int read;
        while ((read = await source.ReadAsync(chunk, cancel).ConfigureAwait(false)) > 0)
            Write(chunk.AsSpan(0, read));
    }

    /// <summary>Gives the octets away, at their start. The spool is empty after that.</summary>
    public Stream Take()
    {
        var stream = _stream;
        _stream = Stream.Null;
        stream.Position = 0;
        return stream;
    }

    /// <inheritdoc/>
    public void Dispose() => _stream.Dispose();
}
