using Microsoft.Win32.SafeHandles;

namespace MailOps.Server.Tracking;

/// <summary>Finds times in a file of the log without reading all of it.</summary>
internal static class TrackingTimes
{
    private const int Piece = 64 * 1024;

    /// <summary>The time of the last row of a file, as far as its end tells; the least of all times if there is none.</summary>
    public static DateTimeOffset LastOf(string path)
    {
        using var file = Open(path);
        if (file is null)
            return DateTimeOffset.MinValue;
        var length = RandomAccess.GetLength(file);
        var octets = new byte[Math.Min(length, Piece)];
        var text = octets.AsSpan(0, RandomAccess.Read(file, octets, length - octets.Length));
        var last = DateTimeOffset.MinValue;
        while (text.LastIndexOf((byte)'\n') is >= 0 and var end && last == DateTimeOffset.MinValue)
        {
            text = text[..end];
            var line = text[(text.LastIndexOf((byte)'\n') + 1)..];
            if (TrackingLine.TryTime(line, out var time))
                last = time;
        }

        return last;
    }

    /// <summary>Opens a file to read; null if it is gone.</summary>
    public static SafeFileHandle? Open(string path)
    {
        try
        {
            return File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    /// <summary>An offset in a file, not far before the first row of a time or later: none that lies before has it, where rows are in order.</summary>
    /// <param name="file">The file.</param>
    /// <param name="length">How much of it counts.</param>
    /// <param name="time">The time.</param>
    public static long Find(SafeFileHandle file, long length, DateTimeOffset time)
    {
        var text = System.Text.Encoding.ASCII.GetBytes(TrackingLine.TimeText(time));
        var octets = new byte[Piece];
        var (low, high) = (0L, length);
        while (high - low > Piece)
        {
            var middle = low + ((high - low) / 2);
            if (TimeFrom(file, octets, middle, high) is { Length: > 0 } found && found.SequenceCompareTo(text) < 0)
                low = middle;
            else
                high = middle;
        }

        return low;
    }

    // The time of the first row that begins behind an offset; empty if there is none before the end.
    private static ReadOnlySpan<byte> TimeFrom(SafeFileHandle file, byte[] octets, long offset, long end)
    {
        while (offset < end)
        {
            ReadOnlySpan<byte> text = octets.AsSpan(0, RandomAccess.Read(file, octets, offset));
            if (text.IsEmpty)
                return [];
            for (var at = text.IndexOf((byte)'\n'); at >= 0 && at + 1 + TrackingLine.TimeLength <= text.Length;)
            {
                var line = text[(at + 1)..];
                if (TrackingLine.TryTime(line, out _))
                    return line[..TrackingLine.TimeLength];
                var next = line.IndexOf((byte)'\n');
                at = next < 0 ? -1 : at + 1 + next;
            }

            offset += Math.Max(1, text.Length - TrackingLine.TimeLength);
        }

        return [];
    }
}
