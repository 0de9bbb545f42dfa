using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using MailOps.Maildir.Disk;

namespace MailOps.Client.Mboxes;

/// <summary>
/// Adds messages to a file of many: all of them or none, durably. What is to be added is written aside first, into <c>.NAME.append</c>; whoever
/// next adds to the file after a kill or a cut of the power finds that and takes away what is half written. Where another program has changed the
/// file since, it stays as it is. Who only reads changes nothing.
/// </summary>
public static class MboxAppend
{
    private const long MostInCommon = 1024 * 1024;
    private const int MarkLength = sizeof(long) + SHA256.HashSizeInBytes;
    private const int MarkedOctets = 64 * 1024;

    /// <summary>How long another program may keep the file locked.</summary>
    public static TimeSpan Patience { get; } = TimeSpan.FromSeconds(30);

    /// <summary>Adds messages.</summary>
    /// <param name="path">The file; made if it is not there.</param>
    /// <param name="dialect">How they are written; the file's others stay what they are.</param>
    /// <param name="messages">The messages, in their order.</param>
    /// <param name="cancel">Ends the work: nothing was added then.</param>
    /// <exception cref="IOException">The file cannot be written, or is locked for longer than <see cref="Patience"/>: nothing was added.</exception>
    public static async Task AppendAsync(string path, MboxDialect dialect, IReadOnlyList<MboxMessage> messages, CancellationToken cancel)
    {
        using var taken = await MboxLock.TakeAsync(path, Patience, cancel).ConfigureAwait(false);
        Recover(path);
        await using var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        var (before, aside) = (file.Length, AsideOf(path));
        var part = aside + ".part";
        // Made anew, so that nobody else's file or link is written to.
        File.Delete(part);
        try
        {
            await using (var output = new FileStream(part, FileMode.CreateNew, FileAccess.Write, FileShare.None))
            {
                output.Write(Mark(file, before));
                output.Write(Gap(file));
                var writer = new MboxWriter(output, dialect);
                foreach (var message in messages)
                    await writer.WriteAsync(message, cancel).ConfigureAwait(false);
                output.Flush(flushToDisk: true);
            }

            cancel.ThrowIfCancellationRequested();
            File.Move(part, aside, overwrite: true);
            PortableCalls.SyncName(path);
        }
        catch
        {
            File.Delete(part);
            throw;
        }

        try
        {
            await using var input = File.OpenRead(aside);
            input.Position = MarkLength;
            file.Position = before;
            await input.CopyToAsync(file, CancellationToken.None).ConfigureAwait(false);
            file.Flush(flushToDisk: true);
        }
        catch (IOException)
        {
            file.SetLength(before);
            file.Flush(flushToDisk: true);
            File.Delete(aside);
            throw;
        }

        File.Delete(aside);
    }

    /// <summary>Puts messages in the place of a file and all it has: the file is the old one or the new one, whole.</summary>
    /// <param name="path">The file; made if it is not there.</param>
    /// <param name="dialect">How they are written.</param>
    /// <param name="messages">The messages, in their order.</param>
    /// <param name="cancel">Ends the work: the file is what it was then.</param>
    /// <exception cref="IOException">The file cannot be written, or is locked for longer than <see cref="Patience"/>: it is what it was.</exception>
    public static async Task ReplaceAsync(string path, MboxDialect dialect, IReadOnlyList<MboxMessage> messages, CancellationToken cancel)
    {
        using var taken = await MboxLock.TakeAsync(path, Patience, cancel).ConfigureAwait(false);
        // What was left half written would be taken out of the new file.
        Recover(path);
        var part = AsideOf(path) + ".part";
        File.Delete(part);
        try
        {
            await using (var output = new FileStream(part, FileMode.CreateNew, FileAccess.Write, FileShare.None))
            {
                var writer = new MboxWriter(output, dialect);
                foreach (var message in messages)
                    await writer.WriteAsync(message, cancel).ConfigureAwait(false);
                output.Flush(flushToDisk: true);
            }

            cancel.ThrowIfCancellationRequested();
            if (!OperatingSystem.IsWindows() && File.Exists(path))
                File.SetUnixFileMode(part, File.GetUnixFileMode(path));
            File.Move(part, path, overwrite: true);
        }
        catch
        {
            File.Delete(part);
            throw;
        }

        PortableCalls.SyncName(path);
    }

    /// <summary>Puts a file that is whole in the place of another.</summary>
    /// <param name="path">The other.</param>
    /// <param name="whole">The file, in the same directory; it goes.</param>
    /// <param name="cancel">Ends the wait for who has the other.</param>
    /// <exception cref="IOException">It cannot be put there; nothing was changed.</exception>
    public static async Task ReplaceAsync(string path, string whole, CancellationToken cancel)
    {
        using var taken = await MboxLock.TakeAsync(path, Patience, cancel).ConfigureAwait(false);
        Recover(path);
        if (!OperatingSystem.IsWindows() && File.Exists(path))
            File.SetUnixFileMode(whole, File.GetUnixFileMode(path));
        File.Move(whole, path, overwrite: true);
        PortableCalls.SyncName(path);
    }

    /// <summary>Puts a file in order, before it is added to, in which a process that is no more left something half written.</summary>
    internal static void RecoverIfLeft(string path)
    {
        if (!File.Exists(AsideOf(path)))
            return;
        // Somebody who is at work there has what is needed.
        using var taken = MboxLock.TryTake(path);
        if (taken is not null)
            Recover(path);
    }

    private static void Recover(string path)
    {
        var aside = AsideOf(path);
        if (!File.Exists(aside))
            return;
        using (var added = File.OpenRead(aside))
        using (var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete))
        {
            var mark = new byte[MarkLength];
            var isWhole = added.ReadAtLeast(mark, mark.Length, throwOnEndOfStream: false) == mark.Length;
            var before = BinaryPrimitives.ReadInt64BigEndian(mark);
            // Where another program has written the file anew, there is nothing to put in order.
            if (isWhole && before >= 0 && file.Length > before && mark.AsSpan().SequenceEqual(Mark(file, before)))
                TakeOutHalf(path, file, added, before);
        }

        File.Delete(aside);
    }

    private static void TakeOutHalf(string path, FileStream file, FileStream added, long before)
    {
        file.Position = before;
        var common = CommonLength(file, added);
        if (common > 0 && MarkLength + common < added.Length && EndOfHalf(file, before, before + common) is { } end)
            TakeOut(path, file, before, end);
    }

    // How long the file was, and what it ended with: it is known again by that.
    private static byte[] Mark(FileStream file, long length)
    {
        var mark = new byte[MarkLength];
        BinaryPrimitives.WriteInt64BigEndian(mark, length);
        var end = new byte[(int)Math.Min(length, MarkedOctets)];
        file.Position = length - end.Length;
        file.ReadExactly(end);
        SHA256.HashData(end, mark.AsSpan(sizeof(long)));
        return mark;
    }

    // What another program added behind it may begin with the same octets as what was to come there: it begins with the last line 'From ' that can be its first.
    // Where there is none, somebody changed what is there, and nobody knows what is whose: it stays.
    private static long? EndOfHalf(FileStream file, long first, long last)
    {
        if (file.Length == last)
            return last;
        var tail = new byte[Math.Min(last - first, MostInCommon) + MboxFromLine.Start.Length];
        file.Position = last + MboxFromLine.Start.Length - tail.Length;
        var read = tail.AsSpan(0, file.ReadAtLeast(tail, tail.Length, throwOnEndOfStream: false));
        var begin = read.LastIndexOf(MboxFromLine.Start);
        // Behind an empty line stands what is whole.
        return begin < 0 || read[..begin].EndsWith("\n\n"u8) ? null : last + MboxFromLine.Start.Length - tail.Length + begin;
    }

    private static void TakeOut(string path, FileStream file, long first, long last)
    {
        if (last == file.Length)
        {
            file.SetLength(first);
            file.Flush(flushToDisk: true);
            return;
        }

        var mended = path + ".mended";
        File.Delete(mended);
        using (var output = new FileStream(mended, FileMode.CreateNew, FileAccess.Write, FileShare.None))
        {
            file.Position = 0;
            Copy(file, output, first);
            file.Position = last;
            Copy(file, output, file.Length - last);
            output.Flush(flushToDisk: true);
        }

        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(mended, File.GetUnixFileMode(path));
        File.Move(mended, path, overwrite: true);
        PortableCalls.SyncName(path);
    }

    private static long CommonLength(Stream one, Stream other)
    {
        var (left, right) = (new byte[64 * 1024], new byte[64 * 1024]);
        for (long common = 0; ;)
        {
            var read = one.ReadAtLeast(left, left.Length, throwOnEndOfStream: false);
            var there = other.ReadAtLeast(right, right.Length, throwOnEndOfStream: false);
            var same = left.AsSpan(0, read).CommonPrefixLength(right.AsSpan(0, there));
            common += same;
            if (same < left.Length)
                return common;
        }
    }

    private static void Copy(Stream input, Stream output, long octets)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(64 * 1024);
        while (octets > 0)
        {
            var read = input.ReadAtLeast(buffer.AsSpan(0, (int)Math.Min(buffer.Length, octets)), 1);
            output.Write(buffer, 0, read);
            octets -= read;
        }

        ArrayPool<byte>.Shared.Return(buffer);
    }

    // An empty line stands before each message but the first.
    private static ReadOnlySpan<byte> Gap(FileStream file)
    {
        if (file.Length == 0)
            return [];
        var end = new byte[(int)Math.Min(4, file.Length)];
        file.Position = file.Length - end.Length;
        file.ReadExactly(end);
        var text = System.Text.Encoding.Latin1.GetString(end).Replace("\r", "", StringComparison.Ordinal);
        return text.EndsWith("\n\n", StringComparison.Ordinal) || text == "\n" ? [] : text.EndsWith('\n') ? "\n"u8 : "\n\n"u8;
    }

    private static string AsideOf(string path) => Path.Join(Path.GetDirectoryName(path), $".{Path.GetFileName(path)}.append");
}
