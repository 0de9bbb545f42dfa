using System.Globalization;
using MailOps.Client.Migration.Journal;

namespace MailOps.Client.Migration;

/// <summary>Carries to copies what changed on the source after they were made: flags, and, where asked, that a message is gone.</summary>
internal sealed class FolderMirror(PlannedFolder folder, TargetFolder there, JournalFolder notes, CopyOptions options, CopyTally tally)
{
    private const int AtOnce = 500;

    private readonly Lock _gate = new();
    private readonly List<(string SourceId, string TargetId, string Flags)> _changed = [];
    private readonly HashSet<string> _seen = new(StringComparer.Ordinal);
    private HashSet<string>? _gone;
    private long _unnamed;

    /// <summary>A message of the source was listed, or found on the target. From any thread.</summary>
    /// <param name="entry">The message.</param>
    /// <param name="flags">The flags that its copy has as far as is known; null if it has none yet.</param>
    /// <param name="targetId">What the copy is called; null if nobody knows.</param>
    public void See(MailEntry entry, string? flags, string? targetId)
    {
        lock (_gate)
        {
            if (options.RemovesDeleted)
                _seen.Add(entry.Id);
            if (!options.Mirrors || flags is null || flags == entry.Flags)
                return;
            if (targetId is null)
                _unnamed++;
            else
                _changed.Add((entry.Id, targetId, entry.Flags));
        }
    }

    /// <summary>The source has told which messages are gone; the others need not be seen.</summary>
    public void Miss(IEnumerable<string> ids)
    {
        lock (_gate)
            _gone = ids.ToHashSet(StringComparer.Ordinal);
    }

    /// <summary>Changes the target.</summary>
    /// <param name="listed">How many messages the source has; null if only those were listed that changed.</param>
    /// <param name="cancel">Ends the work.</param>
    public async Task RunAsync(int? listed, CancellationToken cancel)
    {
        foreach (var some in _changed.Chunk(AtOnce))
        {
            await (await there.OpenAsync(cancel).ConfigureAwait(false)).SetFlagsAsync([.. some.Select(one => (one.TargetId, one.Flags))], cancel).ConfigureAwait(false);
            notes.SetFlags([.. some.Select(one => (one.SourceId, one.Flags))]);
            tally.Change(some.Length);
        }

        if (_unnamed > 0)
            await options.Warn(string.Create(CultureInfo.InvariantCulture, $"Flags of {_unnamed} messages of {folder.Source.Path} changed and were not carried: the target does not tell which its copies are (no UIDPLUS).")).ConfigureAwait(false);
        if (!options.RemovesDeleted)
            return;
        if (_gone is not null)
            await RemoveAsync(cancel).ConfigureAwait(false);
        if (listed is not { } count)
            return;

        // A list that is not whole says nothing of what is not in it.
        if (_seen.Count < count)
            await options.Warn(string.Create(CultureInfo.InvariantCulture, $"{folder.Source.Path} has {count} messages, and {_seen.Count} were listed: nothing was removed from the target.")).ConfigureAwait(false);
        else
            await RemoveAsync(cancel).ConfigureAwait(false);
    }

    private async Task RemoveAsync(CancellationToken cancel)
    {
        foreach (var some in notes.Entries().Where(IsGone).Chunk(AtOnce))
        {
            // What goes is what was made here and is still that, octet for octet. What was there before stays, what is something else now, and what
            // stands for a message that is there: of equal messages, as many copies as there are messages.
            var kept = Equal(some);
            var copies = some.Where(entry => !entry.WasThere && !kept.Exists(one => one.TargetId == entry.TargetId)).DistinctBy(entry => entry.TargetId, StringComparer.Ordinal).ToDictionary(entry => entry.TargetId!, StringComparer.Ordinal);
            var found = await ReadAsync(copies.Values.Concat(kept).Select(entry => (entry.TargetId!, entry.Size)).DistinctBy(one => one.Item1, StringComparer.Ordinal), cancel).ConfigureAwait(false);
            var missing = kept.Where(entry => found.GetValueOrDefault(entry.TargetId!) != entry.Hash).Select(entry => entry.Hash).ToHashSet();
            var others = copies.Values.Where(entry => found.TryGetValue(entry.TargetId!, out var hash) && hash != entry.Hash).Select(entry => entry.TargetId!).ToHashSet(StringComparer.Ordinal);
            var proved = copies.Values.Where(entry => found.TryGetValue(entry.TargetId!, out var hash) && hash == entry.Hash && !missing.Contains(hash)).Select(entry => entry.TargetId!).ToList();
            if (proved.Count > 0)
                await (await there.OpenAsync(cancel).ConfigureAwait(false)).RemoveAsync(proved, cancel).ConfigureAwait(false);
            notes.Forget(some.Where(entry => !others.Contains(entry.TargetId!)).Select(entry => entry.SourceId));
            tally.Remove(proved.Count);
            if (others.Count > 0)
                await options.Warn(string.Create(CultureInfo.InvariantCulture, $"{others.Count} messages that are gone from {folder.Source.Path} stay on the target: what is there under their numbers is not what was copied.")).ConfigureAwait(false);
        }
    }

    private bool IsGone(JournalEntry entry) => entry is { State: JournalState.Copied, TargetId: not null } && !IsThere(entry.SourceId);

    private bool IsThere(string id) => _gone is null ? _seen.Contains(id) : !_gone.Contains(id);

    // Copies of messages that are there, which are equal to some that are gone, or are called the same.
    private List<JournalEntry> Equal(IReadOnlyList<JournalEntry> gone)
    {
        var (hashes, ids) = (gone.Select(entry => entry.Hash).ToHashSet(), gone.Select(entry => entry.TargetId!).ToHashSet(StringComparer.Ordinal));
        return [.. notes.Entries().Where(entry => entry is { State: JournalState.Copied, TargetId: { } id } && IsThere(entry.SourceId) && (hashes.Contains(entry.Hash) || ids.Contains(id)))];
    }

    private async Task<Dictionary<string, UInt128>> ReadAsync(IEnumerable<(string Id, long Size)> copies, CancellationToken cancel)
    {
        var found = new Dictionary<string, UInt128>(StringComparer.Ordinal);
        var asked = copies.Select(one => new MailEntry(one.Id, one.Size, "", Arrived: null)).OrderBy(entry => entry.Id.Length).ThenBy(entry => entry.Id, StringComparer.Ordinal).ToList();
        await foreach (var message in (await there.OpenAsync(cancel).ConfigureAwait(false)).ReadAsync(asked, cancel).ConfigureAwait(false))
        {
            using (message)
                found[message.Entry.Id] = message.Octets?.Hash ?? 0;
        }

        return found;
    }
}
