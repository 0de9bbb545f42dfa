using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using MailOps.Maildir.Names;

namespace MailOps.Maildir.Folders;

/// <summary>Entries by their base names: open addressing, one reference for each place.</summary>
internal sealed class EntryTable
{
    private FolderEntry?[] _places = new FolderEntry?[16];

    internal int Count { get; private set; }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal bool TryGet(ReadOnlySpan<byte> name, [NotNullWhen(true)] out FolderEntry? entry)
    {
        entry = _places[PlaceOf(name)];
        return entry is not null;
    }

    /// <summary>Adds an entry, or puts it in the place of the one that has its name.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal void Set(FolderEntry entry)
    {
        if ((Count + 1) * 4 > _places.Length * 3)
            Resize(_places.Length * 2);
        var place = PlaceOf(entry.Name.Octets);
        if (_places[place] is null)
            Count++;
        _places[place] = entry;
    }

    internal void Remove(FolderEntry entry)
    {
        var hole = PlaceOf(entry.Name.Octets);
        if (_places[hole] != entry)
            return;
        Count--;
        var mask = _places.Length - 1;

        // What was pushed on by the removed one moves up, so that a search never ends before it.
        for (var next = (hole + 1) & mask; _places[next] is { } moved; next = (next + 1) & mask)
        {
            var home = MessageName.Hash(moved.Name.Octets) & mask;
            if (((next - home) & mask) < ((next - hole) & mask))
                continue;
            _places[hole] = moved;
            hole = next;
        }

        _places[hole] = null;
    }

    /// <summary>Makes room for so many.</summary>
    internal void EnsureCapacity(int count)
    {
        var places = _places.Length;
        while (count * 4L > places * 3L)
            places *= 2;
        if (places > _places.Length)
            Resize(places);
    }

    /// <summary>Makes the table of these entries alone.</summary>
    internal void Reset(IReadOnlyCollection<FolderEntry> entries)
    {
        Count = 0;
        _places = new FolderEntry?[16];
        EnsureCapacity(entries.Count);
        foreach (var entry in entries)
            Set(entry);
    }

    internal void ForEach(Action<FolderEntry> action)
    {
        foreach (var entry in _places)
        {
            if (entry is not null)
                action(entry);
        }
    }

    internal void RemoveWhere(Predicate<FolderEntry> match)
    {
        var kept = new List<FolderEntry>(Count);
        ForEach(entry =>
        {
            if (!match(entry))
                kept.Add(entry);
        });
        Reset(kept);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Resize(int places)
    {
        var old = _places;
        _places = new FolderEntry?[places];
        foreach (var entry in old)
        {
            if (entry is not null)
                _places[PlaceOf(entry.Name.Octets)] = entry;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private int PlaceOf(ReadOnlySpan<byte> name)
    {
        var mask = _places.Length - 1;
        var place = MessageName.Hash(name) & mask;
        while (_places[place] is { } entry && !entry.Name.Octets.SequenceEqual(name))
            place = (place + 1) & mask;
        return place;
    }
}
