using System.Runtime.CompilerServices;
using MailOps.Maildir.Disk;

namespace MailOps.Maildir.Folders;

/// <summary>The list of UIDs that is shared with Dovecot: its lock, reading what others wrote into it, and writing it.</summary>
internal sealed partial class Folder
{
    // Lines of messages that are gone are dropped when there are this many, and more of them than of the others.
    private const int MostLostLines = 1000;

    // Longer than another program of ours, or Dovecot, works on a large folder.
    private static readonly TimeSpan PatienceOfReaders = TimeSpan.FromSeconds(5);

    // A lock that was kept so long is kept for the next command too: not each of them waits.
    private static readonly TimeSpan PatienceAfterMissed = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan MissedIsRecent = TimeSpan.FromMinutes(1);

    private FileFacts? _listFacts;
    private ulong _listChecksum;
    private uint _highestListed;
    private int _listed;
    private readonly List<FolderEntry> _unseen = [];
    private bool _distrusted;
    private long? _lockMissedAt;
    private bool _isListUnread;
    private bool _needsRewrite;

    private string ListPath => System.IO.Path.Join(Path, UidList.FileName);

    private ValueTask<DotLock> LockListAsync(CancellationToken cancel) =>
        _store.Locks.AcquireAsync(ListPath + ".lock", cancel);

    /// <summary>
    /// Locks the list where that is possible: it is not in a folder that may not be written, nor on a full disk, nor where another program keeps
    /// the lock, for which who only reads does not wait long.
    /// </summary>
    private async ValueTask<DotLock?> TryLockListAsync(CancellationToken cancel)
    {
        try
        {
            return await LockListIfFreeAsync(cancel);
        }
        catch (MailStoreException)
        {
            return null;
        }
    }

    /// <summary>Locks the list, or gives up soon where another program keeps the lock.</summary>
    private async ValueTask<DotLock?> LockListIfFreeAsync(CancellationToken cancel)
    {
        var isMissed = _lockMissedAt is { } missed && _store.Clock.GetElapsedTime(missed) < MissedIsRecent;
        using var patience = new CancellationTokenSource(isMissed ? PatienceAfterMissed : PatienceOfReaders, _store.Clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancel);
        try
        {
            var locked = await LockListAsync(either.Token);
            _lockMissedAt = null;
            return locked;
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            _lockMissedAt = _store.Clock.GetTimestamp();
            return null;
        }
    }

    /// <summary>Reads the list if another program wrote it, and gives its numbers to what was found.</summary>
    /// <returns>False if the list is missing or cannot be trusted; without the lock that may be because it is being written.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private bool ReadListIfChanged(bool isLocked)
    {
        var facts = Disk.Stat(ListPath);
        if (facts is not null && facts == _listFacts && !_distrusted && !_isListUnread)
            return true;

        var octets = facts is null ? null : Disk.ReadAll(ListPath);
        if (octets is null)
            return false;

        var list = UidList.Parse(octets);
        var seal = UidSeal.Parse(Disk.ReadAll(SealPath) ?? []);
        if (!_isLoaded)
            TakeDurable(seal is { } known && known.UidValidity == list.UidValidity ? known : default, octets, facts!.Value);
        var isTorn = list.WholeLength < octets.Length;
        _distrusted = list.IsDamaged || (seal is not null && !seal.Value.Allows(list, octets, facts!.Value.Inode)) || (isTorn && isLocked && seal is null);
        if (_distrusted && !_isLoaded && isLocked && seal?.AllowsCut(octets, facts!.Value.Inode) == true)
        {
            // A cut of the power took lines of which nobody was told. Their UIDs stay used. Of a list that something else damaged only what was
            // on disk for certain, and still is, is believed.
            if (list.IsGarbled)
                list = UidList.Parse(octets[..(int)seal.Value.Durable.Length]);
            list.CutAt(seal.Value.NextUid);
            _distrusted = false;
            isTorn = true;
        }

        if (_distrusted)
            return false;
        if (_isLoaded && list.UidValidity != UidValidity)
        {
            Die(deletedTo: null);
            return true;
        }

        if (_isLoaded && list.NextUid < NextUid)
        {
            _distrusted = true;
            return false;
        }

        Table.EnsureCapacity(list.Lines.Count);
        List<UidLine>? moved = null;
        foreach (var line in list.Lines)
        {
            if (!Take(line))
                (moved ??= []).Add(line);
        }

        if (moved is not null)
            TakeMovedBack(moved);
        UidValidity = list.UidValidity;
        NextUid = list.NextUid;
        Guid = list.Guid;
        _needsRewrite |= isTorn && isLocked;
        _needsRewrite |= list.Guid.Length == 0;
        _listFacts = isTorn ? null : facts;
        _isListUnread = false;
        _listChecksum = UidSeal.Extend(UidSeal.EmptyChecksum, octets);
        return true;
    }

    /// <summary>Takes in a line of the list.</summary>
    /// <returns>False if a message that is shown has another number in it.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private bool Take(UidLine line)
    {
        if (!Table.TryGet(line.Base.Octets, out var entry))
        {
            // At first the list's octets hold the names; later one new line would keep all the others alive.
            var name = _isLoaded ? _names.Add(line.Base.Octets) : line.Base;
            entry = new FolderEntry(name, "", inNew: false) { State = EntryState.Listed };
            Table.Set(entry);
            _listed++;
        }
        else if (entry.State == EntryState.Live)
        {
            return line.Uid <= entry.Uid;
        }

        // A number at or below one that was shown cannot be given to a message that appears now: views only grow at the end.
        entry.Uid = line.Uid;
        entry.Size = line.SizeAsSent >= 0 ? line.SizeAsSent : entry.Size;
        entry.Extensions = line.Extensions;
        if (entry.State == EntryState.Listed)
        {
            _highestListed = Math.Max(_highestListed, line.Uid);
            if (line.Uid > _highestUid)
                _unseen.Add(entry);
        }

        return true;
    }

    /// <summary>
    /// A message that another program moved away and back between two looks has its old name (Dovecot keeps it) and a new number: the one
    /// that was shown is expunged, and the next look finds it as a new one.
    /// </summary>
    private void TakeMovedBack(List<UidLine> lines)
    {
        var gone = new List<FolderEntry>(lines.Count);
        foreach (var line in lines)
        {
            if (Table.TryGet(line.Base.Octets, out var entry) && entry.State == EntryState.Live)
                gone.Add(entry);
        }

        Forget(gone);
        foreach (var line in lines)
            Take(line);
        _mustLook = true;
    }

    /// <summary>The list is missing or damaged. What this process knows is right; if it knows nothing, all messages get new UIDs under a new UIDVALIDITY.</summary>
    private void ReplaceList()
    {
        if (_isLoaded && Disk.Stat(ListPath) is null && Disk.Stat(SealPath) is null)
        {
            // Both are gone: another program deleted the mailbox and made a new one in its place.
            Die(deletedTo: null);
            return;
        }

        _needsRewrite = true;
        _distrusted = false;
        if (_isLoaded || _entries.Count > 0)
            return;
        DropListed(entry => entry.Uid = 0);
        var sealedValidity = UidSeal.Parse(Disk.ReadAll(SealPath) ?? [])?.UidValidity ?? 0;
        UidValidity = UidValidityCounter.Next(Disk, AccountPath, _store.Clock, Math.Max(UidValidity, sealedValidity));
        NextUid = 1;
        Guid = System.Guid.NewGuid().ToString("N");
        _beganHere = true;
        _hasLog = false;
    }

    /// <summary>Forgets lines without files.</summary>
    private void DropListed(Action<FolderEntry> kept)
    {
        if (_listed > 0)
            Table.RemoveWhere(static entry => entry.State == EntryState.Listed);
        _listed = 0;
        _highestListed = 0;
        Table.ForEach(kept);
    }

    private bool IsMostlyLost() => _listed > MostLostLines && _listed > _entries.Count;

    /// <summary>Appends lines. The list is locked and known.</summary>
    /// <returns>False if there is no list.</returns>
    private bool AppendToList(IReadOnlyCollection<FolderEntry> entries)
    {
        if (entries.Count == 0)
            return true;
        var octets = UidList.FormatLines(entries.Select(LineOf));
        if (_listFacts is null || !Disk.Append(ListPath, octets))
            return false;
        Seal(UidSeal.Extend(_listChecksum, octets));
        return true;
    }

    private void RewriteList(IEnumerable<FolderEntry> added)
    {
        if (Guid.Length == 0)
            Guid = System.Guid.NewGuid().ToString("N");
        var octets = UidList.Format(UidValidity, NextUid, Guid, _entries.Concat(added).Select(LineOf));
        ReplaceFile(ListPath, octets);
        DropListed(static _ => { });
        _needsRewrite = false;
        var checksum = UidSeal.Extend(UidSeal.EmptyChecksum, octets);
        MarkListDurable(checksum);
        Seal(checksum);
    }

    /// <summary>
    /// Replaces one of the small files. The temporary name is the one that Dovecot uses; whoever writes it holds the lock. The content is on
    /// disk before the name is: a cut of the power leaves the old file or the new one, and never an empty one (as it may on XFS).
    /// </summary>
    private void ReplaceFile(string path, byte[] octets)
    {
        var scratch = path + ".tmp";
        Disk.Unlink(scratch);
        Disk.Create(scratch, [octets]);
        Disk.Flush(scratch);
        Disk.Rename(scratch, path);
        Disk.Flush(Path);
    }

    private UidLine LineOf(FolderEntry entry) => new(entry.Uid, entry.Name, entry.Size, entry.Extensions);
}
