using MailOps.Client.Mboxes;
using MailOps.Client.Messages;

namespace MailOps.Client.Archives;

/// <summary>Puts messages into files: several together where that is one write. One call at a time.</summary>
public sealed class ArchiveWriter : IDisposable
{
    private const int MostMessages = 256;
    private const long MostOctets = 16 * 1024 * 1024;

    private readonly string _path;
    private readonly ArchiveFormat _format;
    private readonly MboxDialect _dialect;
    private readonly bool _isOverwriting;
    private readonly List<MessageToKeep> _waiting = [];
    private readonly PartFolder? _folder;
    private long _octets;
    private bool _isWritten;

    // What is to stand in the place of a file, as long as it is not whole.
    private string? _part;
    private bool _hasFailed;

    /// <summary>A writer.</summary>
    /// <param name="path">The file of many messages, the file of one (<c>.eml</c>), or the directory.</param>
    /// <param name="format">Eml, Mbox or Mh.</param>
    /// <param name="dialect">The dialect of an mbox file.</param>
    /// <param name="isOverwriting">True to write over files that are there.</param>
    public ArchiveWriter(string path, ArchiveFormat format, MboxDialect dialect, bool isOverwriting)
    {
        (_path, _format, _dialect, _isOverwriting) = (path, format, dialect, isOverwriting);
        if (format == ArchiveFormat.Eml && !IsSingle)
            _folder = new PartFolder(path);
    }

    /// <summary>True if none waits.</summary>
    public bool IsEmpty => _waiting.Count == 0;

    private bool IsSingle => Path.GetExtension(_path).Equals(".eml", StringComparison.OrdinalIgnoreCase) && !Directory.Exists(_path);

    /// <summary>Takes a message.</summary>
    /// <returns>The files that were written by it: empty as long as it waits for others.</returns>
    /// <exception cref="IOException">It cannot be written; those that waited with it were not written either.</exception>
    public async Task<IReadOnlyList<string>> AddAsync(MessageToKeep message, CancellationToken cancel)
    {
        if (_format == ArchiveFormat.Eml)
            return [WriteEml(message)];
        _waiting.Add(message);
        _octets += message.Octets.Length;
        return _waiting.Count >= MostMessages || _octets >= MostOctets ? await FlushAsync(isLast: false, cancel).ConfigureAwait(false) : [];
    }

    /// <summary>Writes those that wait, after which there are no more. A file that is written over is replaced now, with all of them.</summary>
    /// <returns>The files that were written.</returns>
    /// <exception cref="IOException">They cannot be written: of an mbox file none was then, and one that was to be written over is what it was.</exception>
    public Task<IReadOnlyList<string>> FinishAsync(CancellationToken cancel) => FlushAsync(isLast: true, cancel);

    /// <summary>Takes away what is not whole.</summary>
    public void Dispose()
    {
        if (_part is { } part)
            File.Delete(part);
        _part = null;
    }

    private async Task<IReadOnlyList<string>> FlushAsync(bool isLast, CancellationToken cancel)
    {
        MessageToKeep[] messages = [.. _waiting];
        _waiting.Clear();
        _octets = 0;
        if (messages.Length == 0 && _part is null)
            return [];
        if (_format == ArchiveFormat.Mh)
            return await new MhFolder(_path).AddAsync(messages, cancel).ConfigureAwait(false);

        MboxMessage[] forMbox = [.. messages.Select(ForMbox)];
        if (_isOverwriting && !_isWritten)
            return await ReplaceAsync(forMbox, isLast, cancel).ConfigureAwait(false);
        await MboxAppend.AppendAsync(_path, _dialect, forMbox, cancel).ConfigureAwait(false);
        IReadOnlyList<string> files = _isWritten ? [] : [_path];
        _isWritten = true;
        return files;
    }

    private async Task<IReadOnlyList<string>> ReplaceAsync(MboxMessage[] messages, bool isLast, CancellationToken cancel)
    {
        if (_hasFailed)
            throw new IOException($"'{_path}' is what it was: messages that were to be written into its place were not.");
        try
        {
            if (isLast && _part is null)
            {
                await MboxAppend.ReplaceAsync(_path, _dialect, messages, cancel).ConfigureAwait(false);
                _isWritten = true;
                return [_path];
            }

            _part ??= Path.Join(Path.GetDirectoryName(Path.GetFullPath(_path)), $".{Path.GetFileName(_path)}.{Guid.NewGuid():N}.part");
            if (messages.Length > 0)
                await MboxAppend.AppendAsync(_part, _dialect, messages, cancel).ConfigureAwait(false);
            if (!isLast)
                return [];
            await MboxAppend.ReplaceAsync(_path, _part, cancel).ConfigureAwait(false);
            (_part, _isWritten) = (null, true);
            return [_path];
        }
        catch
        {
            _hasFailed = _part is not null;
            Dispose();
            throw;
        }
    }

    private string WriteEml(MessageToKeep message)
    {
        if (_folder is { } folder)
        {
            var file = folder.Save(SafeFileName.Of(message.Subject is { Length: > 0 } subject ? subject.Replace('/', '_').Replace('\\', '_') + ".eml" : "message.eml", "message/rfc822", "1"), message.Octets, _isOverwriting);
            file.LastWriteTimeUtc = message.Arrived.UtcDateTime;
            return file.FullName;
        }

        if (_isWritten)
            throw new IOException($"'{_path}' is a file of one message, and there are more. Give a directory, or -Format Mbox.");
        using (var file = new FileStream(_path, _isOverwriting ? FileMode.Create : FileMode.CreateNew, FileAccess.Write, FileShare.None))
            file.Write(message.Octets);
        _isWritten = true;
        File.SetLastWriteTimeUtc(_path, message.Arrived.UtcDateTime);
        return _path;
    }

    private static MboxMessage ForMbox(MessageToKeep message) => new(_ => One(message.Octets), string.Join(' ', message.Flags.Order(StringComparer.Ordinal)), message.Arrived, message.Sender);

    private static async IAsyncEnumerable<ReadOnlyMemory<byte>> One(byte[] octets)
    {
        await Task.CompletedTask.ConfigureAwait(false);
        yield return octets;
    }
}
