using System.Buffers;
using System.Text;

namespace MailOps.Client.Mboxes;

/// <summary>Writes messages one after another. Lines end with LF, as programs on the systems where these files live expect.</summary>
internal sealed class MboxWriter(Stream output, MboxDialect dialect)
{
    // Where the sender is looked for.
    private const int SeenOfHeader = 8 * 1024;

    private readonly ArrayBufferWriter<byte> _header = new();
    private readonly ArrayBufferWriter<byte> _body = new();

    /// <summary>Writes one, with the empty line behind it.</summary>
    public async Task WriteAsync(MboxMessage message, CancellationToken cancel)
    {
        var bodyLength = dialect is MboxDialect.Mboxcl or MboxDialect.Mboxcl2 ? await CountAsync(message, cancel).ConfigureAwait(false) : null;
        var split = new Split(dialect);
        var (hasBegun, isInBody) = (false, false);
        var last = (byte)'\n';
        await foreach (var piece in message.OpenAsync(cancel).ConfigureAwait(false))
        {
            split.Write(piece.Span, _header, _body);
            if (!hasBegun && !split.IsInBody && _header.WrittenCount < SeenOfHeader)
                continue;
            if (!hasBegun)
                WriteFromLine(message);
            hasBegun = true;
            last = Write(_header, last);
            if (split.IsInBody && !isInBody)
                last = WriteStoreFields(message, bodyLength, last);
            isInBody = split.IsInBody;
            last = Write(_body, last);
        }

        split.Finish(_header, _body);
        if (!hasBegun)
            WriteFromLine(message);
        last = Write(_header, last);
        if (!isInBody)
            last = WriteStoreFields(message, bodyLength, last);
        last = Write(_body, last);
        output.Write(last == '\n' ? "\n"u8 : "\n\n"u8);
    }

    // Without the empty line that ends the header; null if there is none.
    private async Task<long?> CountAsync(MboxMessage message, CancellationToken cancel)
    {
        var split = new Split(dialect);
        long octets = 0;
        await foreach (var piece in message.OpenAsync(cancel).ConfigureAwait(false))
        {
            split.Write(piece.Span, _header, _body);
            octets += Drop();
        }

        split.Finish(_header, _body);
        octets += Drop();
        return split.IsInBody ? octets - 1 : null;
    }

    private long Drop()
    {
        var octets = _body.WrittenCount;
        _body.ResetWrittenCount();
        _header.ResetWrittenCount();
        return octets;
    }

    private void WriteFromLine(MboxMessage message) =>
        output.Write(Encoding.UTF8.GetBytes(MboxFromLine.Format(message.Sender ?? ReturnPathOf(_header.WrittenSpan), message.Arrived) + "\n"));

    private byte WriteStoreFields(MboxMessage message, long? bodyLength, byte last)
    {
        if (last != '\n')
            output.Write("\n"u8);
        output.Write(Encoding.UTF8.GetBytes(MboxStoreFields.Format(message.Flags, bodyLength)));
        return (byte)'\n';
    }

    private byte Write(ArrayBufferWriter<byte> part, byte last)
    {
        var octets = part.WrittenSpan;
        if (octets.IsEmpty)
            return last;
        output.Write(octets);
        last = octets[^1];
        part.ResetWrittenCount();
        return last;
    }

    private static string ReturnPathOf(ReadOnlySpan<byte> header)
    {
        var text = Encoding.UTF8.GetString(header[..Math.Min(header.Length, SeenOfHeader)]);
        foreach (var line in text.Split('\n'))
        {
            if (line.StartsWith("Return-Path:", StringComparison.OrdinalIgnoreCase))
                return line["Return-Path:".Length..].Trim(' ', '\t', '<', '>');
        }

        return "";
    }

    /// <summary>Parts a message into its header and what follows, the empty line first, as both are written.</summary>
    private struct Split(MboxDialect dialect)
    {
        private MboxFromLines _quoted = new(isQuoting: true, isDeep: dialect == MboxDialect.Mboxrd);
        private int _carriageReturns;
        private bool _isAtLineStart = true;

        /// <summary>True once the header is whole.</summary>
        public bool IsInBody { get; private set; }

        public void Write(ReadOnlySpan<byte> octets, ArrayBufferWriter<byte> header, ArrayBufferWriter<byte> body)
        {
            // A CR that is not the line end's own stays, also right before it.
            while (!octets.IsEmpty)
            {
                if (_carriageReturns > 0 && octets[0] is not (byte)'\r')
                    PutCarriageReturns(isDropped: _carriageReturns == 1 && octets[0] == '\n', header, body);
                var cr = octets.IndexOf((byte)'\r');
                Put(cr < 0 ? octets : octets[..cr], header, body);
                _carriageReturns += cr < 0 ? 0 : 1;
                octets = cr < 0 ? [] : octets[(cr + 1)..];
            }
        }

        public void Finish(ArrayBufferWriter<byte> header, ArrayBufferWriter<byte> body)
        {
            PutCarriageReturns(isDropped: false, header, body);
            _quoted.Finish(body);
        }

        private void PutCarriageReturns(bool isDropped, ArrayBufferWriter<byte> header, ArrayBufferWriter<byte> body)
        {
            for (; _carriageReturns > 0; _carriageReturns--)
            {
                if (!isDropped)
                    Put("\r"u8, header, body);
            }
        }

        private void Put(ReadOnlySpan<byte> octets, ArrayBufferWriter<byte> header, ArrayBufferWriter<byte> body)
        {
            while (!IsInBody && !octets.IsEmpty)
            {
                if (_isAtLineStart && octets[0] == '\n')
                {
                    IsInBody = true;
                    break;
                }

                var end = octets.IndexOf((byte)'\n');
                var line = end < 0 ? octets : octets[..(end + 1)];
                header.Write(line);
                _isAtLineStart = end >= 0;
                octets = octets[line.Length..];
            }

            if (octets.IsEmpty)
                return;
            if (dialect == MboxDialect.Mboxcl2)
                body.Write(octets);
            else
                _quoted.Write(octets, body);
        }
    }
}
