using System.Collections.Immutable;

namespace MailOps.Core.Tests.Maildir.PowerCut;

/// <summary>A whole file system at one moment. Never changes; an operation makes another one.</summary>
internal sealed class DiskImage(ImmutableDictionary<int, DiskNode> nodes)
{
    internal const int Root = 0;

    internal static DiskImage Empty { get; } = new(ImmutableDictionary<int, DiskNode>.Empty.Add(Root, DiskNode.Directory(DateTimeOffset.UnixEpoch)));

    internal int LastInode => nodes.Keys.Max();

    internal DiskNode this[int inode] => nodes[inode];

    internal DiskNode? Find(int inode) => nodes.GetValueOrDefault(inode);

    /// <summary>The inode of a path below the root, or null.</summary>
    internal int? Find(ReadOnlySpan<string> path)
    {
        var inode = Root;
        foreach (var name in path)
        {
            if (nodes[inode].Names is not { } names || !names.TryGetValue(name, out inode))
                return null;
        }

        return inode;
    }

    /// <summary>The image after an operation whose directories exist.</summary>
    internal DiskImage After(DiskOperation operation)
    {
        switch (operation)
        {
            case AddName add:
                var made = nodes.ContainsKey(add.Inode) ? this : With(add.Inode, add.IsDirectory ? DiskNode.Directory(add.Time) : DiskNode.File(add.Time));
                return made.WithNames(add.Directory, made[add.Directory].Names!.SetItem(add.Name, add.Inode), add.Time);
            case RemoveName remove:
                return WithNames(remove.Directory, this[remove.Directory].Names!.Remove(remove.Name), remove.Time);
            case MoveName move:
                var taken = WithNames(move.From, this[move.From].Names!.Remove(move.OldName), move.Time);
                return taken.WithNames(move.To, taken[move.To].Names!.SetItem(move.NewName, move.Inode), move.Time);
            case SetTime set:
                return With(set.Inode, this[set.Inode] with { Modified = set.Modified });
            case WriteOctets write:
                return WithContent(write.Inode, this[write.Inode].Content!.After(write), write.Time);
            default:
                return this;
        }
    }

    internal DiskImage WithContent(int inode, FileContent content, DateTimeOffset? time = null) =>
        With(inode, this[inode] with { Content = content, Modified = time ?? this[inode].Modified });

    /// <summary>As the machine finds it when it runs again some minutes later: what was young, locks above all, is not.</summary>
    internal DiskImage Aged(TimeSpan by) => new(nodes.ToImmutableDictionary(
        pair => pair.Key,
        pair => DateTimeOffset.UtcNow - pair.Value.Modified < by ? pair.Value with { Modified = pair.Value.Modified - by } : pair.Value));

    /// <summary>Tells images apart by names, contents and identities.</summary>
    internal ulong Hash()
    {
        var hash = 14695981039346656037;
        Walk(Root);
        return hash;

        void Walk(int inode)
        {
            foreach (var (name, child) in this[inode].Names!)
            {
                foreach (var c in name)
                    hash = (hash ^ c) * 1099511628211;
                hash = (hash ^ (uint)child) * 1099511628211;
                if (this[child].Content is { } content)
                    hash = (hash ^ content.Hash) * 1099511628211;
                else
                    Walk(child);
                hash = (hash ^ 0x1F) * 1099511628211;
            }
        }
    }

    /// <summary>Every file, its path and its length, for a report.</summary>
    internal IEnumerable<string> Lines(int inode = Root, string prefix = "")
    {
        foreach (var (name, child) in this[inode].Names!)
        {
            if (this[child].Content is { } content)
                yield return $"{prefix}{name} [{content.Octets.Length}]";
            else
            {
                foreach (var line in Lines(child, prefix + name + "/"))
                    yield return line;
            }
        }
    }

    private DiskImage With(int inode, DiskNode node) => new(nodes.SetItem(inode, node));

    private DiskImage WithNames(int directory, ImmutableSortedDictionary<string, int> names, DateTimeOffset time) =>
        With(directory, new DiskNode(null, names, time));
}
