using System.Runtime.InteropServices;
using MailOps.Client.Migration.Journal;

namespace MailOps.Client.Migration;

/// <summary>
/// Messages of a folder of the target of which the journal does not know whose copies they are: they were there before, or arrived in the
/// moment in which a copier was killed or its connection was cut. Each can stand for one message of the source that is equal to it.
/// </summary>
internal sealed class TargetContents
{
    private readonly IFolderWriter _folder;
    private readonly ILookup<long, MailEntry> _unknown;
    private readonly HashSet<long> _readSizes = [];
    private readonly Dictionary<UInt128, Queue<string>> _byHash = [];

    // Copies whose ids the target did not tell: so many of those that are equal are known, whichever they are.
    private readonly Dictionary<UInt128, int> _unnamed;

    private TargetContents(IFolderWriter folder, IEnumerable<MailEntry> unknown, Dictionary<UInt128, int> unnamed)
    {
        _folder = folder;
        _unknown = unknown.ToLookup(entry => entry.Size);
        _unnamed = unnamed;
    }

    /// <summary>True if the folder had a message of which the journal does not know, or not by its id.</summary>
    public bool HasUnknown => _unknown.Count > 0;

    /// <summary>Looks at a folder.</summary>
    /// <param name="folder">The folder, as it is before anything is added.</param>
    /// <param name="notes">What was copied into it.</param>
    /// <param name="cancel">Ends the work.</param>
    public static async Task<TargetContents> LookAtAsync(IFolderWriter folder, JournalFolder notes, CancellationToken cancel)
    {
        var unknown = new List<MailEntry>();
        var unnamed = new Dictionary<UInt128, int>();
        var isAsItWas = folder.State is { } state && state == notes.TargetState && !notes.Begun().Any();
        if (folder.Count > 0 && !isAsItWas)
        {
            var known = new HashSet<string>(StringComparer.Ordinal);
            foreach (var copy in notes.Entries().Where(entry => entry.State == JournalState.Copied))
            {
                if (copy.TargetId is { } id)
                    known.Add(id);
                else
                    CollectionsMarshal.GetValueRefOrAddDefault(unnamed, copy.Hash, out _)++;
            }

            await foreach (var entries in folder.ListAsync(cancel).ConfigureAwait(false))
                unknown.AddRange(entries.Where(entry => !known.Contains(entry.Id)));
        }

        return new TargetContents(folder, unknown, unnamed);
    }

    /// <summary>Takes a message of the target that is equal to one of the source, and for which no other was taken.</summary>
    /// <returns>Its id, or null.</returns>
    public async Task<string?> TakeAsync(MessageSpool message, CancellationToken cancel)
    {
        if (_unknown.Count == 0)
            return null;
        // As it was sent, as servers count it, and with the end of a last line that had none.
        foreach (var size in new[] { message.CrlfLength, message.Length, message.CrlfLength + 2 })
        {
            if (_readSizes.Add(size))
                await ReadAsync([.. _unknown[size]], cancel).ConfigureAwait(false);
        }

        return _byHash.TryGetValue(message.Hash, out var equal) && equal.TryDequeue(out var id) ? id : null;
    }

    private async Task ReadAsync(IReadOnlyList<MailEntry> entries, CancellationToken cancel)
    {
        var hashes = new HashSet<UInt128>();
        await foreach (var message in _folder.ReadAsync(entries, cancel).ConfigureAwait(false))
        {
            using (message)
            {
                if (message.Octets is not { } octets)
                    continue;
                var hash = octets.Hash;
                if (!_byHash.TryGetValue(hash, out var equal))
                    _byHash[hash] = equal = new Queue<string>();
                equal.Enqueue(message.Entry.Id);
                hashes.Add(hash);
            }
        }

        foreach (var hash in hashes)
        {
            for (var known = _unnamed.GetValueOrDefault(hash); known > 0; known--)
                _byHash[hash].TryDequeue(out _);
        }
    }
}
