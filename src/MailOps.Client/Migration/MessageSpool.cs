using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using MailOps.Client.Mailboxes.Wire;
using MailOps.Client.Sessions;

namespace MailOps.Client.Migration;

/// <summary>
/// The octets of one message on their way: in memory as long as they are few, else in a file that nobody else can open and that goes with
/// the process. However large a message is, it takes no more memory than <see cref="MaxInMemory"/>, and where many are on their way at the same
/// time, only the small ones are in memory.
/// </summary>
public sealed class MessageSpool : IDisposable
{
    /// <summary>Octets that are kept in memory.</summary>
    public const int MaxInMemory = 1024 * 1024;

    private const int Chunk = 64 * 1024;

    // What all of this process have in memory together, and what they may have before the next that is no small one goes into a file.
    private const long MostTogether = 16 * 1024 * 1024;
    private static long _together;

    private FileStream? _file;
    private byte[]? _octets;

    private MessageSpool(byte[]? octets, FileStream? file, long length) => (_octets, _file, Length) = (octets, file, length);

    /// <summary>Takes the next octets, which hold as long as the call.</summary>
    internal delegate ValueTask Sink(ReadOnlyMemory<byte> octets, CancellationToken cancel);

    /// <summary>How many octets.</summary>
    public long Length { get; private set; }

    /// <summary>What the message is told by: see <see cref="ContentHash"/>.</summary>
    public UInt128 Hash { get; private set; }

    /// <summary>How many octets it would be if every line ended with CRLF, as servers tell sizes (RFC 9051 section 2.3.4).</summary>
    public long CrlfLength { get; private set; }

    /// <summary>True if there is a NUL among them, which most servers take in no message (RFC 9051 section 9, <c>CHAR8</c>).</summary>
    public bool HasNul { get; private set; }

    /// <summary>True if there is a 0x80 among them that is no part of a character in UTF-8, as servers show a NUL.</summary>
    internal bool HasLone80 { get; private set; }

    /// <summary>Reads a message from a stream.</summary>
    /// <param name="input">The stream.</param>
    /// <param name="length">How many octets.</param>
    /// <param name="cancel">Ends the wait.</param>
    /// <exception cref="EndOfStreamException">The stream ended before.</exception>
    public static async Task<MessageSpool> ReadAsync(Stream input, long length, CancellationToken cancel)
    {
        var pipe = PipeReader.Create(input, new StreamPipeReaderOptions(leaveOpen: true));
        try
        {
            return await TakeAsync(pipe, length, pipe.ReadAsync, cancel).ConfigureAwait(false);
        }
        finally
        {
            await pipe.CompleteAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Takes the next octets of a pipe.</summary>
    /// <param name="input">The pipe; what is behind the message is left in it.</param>
    /// <param name="length">How many octets.</param>
    /// <param name="read">Reads on from the pipe: the next result, which is not empty.</param>
    /// <param name="cancel">Ends the wait.</param>
    /// <exception cref="EndOfStreamException">The pipe ended before.</exception>
    public static async Task<MessageSpool> TakeAsync(PipeReader input, long length, Func<CancellationToken, ValueTask<ReadResult>> read, CancellationToken cancel)
    {
        var spool = Make(length);
        try
        {
            using var hash = new ContentHash();
            for (long done = 0; done < length;)
            {
                var result = await read(cancel).ConfigureAwait(false);
                var part = result.Buffer.Slice(0, Math.Min(length - done, result.Buffer.Length));
                if (part.IsEmpty && result.IsCompleted)
                    throw new EndOfStreamException();
                foreach (var memory in part)
                {
                    await spool.PutAsync(memory, done, hash, cancel).ConfigureAwait(false);
                    done += memory.Length;
                }

                input.AdvanceTo(part.End);
            }

            (spool.Hash, spool.CrlfLength) = (hash.Finish(), hash.CrlfLength);
            return spool;
        }
        catch
        {
            spool.Dispose();
            throw;
        }
    }

    /// <summary>Collects a message of which nobody knows how long it is.</summary>
    /// <param name="fill">Gives its octets.</param>
    /// <param name="cancel">Ends the wait.</param>
    internal static async Task<MessageSpool> CollectAsync(Func<Sink, CancellationToken, Task> fill, CancellationToken cancel)
    {
        var spool = Make(Chunk);
        spool.Length = 0;
        try
        {
            using var hash = new ContentHash();
            await fill(
                async (octets, c) =>
                {
                    await spool.MakeRoomAsync(octets.Length, c).ConfigureAwait(false);
                    await spool.PutAsync(octets, spool.Length, hash, c).ConfigureAwait(false);
                    spool.Length += octets.Length;
                },
                cancel).ConfigureAwait(false);
            (spool.Hash, spool.CrlfLength) = (hash.Finish(), hash.CrlfLength);
            return spool;
        }
        catch
        {
            spool.Dispose();
            throw;
        }
    }

    /// <summary>The octets of a small message.</summary>
    public static MessageSpool Of(ReadOnlySpan<byte> octets)
    {
        using var hash = new ContentHash();
        hash.Append(octets);
        var spool = new MessageSpool(Rent(octets.Length), file: null, octets.Length) { Hash = hash.Finish(), CrlfLength = hash.CrlfLength, HasNul = octets.Contains((byte)0), HasLone80 = NulOctets.MayBeHidden(octets) };
        octets.CopyTo(spool._octets);
        return spool;
    }

    /// <summary>The octets from the first on, in pieces, each of which holds until the next is asked for. One reads at a time.</summary>
    public async IAsyncEnumerable<ReadOnlyMemory<byte>> PiecesAsync([EnumeratorCancellation] CancellationToken cancel)
    {
        if (_file is null)
        {
            yield return _octets.AsMemory(0, (int)Length);
            yield break;
        }

        var piece = ArrayPool<byte>.Shared.Rent(Chunk);
        try
        {
            _file.Position = 0;
            while (await _file.ReadAsync(piece, cancel).ConfigureAwait(false) is > 0 and var read)
                yield return piece.AsMemory(0, read);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(piece);
        }
    }

    /// <summary>The octets, of a message that is not too large for memory.</summary>
    internal byte[] ToArray()
    {
        if (_file is null)
            return _octets.AsSpan(0, (int)Length).ToArray();
        var octets = new byte[Length];
        _file.Position = 0;
        _file.ReadExactly(octets);
        return octets;
    }

    /// <summary>Writes the octets.</summary>
    public async Task WriteToAsync(Stream target, CancellationToken cancel)
    {
        await foreach (var piece in PiecesAsync(cancel).ConfigureAwait(false))
            await target.WriteAsync(piece, cancel).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _file?.Dispose();
        if (Interlocked.Exchange(ref _octets, null) is { } octets)
            Return(octets);
    }

    private static MessageSpool Make(long length) =>
        HasRoom(length) ? new MessageSpool(Rent((int)length), file: null, length) : new MessageSpool(octets: null, PrivateFile.Create(), length);

    private static bool HasRoom(long length) => length <= Chunk || (length <= MaxInMemory && Interlocked.Read(ref _together) + length <= MostTogether);

    private static byte[] Rent(int length)
    {
        var octets = ArrayPool<byte>.Shared.Rent(length);
        Interlocked.Add(ref _together, octets.Length);
        return octets;
    }

    private static void Return(byte[] octets)
    {
        Interlocked.Add(ref _together, -octets.Length);
        ArrayPool<byte>.Shared.Return(octets);
    }

    private async ValueTask MakeRoomAsync(int more, CancellationToken cancel)
    {
        if (_octets is not { } full || Length + more <= full.Length)
            return;
        if (HasRoom(Length + more))
        {
            _octets = Rent((int)Math.Min(MaxInMemory, 2 * (Length + more)));
            full.AsSpan(0, (int)Length).CopyTo(_octets);
        }
        else
        {
            _file = PrivateFile.Create();
            await _file.WriteAsync(full.AsMemory(0, (int)Length), cancel).ConfigureAwait(false);
            _octets = null;
        }

        Return(full);
    }

    private async ValueTask PutAsync(ReadOnlyMemory<byte> part, long offset, ContentHash hash, CancellationToken cancel)
    {
        hash.Append(part.Span);
        HasNul |= part.Span.Contains((byte)0);
        HasLone80 = HasLone80 || NulOctets.MayBeHidden(part.Span);
        if (_octets is not null)
            part.CopyTo(_octets.AsMemory((int)offset));
        else
            await _file!.WriteAsync(part, cancel).ConfigureAwait(false);
    }
}
