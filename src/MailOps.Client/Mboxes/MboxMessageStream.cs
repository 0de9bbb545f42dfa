using System.Buffers;
using Microsoft.Win32.SafeHandles;

namespace MailOps.Client.Mboxes;

/// <summary>The octets of one message: without what the file's keeper put into its header, and with the lines of its body as they were.</summary>
internal sealed class MboxMessageStream(SafeFileHandle file, MboxEntry message) : Stream
{
    private readonly byte[] _input = new byte[(int)Math.Clamp(message.End - message.HeaderOffset, 1, 64 * 1024)];
    private readonly ArrayBufferWriter<byte> _output = new();
    private MboxFromLines _lines = new(isQuoting: false, isDeep: message.Dialect == MboxDialect.Mboxrd);
    private long _offset = message.HeaderOffset;
    private int _taken;
    private bool _isFinished;

    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => false;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        while (_taken == _output.WrittenCount)
        {
            if (_isFinished || buffer.IsEmpty)
                return 0;
            _output.ResetWrittenCount();
            _taken = 0;
            Advance();
        }

        var octets = _output.WrittenSpan[_taken..];
        octets = octets[..Math.Min(octets.Length, buffer.Length)];
        octets.CopyTo(buffer);
        _taken += octets.Length;
        return octets.Length;
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return ValueTask.FromResult(Read(buffer.Span));
    }

    /// <inheritdoc/>
    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <inheritdoc/>
    public override void Flush()
    {
    }

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    private void Advance()
    {
        if (_offset == message.StoreFieldsOffset)
            _offset = message.StoreFieldsEnd;
        var limit = _offset < message.StoreFieldsOffset ? message.StoreFieldsOffset : _offset < message.BodyOffset ? message.BodyOffset : message.End;
        var room = _input.AsSpan(0, (int)Math.Min(_input.Length, limit - _offset));
        var read = room.IsEmpty ? 0 : RandomAccess.Read(file, room, _offset);
        if (read == 0)
        {
            if (_offset < message.End)
                throw new EndOfStreamException("The file became shorter while it was read.");
            _lines.Finish(_output);
            _isFinished = true;
            return;
        }

        if (_offset < message.BodyOffset || message.Dialect == MboxDialect.Mboxcl2)
            _output.Write(room[..read]);
        else
            _lines.Write(room[..read], _output);
        _offset += read;
    }
}
