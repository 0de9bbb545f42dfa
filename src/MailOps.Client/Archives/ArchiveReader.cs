using MailOps.Client.Mailboxes;
using MailOps.Client.Maildirs;
using MailOps.Client.Mboxes;

namespace MailOps.Client.Archives;

/// <summary>Reads messages out of files, and changes nothing.</summary>
public static class ArchiveReader
{
    /// <summary>Finds out how messages lie in a file or directory.</summary>
    /// <returns>Null for a directory that does not say.</returns>
    /// <exception cref="FileNotFoundException">There is nothing.</exception>
    public static ArchiveFormat? FormatOf(string path)
    {
        if (File.Exists(path))
            return new FileInfo(path).Length > 0 && MboxFile.IsOne(path) ? ArchiveFormat.Mbox : ArchiveFormat.Eml;
        if (!Directory.Exists(path))
            throw new FileNotFoundException($"There is no file and no directory '{path}'.", path);
        if (Directory.Exists(Path.Join(path, "cur")) && Directory.Exists(Path.Join(path, "new")))
            return ArchiveFormat.Maildir;
        if (MhFolder.IsOne(path))
            return ArchiveFormat.Mh;
        return EmlFiles(path).Any() ? ArchiveFormat.Eml : null;
    }

    /// <summary>Reads them, one after the other. Those of a Maildir are <see cref="MaildirMessage"/>s of its INBOX.</summary>
    /// <param name="path">The file or directory.</param>
    /// <param name="format">How they lie there; null to find out.</param>
    /// <param name="dialect">The dialect of an mbox file; null to find out.</param>
    /// <param name="failed">Told of a file that is no message; the others go on.</param>
    /// <param name="cancel">Ends the reading.</param>
    /// <exception cref="FormatException">It is no mbox file.</exception>
    /// <exception cref="IOException">It is not there, cannot be read, or does not say what it is.</exception>
    public static IEnumerable<MailboxItem> Read(string path, ArchiveFormat? format, MboxDialect? dialect, Action<string, Exception> failed, CancellationToken cancel) =>
        (format ?? FormatOf(path)) switch
        {
            ArchiveFormat.Mbox => Mbox(path, dialect, cancel),
            ArchiveFormat.Mh => Messages(new MhFolder(path).Files(), failed, cancel),
            ArchiveFormat.Maildir => MaildirReader.Messages(path, [], new MaildirFilter(), layout: null, cancel),
            ArchiveFormat.Eml => Messages(Eml(path), failed, cancel),
            _ => throw new IOException($"'{path}' has no messages that are known: no cur and new as a Maildir, no numbered files as MH, and no files *.eml. Say with -Format what it is."),
        };

    /// <summary>A message that is a file of its own.</summary>
    internal static ArchivedMessage Message(FileInfo file, ArchiveFormat format, int number, IReadOnlyList<string> flags, DateTimeOffset? arrived)
    {
        var octets = File.ReadAllBytes(file.FullName);
        return new ArchivedMessage(octets) { Path = file.FullName, Format = format, Number = number, Size = octets.Length, Flags = flags, InternalDate = arrived, Sender = null };
    }

    private static IEnumerable<MailboxItem> Mbox(string path, MboxDialect? dialect, CancellationToken cancel)
    {
        using var file = MboxFile.Open(path, dialect);
        var number = 0;
        foreach (var entry in file.Entries())
        {
            cancel.ThrowIfCancellationRequested();
            using var octets = new MemoryStream();
            using (var content = file.OpenRead(entry))
                content.CopyTo(octets);
            yield return new ArchivedMessage(octets.ToArray())
            {
                Path = path,
                Format = ArchiveFormat.Mbox,
                Number = ++number,
                Size = octets.Length,
                Flags = [.. entry.Flags.Split(' ', StringSplitOptions.RemoveEmptyEntries).OrderBy(flag => !flag.StartsWith('\\'))],
                InternalDate = entry.Date,
                Sender = entry.Sender,
            };
        }
    }

    private static IEnumerable<(string Path, Func<ArchivedMessage> Read)> Eml(string path)
    {
        var number = 0;
        IEnumerable<string> files = File.Exists(path) ? [path] : EmlFiles(path).Order(StringComparer.Ordinal);
        foreach (var file in files)
        {
            var one = ++number;
            yield return (file, () => Message(new FileInfo(file), ArchiveFormat.Eml, one, [], arrived: null));
        }
    }

    private static IEnumerable<MailboxItem> Messages(IEnumerable<(string Path, Func<ArchivedMessage> Read)> files, Action<string, Exception> failed, CancellationToken cancel)
    {
        foreach (var (path, read) in files)
        {
            cancel.ThrowIfCancellationRequested();
            ArchivedMessage? message = null;
            try
            {
                message = read();
            }
            catch (FormatException e)
            {
                failed(path, new FormatException($"'{path}' is no message: {e.Message}", e));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                failed(path, e);
            }

            if (message is not null)
                yield return message;
        }
    }

    private static IEnumerable<string> EmlFiles(string path) => Directory.EnumerateFiles(path, "*.eml", new EnumerationOptions { MatchCasing = MatchCasing.CaseInsensitive });
}
