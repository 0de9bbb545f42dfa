using System.Text;
using MailOps.Maildir.Disk;
using MailOps.Maildir.Folders;

namespace MailOps.Maildir.Access;

/// <summary>
/// Who shares mailboxes with whom: the file <c>shared-mailboxes</c> of the store, in the format of Dovecot's <c>acl_shared_dict = file:</c>, so
/// that both servers may have it. A pair of lines for each: <c>shared/shared-boxes/user/WHO/OWNER</c> (or <c>anyone/OWNER</c>), and <c>1</c>.
/// </summary>
/// <remarks>
/// It only says where to look: who is named and has no right any more is shown nothing. So an entry is written before the right it tells of,
/// and taken out after that. A file that is missing is made of all accounts' access lists, once.
/// </remarks>
internal sealed class SharingIndex(StoreEnvironment store, string path, Func<IEnumerable<(string Owner, IEnumerable<string> SharedWith)>> readAll)
{
    internal const string FileName = "shared-mailboxes";

    /// <summary>With how many one account can share its mailboxes. All accounts have this file in common, and each change writes it anew.</summary>
    internal const int MostOfOwner = 5000;

    private const string Prefix = "shared/shared-boxes/";

    private readonly SemaphoreSlim _turn = new(1, 1);
    private volatile Snapshot? _known;

    /// <summary>The accounts that share mailboxes with a user, or with everybody, in the order of their names.</summary>
    /// <exception cref="MailStoreException">The file cannot be read or made.</exception>
    internal async ValueTask<IReadOnlyList<string>> OwnersFor(string user, CancellationToken cancel)
    {
        var keys = (await ReadAsync(cancel)).Keys;
        var owners = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var prefix in new[] { $"{Prefix}anyone/", $"{Prefix}user/{user}/" })
        {
            for (var i = FirstFrom(keys, prefix); i < keys.Length && keys[i].StartsWith(prefix, StringComparison.Ordinal); i++)
                owners.Add(keys[i][prefix.Length..]);
        }

        owners.Remove(user);
        return [.. owners];
    }

    /// <summary>Adds those with whom an owner is about to share, durably.</summary>
    /// <param name="owner">The owner.</param>
    /// <param name="sharedWith">With whom.</param>
    /// <param name="most">How many the owner may share with then.</param>
    /// <param name="cancel">Ends the wait.</param>
    /// <returns>False if they would be more: none is added.</returns>
    internal async ValueTask<bool> AddAsync(string owner, IEnumerable<string> sharedWith, int most, CancellationToken cancel)
    {
        var known = (await ReadAsync(cancel)).Keys;
        var added = sharedWith.Select(who => KeyOf(who, owner)).Where(key => Array.BinarySearch(known, key, StringComparer.Ordinal) < 0).ToList();
        var fits = true;
        if (added.Count > 0)
        {
            await ChangeAsync(
                keys =>
                {
                    fits = keys.Count(key => key.EndsWith("/" + owner, StringComparison.Ordinal) && IsOf(key, owner)) + added.Count(key => !keys.Contains(key)) <= most;
                    if (fits)
                        keys.UnionWith(added);
                },
                cancel);
        }

        return fits;
    }

    /// <summary>Leaves those alone with whom an owner shares.</summary>
    internal ValueTask ReplaceAsync(string owner, IReadOnlyCollection<string> sharedWith, CancellationToken cancel) => ChangeAsync(
        keys =>
        {
            keys.RemoveWhere(key => key.EndsWith("/" + owner, StringComparison.Ordinal) && IsOf(key, owner));
            keys.UnionWith(sharedWith.Select(who => KeyOf(who, owner)));
        },
        cancel);

    private static string KeyOf(string who, string owner) => $"{Prefix}{who}/{owner}";

    // A local part may have a slash: the owner is what follows the name of an account, or a word.
    private static bool IsOf(string key, string owner)
    {
        var who = key[..^(owner.Length + 1)];
        return who == Prefix + "anyone" || who.LastIndexOf('@') > who.LastIndexOf('/') || who.StartsWith(Prefix + "group/", StringComparison.Ordinal);
    }

    private static int FirstFrom(string[] keys, string prefix)
    {
        var found = Array.BinarySearch(keys, prefix, StringComparer.Ordinal);
        return found < 0 ? ~found : found;
    }

    private async ValueTask ChangeAsync(Action<SortedSet<string>> change, CancellationToken cancel)
    {
        await ReadAsync(cancel);
        await _turn.WaitAsync(cancel);
        try
        {
            using var locked = await store.Locks.AcquireAsync(path + ".lock", cancel);
            if (IsSame(Read() ?? new Snapshot(default, [], []), change, out var keys))
                return;
            await WriteAsync(keys);
        }
        finally
        {
            _turn.Release();
        }
    }

    private static bool IsSame(Snapshot snapshot, Action<SortedSet<string>> change, out SortedSet<string> keys)
    {
        keys = new SortedSet<string>(snapshot.Keys, StringComparer.Ordinal);
        change(keys);
        return keys.SetEquals(snapshot.Keys);
    }

    private async ValueTask<Snapshot> ReadAsync(CancellationToken cancel)
    {
        if (Read() is { } known)
            return known;
        await _turn.WaitAsync(cancel);
        try
        {
            using var locked = await store.Locks.AcquireAsync(path + ".lock", cancel);
            if (Read() is { } made)
                return made;
            var keys = new SortedSet<string>(StringComparer.Ordinal);
            await Task.Factory.StartNew(
                () =>
                {
                    foreach (var (owner, sharedWith) in readAll())
                        keys.UnionWith(sharedWith.Select(who => KeyOf(who, owner)));
                },
                cancel,
                TaskCreationOptions.LongRunning,
                TaskScheduler.Default);
            await WriteAsync(keys);
            return Read() ?? new Snapshot(default, [.. keys], []);
        }
        finally
        {
            _turn.Release();
        }
    }

    private Snapshot? Read()
    {
        if (store.Disk.Stat(path) is not { } facts)
            return null;
        if (_known is { } known && known.Facts == facts)
            return known;
        var lines = Encoding.UTF8.GetString(store.Disk.ReadAll(path) ?? []).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var (keys, others) = (new SortedSet<string>(StringComparer.Ordinal), new List<string>());
        for (var i = 0; i + 1 < lines.Length; i += 2)
        {
            if (lines[i].StartsWith(Prefix, StringComparison.Ordinal))
                keys.Add(lines[i]);
            else
                others.AddRange([lines[i], lines[i + 1]]);
        }

        return _known = new Snapshot(facts, [.. keys], others);
    }

    private async ValueTask WriteAsync(SortedSet<string> keys)
    {
        var text = new StringBuilder();
        foreach (var line in _known?.Others ?? [])
            text.Append(line).Append('\n');
        foreach (var key in keys)
            text.Append(key).Append("\n1\n");

        // Content first: a cut of the power leaves the old file or the new one.
        var scratch = store.NewScratchPath();
        store.Disk.Create(scratch, [Encoding.UTF8.GetBytes(text.ToString())]);
        store.Disk.Flush(scratch);
        store.Disk.Rename(scratch, path);
        await store.Commits.SyncAsync(Path.GetDirectoryName(path)!);
    }

    // Others are lines of what else a dictionary of Dovecot's may keep.
    private sealed record Snapshot(FileFacts Facts, string[] Keys, IReadOnlyList<string> Others);
}
