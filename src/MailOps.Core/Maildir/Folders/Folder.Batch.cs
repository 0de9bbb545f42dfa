using System.Text;
using MailOps.Maildir.Disk;
using MailOps.Maildir.Names;

namespace MailOps.Maildir.Folders;

/// <summary>
/// Messages that come all or none (RFC 3502), also where the process is killed or the power is cut among them: <see cref="AppendBatch"/>
/// names them, and who next locks the list finishes what was begun, before any of them has a number. Where all are there, all stay.
/// </summary>
internal sealed partial class Folder
{
    private string BatchPath => System.IO.Path.Join(Path, AppendBatch.FileName);

    /// <summary>Writes down which messages come together. Their content is durable with it. The list is locked and known.</summary>
    private async ValueTask BeginBatchAsync(IEnumerable<FolderEntry> entries)
    {
        var failedSyncs = FailedSyncs;
        if (!Disk.Create(BatchPath, [AppendBatch.Format(entries.Select(static entry => entry.Name))]))
            throw new MailStoreException(StoreFault.Broken, $"Cannot make '{BatchPath}': another program made it, or the folder was deleted.");
        await _store.Commits.SyncAsync(Path, failedSyncs);
    }

    /// <summary>
    /// Finishes what a process began that is no more. The list is locked. Of messages that did not all come those are removed that have no
    /// number: what has one was given it by a program that does not know of this file, and may have been shown.
    /// </summary>
    /// <returns>The base names of what was removed.</returns>
    private IReadOnlySet<string> SettleBatch()
    {
        var removed = new HashSet<string>(StringComparer.Ordinal);
        if (Disk.ReadAll(BatchPath) is not { } octets)
            return removed;
        var names = AppendBatch.Parse(octets);
        var there = FilesOf(names);
        if (there.Count < names.Count || there.Any(static file => !file.Value.IsWhole))
        {
            var numbered = UidList.Parse(Disk.ReadAll(ListPath) ?? []).Lines.Select(static line => Encoding.UTF8.GetString(line.Base.Octets)).ToHashSet(StringComparer.Ordinal);
            foreach (var (name, (path, _)) in there)
            {
                if (numbered.Contains(name))
                    continue;
                Disk.Unlink(path);
                removed.Add(name);
            }
        }

        Disk.Unlink(BatchPath);
        return removed;
    }

    private Dictionary<string, (string Path, bool IsWhole)> FilesOf(IReadOnlySet<string> names)
    {
        var files = new Dictionary<string, (string Path, bool IsWhole)>(StringComparer.Ordinal);
        foreach (var directory in (ReadOnlySpan<string>)(names.Count > 0 ? [NewPath, CurPath] : []))
        {
            Disk.List(directory, directories: false, file =>
            {
                var name = file[..MessageFileName.InfoStart(file)].ToString();
                var path = System.IO.Path.Join(directory, file);
                if (names.Contains(name))
                    files[name] = (path, Disk.Stat(path)?.Length >= MessageName.Of(name).SizeIn('S'));
            });
        }

        return files;
    }
}
