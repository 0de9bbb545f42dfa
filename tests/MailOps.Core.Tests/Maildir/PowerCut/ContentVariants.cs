namespace MailOps.Core.Tests.Maildir.PowerCut;

/// <summary>What a file's content may be when some of its writes were not covered by a sync.</summary>
internal static class ContentVariants
{
    private const int Block = 4096;
    private const int Sector = 512;

    /// <summary>All contents that may be found, the one of before first and the one after all writes last.</summary>
    /// <param name="before">The content that was covered; empty for a file that was made since.</param>
    /// <param name="writes">The writes since, in their order.</param>
    /// <param name="inPlace">Later writes; of these only what overwrites octets that are there can survive.</param>
    internal static List<FileContent> Of(FileContent before, IEnumerable<WriteOctets> writes, IEnumerable<WriteOctets> inPlace)
    {
        var found = new List<FileContent> { before };
        var partial = new List<FileContent>();
        var now = before;
        foreach (var write in writes)
        {
            var after = now.After(write);
            partial.AddRange(Between(now, after, write));
            found.Add(now = after);
        }

        foreach (var write in inPlace.TakeWhile(write => write.Offset + write.Octets.Length <= now.Octets.Length))
        {
            var after = now.After(write);
            partial.AddRange(Between(now, after, write));
            partial.Add(now);
            found.Add(now = after);
        }

        found.InsertRange(found.Count - 1, partial);
        var last = found[^1];
        var distinct = found.DistinctBy(content => content.Hash).ToList();
        distinct.RemoveAll(content => content.Hash == last.Hash);
        distinct.Add(last);
        return distinct;
    }

    private static IEnumerable<FileContent> Between(FileContent before, FileContent after, WriteOctets write)
    {
        var (shorter, longer) = (before.Octets.Length, after.Octets.Length);
        if (longer > shorter)
        {
            // Short: one octet, a half, all but one, and where a block ends.
            foreach (var length in new[] { shorter + 1, (shorter + longer) / 2, longer - 1, longer / Block * Block })
            {
                if (length > shorter && length < longer)
                    yield return new FileContent(after.Octets[..length]);
            }

            // The length was journaled with the block already there, and the content was not written.
            var end = Math.Min(longer, (shorter + Block - 1) / Block * Block);
            if (shorter > 0 && end > shorter)
            {
                var zeros = after.Octets[..end];
                zeros.AsSpan(shorter).Clear();
                yield return new FileContent(zeros);
            }
        }

        // A disk writes a sector as a whole, and sectors in any order.
        var first = write.Offset / Sector;
        var last = (Math.Min(write.Offset + write.Octets.Length, shorter) - 1) / Sector;
        for (var edge = first + 1; edge <= last; edge++)
        {
            var mixed = (byte[])before.Octets.Clone();
            after.Octets.AsSpan(0, edge * Sector).CopyTo(mixed);
            yield return new FileContent(mixed);
            mixed = after.Octets[..Math.Max(shorter, edge * Sector)];
            before.Octets.AsSpan(0, edge * Sector).CopyTo(mixed);
            yield return new FileContent(mixed);
        }
    }
}
