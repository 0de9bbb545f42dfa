using MailOps.Maildir.Disk;

namespace MailOps.Maildir.Folders;

/// <summary>What is known of the list beside it, in the seal: above all what of it is on disk for certain.</summary>
internal sealed partial class Folder
{
    private DurableMark? _durableMark;
    private uint _durableNext;
    private long _lastMark;

    private string SealPath => System.IO.Path.Join(Path, UidSeal.FileName);

    private void Seal(ulong checksum)
    {
        _listChecksum = checksum;
        _listFacts = Disk.Stat(ListPath);
        if (_listFacts is { } facts)
            Disk.Overwrite(SealPath, new UidSeal(UidValidity, NextUid, facts.Inode, facts.Length, checksum, DurableOf(facts)).Format());
    }

    // Of a list that was replaced since only the message's UIDs hold.
    private DurableList DurableOf(FileFacts list) => Volatile.Read(ref _durableMark) switch
    {
        { List: { } known } mark when known.Inode == list.Inode => new DurableList(mark.NextUid, known.Length, mark.Checksum),
        { } mark => new DurableList(mark.NextUid, 0, 0),
        null => new DurableList(_durableNext, 0, 0),
    };

    /// <summary>What an earlier process knew to be durable still is.</summary>
    private void TakeDurable(UidSeal seal, ReadOnlySpan<byte> octets, FileFacts list)
    {
        _durableNext = seal.Durable.NextUid;
        _durableMark = seal.AllowsCut(octets, list.Inode)
            ? new DurableMark(++_lastMark, _durableNext, list with { Length = seal.Durable.Length }, seal.Durable.Checksum)
            : null;
    }

    /// <summary>The list was replaced durably: it is on disk as a whole, if not the messages that it names.</summary>
    private void MarkListDurable(ulong checksum) =>
        AdvanceDurable(new DurableMark(++_lastMark, Volatile.Read(ref _durableMark)?.NextUid ?? _durableNext, Disk.Stat(ListPath), checksum));

    /// <summary>What a sync that begins now will have made durable.</summary>
    private DurableMark MarkOfNow() => new(++_lastMark, NextUid, _listFacts, _listChecksum);

    /// <summary>A sync has ended. Of a list that was replaced while it ran it says nothing. Needs no gate.</summary>
    private void AdvanceDurable(DurableMark mark)
    {
        for (var known = Volatile.Read(ref _durableMark); ;)
        {
            var next = known is null || known.Order < mark.Order
                ? mark with { NextUid = Math.Max(mark.NextUid, known?.NextUid ?? 0) }
                : known with { NextUid = Math.Max(mark.NextUid, known.NextUid) };
            var found = Interlocked.CompareExchange(ref _durableMark, next, known);
            if (found == known)
                return;
            known = found;
        }
    }

    /// <summary>What is on disk for certain.</summary>
    /// <param name="Order">Of two marks the one that was made later tells of the list as it is.</param>
    /// <param name="NextUid">All messages with lower UIDs are on disk, content and name.</param>
    /// <param name="List">The list as it was.</param>
    /// <param name="Checksum">Its checksum.</param>
    private sealed record DurableMark(long Order, uint NextUid, FileFacts? List, ulong Checksum);
}
