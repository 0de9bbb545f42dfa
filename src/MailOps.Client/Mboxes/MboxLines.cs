using Microsoft.Win32.SafeHandles;

namespace MailOps.Client.Mboxes;

/// <summary>The lines of a file, one at a time, however long: where each begins and ends, and its first octets.</summary>
internal sealed class MboxLines(SafeFileHandle file, long length)
{
    private const int Room = 128 * 1024;

    private readonly byte[] _buffer = new byte[Room];
    private int _first;
    private int _last;
    private long _next;
    private int _shown;

    /// <summary>How much of the file is read.</summary>
    public long Length => length;

    /// <summary>Where the line begins.</summary>
    public long Offset { get; private set; }

    /// <summary>Where the next one begins.</summary>
    public long Next => _next - (_last - _first);

    /// <summary>The line without its end, or the first 64 KiB of a longer one. Until the next is read.</summary>
    public ReadOnlySpan<byte> Text
    {
        get
        {
            ReadOnlySpan<byte> line = _buffer.AsSpan(_first - _shown, _shown);
            if (line is [.., (byte)'\n'])
                line = line[..^1];
            return line is [.., (byte)'\r'] ? line[..^1] : line;
        }
    }

    /// <summary>True for an empty line.</summary>
    public bool IsBlank => Text.IsEmpty;

    /// <summary>Goes to a place in the file.</summary>
    public void Seek(long offset)
    {
        if (offset >= Next && offset <= _next)
        {
            _first = _last - (int)(_next - offset);
            return;
        }

        (_first, _last, _next, _shown) = (0, 0, offset, 0);
    }

    /// <summary>Reads the next line.</summary>
    /// <returns>False at the end of the file.</returns>
    public bool Read()
    {
        Offset = Next;
        _shown = 0;
        for (var searched = 0; ;)
        {
            var end = _buffer.AsSpan(_first + searched, _last - _first - searched).IndexOf((byte)'\n');
            if (end >= 0)
                return Show(searched + end + 1);
            searched = _last - _first;
            if (searched >= Room / 2)
                return Skip();
            if (!Fill())
                return searched > 0 && Show(searched);
        }
    }

    private bool Show(int octets)
    {
        _shown = octets;
        _first += octets;
        return true;
    }

    // Of a line that is longer, what was seen is kept at the front, and the rest only looked for its end.
    private bool Skip()
    {
        const int Kept = Room / 2;
        _buffer.AsSpan(_first, Kept).CopyTo(_buffer);
        (_first, _last, _next) = (Kept, Kept, Offset + Kept);
        while (true)
        {
            var read = ReadAt(_buffer.AsSpan(Kept));
            var end = _buffer.AsSpan(Kept, read).IndexOf((byte)'\n');
            _next += end < 0 ? read : end + 1;
            if (read == 0 || end >= 0)
                break;
        }

        _shown = Kept;
        return true;
    }

    private bool Fill()
    {
        if (_first > 0)
        {
            _buffer.AsSpan(_first, _last - _first).CopyTo(_buffer);
            (_first, _last) = (0, _last - _first);
        }

        var read = ReadAt(_buffer.AsSpan(_last));
        _last += read;
        _next += read;
        return read > 0;
    }

    private int ReadAt(Span<byte> room) =>
        RandomAccess.Read(file, room[..(int)Math.Min(room.Length, Math.Max(0, length - _next))], _next);
}
