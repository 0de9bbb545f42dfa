using System.Buffers;
using MailOps.Maildir;

namespace MailOps.Messages;

/// <summary>Makes records of messages, one after the other.</summary>
internal sealed class RecordMaker
{
    private const int FirstRead = 8 * 1024;

    private readonly DigestBuilder _digest = new();
    private readonly RecordWriter _record = new();

    /// <summary>Makes a digest of the first octets of a message, if its header is an ordinary one.</summary>
    /// <param name="octets">The message from its first octet on, line ends as CRLF, at least to the end of its header.</param>
    /// <param name="record">The digest; valid until the next is made.</param>
    public bool TryMakeDigest(ReadOnlySpan<byte> octets, out ReadOnlySpan<byte> record)
    {
        var isMade = _digest.TryBuild(octets);
        record = _digest.Record;
        return isMade;
    }

    /// <summary>Makes a record of an open message, whatever octets that is made of.</summary>
    /// <param name="kind">Which.</param>
    /// <param name="message">The message.</param>
    /// <param name="cancel">Ends the reading.</param>
    /// <returns>Valid until the next is made.</returns>
    public async ValueTask<ReadOnlyMemory<byte>> MakeAsync(RecordKind kind, MessageBlob message, CancellationToken cancel)
    {
        if (kind == RecordKind.Digest)
        {
            if (!await TryMakeDigestAsync(message, cancel).ConfigureAwait(false))
                _digest.Build(await MessageHeader.ReadAsync(message.AsStream(), cancel).ConfigureAwait(false));
            return _digest.RecordMemory;
        }

        var structure = await MessageStructure.ReadAsync(message, cancel).ConfigureAwait(false);
        _record.RewindTo(0);
        if (kind == RecordKind.Structure)
            StructureRecord.Write(_record, structure);
        else
            _record.Raw(System.Text.Encoding.UTF8.GetBytes(MessagePreview.Read(message, structure)));
        return _record.WrittenMemory;
    }

    private async ValueTask<bool> TryMakeDigestAsync(MessageBlob message, CancellationToken cancel)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(DigestBuilder.MaxOrdinary);
        try
        {
            var length = (int)Math.Min(message.Length, DigestBuilder.MaxOrdinary);
            foreach (var wanted in (int[])[Math.Min(length, FirstRead), length])
            {
                var read = await message.ReadAsync(buffer.AsMemory(0, wanted), 0, cancel).ConfigureAwait(false);
                if (HeaderScanner.EndOfHeader(buffer.AsSpan(0, read)) is >= 0 and var end)
                    return _digest.TryBuild(buffer.AsSpan(0, end));
            }

            return false;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
