using System.Collections.Immutable;

namespace MailOps.Core.Tests.Maildir.PowerCut;

/// <summary>Works out what a cut of the power may leave of what a <see cref="PowerCutDisk"/> recorded.</summary>
/// <param name="disk">The recording.</param>
/// <param name="model">What the file system promises.</param>
/// <param name="mostEach">How many states of each cut; where there are more, the outermost and a sample of the others.</param>
/// <param name="seed">For the sample.</param>
internal sealed class CrashStates(PowerCutDisk disk, FileSystemModel model, int mostEach, int seed)
{
    /// <summary>All states of a cut at a moment at or after <paramref name="first"/>.</summary>
    internal IEnumerable<CrashState> From(int first)
    {
        for (var moment = first; moment <= disk.Operations.Count; moment++)
        {
            foreach (var state in At(moment))
                yield return state;
        }
    }

    /// <summary>All states of a cut at one moment.</summary>
    internal IEnumerable<CrashState> At(int moment)
    {
        var covered = Covered(moment);
        return model == FileSystemModel.OneJournal ? OfOneJournal(covered, moment) : OfEachDirectory(covered, moment);
    }

    private int Covered(int moment)
    {
        for (var i = moment - 1; i >= 0; i--)
        {
            if (disk.Operations[i] is SyncEnded sync)
                return sync.Covered;
        }

        return 0;
    }

    private IEnumerable<CrashState> OfOneJournal(int covered, int moment)
    {
        // The journal is one: what makes one directory durable does it for all that was done before (journal.rst; a forced log of XFS).
        var forced = moment;
        while (forced > covered && disk.Operations[forced - 1] is not DirectorySynced)
            forced--;
        var names = disk.Images[covered];
        for (var cut = covered; cut <= moment; cut++)
        {
            if (cut > covered && disk.Operations[cut - 1] is not WriteOctets)
                names = names.After(disk.Operations[cut - 1]);
            if (cut < forced)
                continue;
            var random = new Random(HashCode.Combine(seed, moment, cut));
            foreach (var state in WithContents(names, covered, cut, moment, $"journal up to {cut}", mostEach, random))
                yield return state;
        }
    }

    private IEnumerable<CrashState> OfEachDirectory(int covered, int moment)
    {
        var random = new Random(HashCode.Combine(seed, moment));
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var steps = Enumerable.Range(covered, moment - covered).Where(i => disk.Operations[i] is AddName or RemoveName or MoveName or SetTime).ToList();
        var forced = Forced(covered, moment);

        // All of it, and nothing of it; then each step lost with what builds on it; then some at random.
        for (var round = -2; round < steps.Count + mostEach; round++)
        {
            var lost = new HashSet<int>();
            if (round == -1)
                lost.UnionWith(steps);
            else if (round >= 0 && round < steps.Count)
                lost.Add(steps[round]);
            else if (round >= steps.Count)
                lost.UnionWith(steps.Where(_ => random.Next(4) == 0));
            lost.ExceptWith(forced);
            var names = Surviving(covered, steps, lost, out var kept);
            if (!seen.Add(kept))
                continue;
            foreach (var state in WithContents(names, covered, moment, moment, $"kept {kept}", Math.Max(mostEach / 4, 1), random))
                yield return state;
        }
    }

    /// <summary>What is left when these steps are lost, and with them all that came later in the same directories.</summary>
    private DiskImage Surviving(int covered, List<int> steps, HashSet<int> lost, out string kept)
    {
        var image = disk.Images[covered];
        var spoilt = new HashSet<int>();
        var survivors = new List<int>();
        foreach (var step in steps)
        {
            var operation = disk.Operations[step];
            var touched = Touched(operation);
            if (lost.Contains(step) || touched.Any(spoilt.Contains))
            {
                // A file's time is nothing that others build on.
                if (operation is not SetTime)
                    spoilt.UnionWith(touched);
                continue;
            }

            image = image.After(operation);
            survivors.Add(step);
        }

        kept = string.Join(',', survivors);
        return image;
    }

    /// <summary>The steps that syncs of directories made durable, and what those build on; and the times of files that were synced.</summary>
    private HashSet<int> Forced(int covered, int moment)
    {
        var forced = new HashSet<int>();
        for (var sync = covered; sync < moment; sync++)
        {
            if (disk.Operations[sync] is FileSynced { Inode: var file })
                forced.UnionWith(Enumerable.Range(covered, sync - covered).Where(step => disk.Operations[step] is SetTime set && set.Inode == file));
            if (disk.Operations[sync] is not DirectorySynced { Directory: var directory })
                continue;
            var touched = new HashSet<int> { directory };
            for (var step = sync - 1; step >= covered; step--)
            {
                if (!Touched(disk.Operations[step]).Any(touched.Contains))
                    continue;
                touched.UnionWith(Touched(disk.Operations[step]));
                forced.Add(step);
            }
        }

        return forced;
    }

    private static ImmutableArray<int> Touched(DiskOperation operation) => operation switch
    {
        AddName { IsLink: true } link => [link.Directory],
        AddName add => [add.Directory, add.Inode],
        RemoveName remove => [remove.Directory],
        MoveName move => [move.From, move.To, move.Inode],
        SetTime set => [set.Inode],
        _ => [],
    };

    private IEnumerable<CrashState> WithContents(DiskImage names, int covered, int cut, int moment, string story, int most, Random random)
    {
        var writes = disk.Operations.Skip(covered).Take(moment - covered).Select((operation, i) => (Write: operation as WriteOctets, At: covered + i)).Where(pair => pair.Write is not null);
        var files = new List<(int Inode, List<FileContent> Variants)>();
        foreach (var group in writes.GroupBy(pair => pair.Write!.Inode))
        {
            if (names.Find(group.Key) is null)
                continue;

            // A sync of the file itself covers what was written before it.
            var synced = Enumerable.Range(covered, moment - covered).LastOrDefault(i => disk.Operations[i] is FileSynced file && file.Inode == group.Key, covered);
            var before = disk.Images[synced].Find(group.Key)?.Content ?? FileContent.Empty;
            var later = group.Where(pair => pair.At >= synced).ToList();
            var variants = ContentVariants.Of(before, later.Where(pair => pair.At < cut).Select(pair => pair.Write!), later.Where(pair => pair.At >= cut).Select(pair => pair.Write!));
            files.Add((group.Key, variants));
        }

        foreach (var choice in Choices(files.ConvertAll(file => file.Variants.Count), most, random))
        {
            var image = names;
            for (var i = 0; i < files.Count; i++)
                image = image.WithContent(files[i].Inode, files[i].Variants[choice[i]]);
            yield return new CrashState(moment, image, $"cut after step {moment}, {story}, contents {string.Join(',', choice)}");
            if (WithoutLost(image, moment) is { } less)
                yield return new CrashState(moment, less, $"cut after step {moment}, {story}, contents {string.Join(',', choice)}, without what a failed sync lost");
        }
    }

    /// <summary>The image with what was there before, or zeros, where writes were lost for good, whatever was synced later; null if there are none.</summary>
    private DiskImage? WithoutLost(DiskImage image, int moment)
    {
        DiskImage? less = null;
        for (var failed = 0; failed < moment; failed++)
        {
            if (disk.Operations[failed] is not SyncFailed)
                continue;
            for (var i = Covered(failed); i < failed; i++)
            {
                if (disk.Operations[i] is not WriteOctets write || (less ?? image).Find(write.Inode)?.Content is not { } content || content.Octets.Length <= write.Offset || IsWrittenAgain(write, i, failed, moment))
                    continue;
                var octets = (byte[])content.Octets.Clone();
                var before = disk.Images[i].Find(write.Inode)?.Content?.Octets ?? [];
                for (var at = write.Offset; at < Math.Min(write.Offset + write.Octets.Length, octets.Length); at++)
                    octets[at] = at < before.Length ? before[at] : (byte)0;
                less = (less ?? image).WithContent(write.Inode, new FileContent(octets));
            }
        }

        return less;
    }

    // Synced before the failure, or written once more after it.
    private bool IsWrittenAgain(WriteOctets write, int at, int failed, int moment) =>
        Enumerable.Range(at + 1, moment - at - 1).Any(i => disk.Operations[i] switch
        {
            FileSynced synced => i < failed && synced.Inode == write.Inode,
            WriteOctets later => i > failed && later.Inode == write.Inode && later.Offset == write.Offset && later.Octets.Length >= write.Octets.Length,
            _ => false,
        });

    // All combinations if they are few. Else: all old, all new, one file other than the rest, and a sample.
    private IEnumerable<int[]> Choices(List<int> counts, int most, Random random)
    {
        var all = counts.Aggregate(1L, (product, count) => Math.Min(product * count, int.MaxValue));
        if (all <= most)
        {
            for (var number = 0; number < all; number++)
            {
                var rest = number;
                yield return [.. counts.Select(count =>
                {
                    var digit = rest % count;
                    rest /= count;
                    return digit;
                })];
            }

            yield break;
        }

        foreach (var full in new[] { false, true })
        {
            yield return [.. counts.Select(count => full ? count - 1 : 0)];
            for (var one = 0; one < counts.Count && counts.Count <= most; one++)
            {
                for (var variant = 0; variant < counts[one]; variant++)
                    yield return [.. counts.Select((count, i) => i == one ? variant : full ? count - 1 : 0)];
            }
        }

        for (var i = 0; i < most; i++)
            yield return [.. counts.Select(count => random.Next(count))];
    }
}
