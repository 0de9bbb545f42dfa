using System.Buffers;
using System.Globalization;
using MailOps.Client.Sessions;

namespace MailOps.Client.Mailboxes;

/// <summary>A message that is to be put into a folder: its octets, from where they lie, with CRLF at the end of each line.</summary>
public sealed class MessageToAdd : IAsyncDisposable
{
    private const int Chunk = 64 * 1024;

    private readonly Stream _octets;
    private readonly long _start;

    private MessageToAdd(Stream octets, long start, long length) => (_octets, _start, Length) = (octets, start, length);

    /// <summary>Octets as they are sent.</summary>
    public long Length { get; }

    /// <summary>Flags such as <c>\Seen</c>, and keywords.</summary>
    public required IReadOnlyCollection<string> Flags { get; init; }

    /// <summary>When it arrived; null for when the server gets it.</summary>
    public required DateTimeOffset? InternalDate { get; init; }

    /// <summary>What it was made of, for who reads results.</summary>
    public required string? Source { get; init; }

    /// <summary>Reads a message once, to know its length. A stream that cannot go back is kept in a file that goes with it.</summary>
    /// <param name="content">The message. It is disposed with what is returned, or where that fails.</param>
    /// <param name="flags">Its flags and keywords.</param>
    /// <param name="arrived">When it arrived; null for when the server gets it.</param>
    /// <param name="source">What it was made of, for who reads results.</param>
    /// <param name="cancel">Ends the reading.</param>
    /// <exception cref="ArgumentException">It has no octets, or a NUL, which a message over IMAP has not (RFC 9051 section 4.3).</exception>
    /// <exception cref="Maildirs.MaildirException">A flag is none.</exception>
    public static async Task<MessageToAdd> PrepareAsync(MessageContent content, IReadOnlyCollection<string> flags, DateTimeOffset? arrived, string? source, CancellationToken cancel)
    {
        var octets = content.Stream;
        try
        {
            _ = MessageFlagNames.Parse(flags);
            if (!octets.CanSeek)
                octets = await SpoolAsync(octets, cancel).ConfigureAwait(false);
            var start = octets.Position;
            var length = 0L;
            await foreach (var lines in LinesAsync(octets, cancel).ConfigureAwait(false))
            {
                if (lines.Span.IndexOf((byte)0) is >= 0 and var at)
                    throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"The message has a NUL at octet {length + at + 1}, and IMAP carries none (RFC 9051 section 4.3). Take it out, or encode the part that it is in."));
                length += lines.Length;
            }

            if (length == 0)
                throw new ArgumentException("The message has no octets. A message has at least a line of its header.");
            return new MessageToAdd(octets, start, length) { Flags = flags, InternalDate = arrived, Source = source };
        }
        catch
        {
            await octets.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _octets.DisposeAsync();

    /// <summary>Writes all octets, those that were counted: a server that was told a length waits for so many, and takes what is more for the next command.</summary>
    /// <exception cref="IOException">The message is another than when it was counted.</exception>
    internal async Task WriteAsync(Stream destination, Action? progressed, CancellationToken cancel)
    {
        _octets.Position = _start;
        var left = Length;
        await foreach (var lines in LinesAsync(_octets, cancel).ConfigureAwait(false))
        {
            if ((left -= lines.Length) < 0)
                throw Changed();
            await destination.WriteAsync(lines, cancel).ConfigureAwait(false);
            progressed?.Invoke();
        }

        if (left > 0)
            throw Changed();
    }

    private IOException Changed() => new($"{Source ?? "The message"} changed while it was sent. It was not added.");

    // The octets with CRLF in the place of each bare LF, chunk by chunk. Each chunk is gone when the next one is asked for.
    private static async IAsyncEnumerable<ReadOnlyMemory<byte>> LinesAsync(Stream octets, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancel)
    {
        var chunk = ArrayPool<byte>.Shared.Rent(Chunk);
        var lines = new ArrayBufferWriter<byte>(Chunk);
        try
        {
            var afterCr = false;
            int read;
            while ((read = await octets.ReadAsync(chunk.AsMemory(0, Chunk), cancel).ConfigureAwait(false)) > 0)
            {
                var bare = Convert(chunk.AsSpan(0, read), ref afterCr, lines);
                yield return bare ? lines.WrittenMemory : chunk.AsMemory(0, read);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(chunk);
        }
    }

    // True if there was a bare LF, and the result is in what was written.
    private static bool Convert(ReadOnlySpan<byte> octets, ref bool afterCr, ArrayBufferWriter<byte> lines)
    {
        lines.ResetWrittenCount();
        var done = 0;
        for (var at = 0; at < octets.Length;)
        {
            var next = octets[at..].IndexOf((byte)'\n');
            if (next < 0)
                break;
            at += next;
            if (!(at > 0 ? octets[at - 1] == '\r' : afterCr))
            {
                lines.Write(octets[done..at]);
                lines.Write("\r\n"u8);
                done = at + 1;
            }

            at++;
        }

        afterCr = octets[^1] == '\r';
        if (done == 0)
            return false;
        lines.Write(octets[done..]);
        return true;
    }

    private static async Task<Stream> SpoolAsync(Stream octets, CancellationToken cancel)
    {
        var spool = PrivateFile.Create();
        try
        {
            await octets.CopyToAsync(spool, cancel).ConfigureAwait(false);
            spool.Position = 0;
            return spool;
        }
        catch
        {
            await spool.DisposeAsync().ConfigureAwait(false);
            throw;
        }
        finally
        {
            await octets.DisposeAsync().ConfigureAwait(false);
        }
    }
}
