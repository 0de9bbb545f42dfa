using System.Runtime.CompilerServices;
using System.Threading.Channels;
using MailOps.Client.Migration.Journal;
using MailOps.Wire;

namespace MailOps.Client.Migration;

/// <content>The half that reads: what the journal does not know as copied.</content>
internal sealed partial class FolderCopy
{
    // What another size under a number means is asked once.
    private bool _isNumberedAnew;
    private bool _sizesVary;

    // True if all messages were listed, and not only those that came since.
    private async Task<bool> ReadAllAsync(IFolderReader reader, JournalFolder notes, FolderMirror mirror, int alone, ChannelWriter<List<MailContent>> batches, CancellationToken cancel)
    {
        var batch = new List<MailContent>();
        try
        {
            long octets = 0;
            var listed = 0;
            var changed = await ChangedAsync(reader, notes, mirror, cancel).ConfigureAwait(false);
            await foreach (var entries in changed is null ? reader.ListAsync(cancel) : new[] { changed }.ToAsyncEnumerable())
            {
                listed += entries.Count;
                var (missing, resized) = Missing(entries, notes, mirror, countsFound: changed is null);
                if (resized is var (entry, hash) && !_sizesVary)
                    await RequireSameAsync(reader, entry, hash, cancel).ConfigureAwait(false);
                await foreach (var message in ReadAsync(reader, missing, alone, cancel).ConfigureAwait(false))
                {
                    if (options.Filter?.Takes(message.Entry) == false)
                    {
                        message.Dispose();
                        tally.Skip(1);
                        continue;
                    }

                    batch.Add(message);
                    octets += message.Octets?.Length ?? 0;
                    if (alone <= 0 && batch.Count < MessagesOfBatch && octets < OctetsOfBatch)
                        continue;
                    await batches.WriteAsync(batch, cancel).ConfigureAwait(false);
                    (batch, octets) = ([], 0);
                }

                alone -= missing.Count;
                YoungMemory.Keep();
            }

            // What a search does not find is left out as well.
            tally.Skip(reader.ShowsAll ? 0 : Math.Max(0, reader.Count - listed));

            if (batch.Count > 0)
                await batches.WriteAsync(batch, cancel).ConfigureAwait(false);
            batch = [];
            batches.Complete();
            return changed is null;
        }
        catch (Exception e)
        {
            batches.Complete(e);
            return false;
        }
        finally
        {
            new Disposables<MailContent>(batch).Dispose();
        }
    }

    // What is not listed is known and on the target.
    private async Task<IReadOnlyList<MailEntry>?> ChangedAsync(IFolderReader reader, JournalFolder notes, FolderMirror mirror, CancellationToken cancel)
    {
        if (Noted(notes) is not var (state, flags) || (options.Mirrors && flags.Length == 0))
            return null;
        var known = notes.Count;
        var changed = await reader.ChangedSinceAsync(state, options.Mirrors ? flags : null, cancel).ConfigureAwait(false);
        if (changed is not null && (!options.RemovesDeleted || known + New(changed, notes) == reader.Count))
        {
            tally.Found((int)known);
            tally.Skip(options.Filter is null ? 0 : (int)Math.Max(0, reader.Count - known - New(changed, notes)));
            return changed;
        }

        // Some have gone, or there are some that are not meant. Where the source tells which, and it comes to what is there, the others need not be listed.
        if (!options.RemovesDeleted || flags.Length == 0 || await reader.ChangedAndGoneSinceAsync(state, flags, cancel).ConfigureAwait(false) is not var (since, gone))
            return null;
        var left = known - notes.Find(gone).Count;
        if (left + New(since, notes) != reader.Count)
            return null;
        tally.Found((int)left);
        mirror.Miss(gone);
        return since;
    }

    private static int New(IReadOnlyList<MailEntry> entries, JournalFolder notes) => entries.Count - notes.Find([.. entries.Select(entry => entry.Id)]).Count;

    private async IAsyncEnumerable<MailContent> ReadAsync(IFolderReader reader, List<MailEntry> entries, int alone, [EnumeratorCancellation] CancellationToken cancel)
    {
        if (alone <= 0)
        {
            await foreach (var message in reader.ReadAsync(entries, cancel).ConfigureAwait(false))
                yield return message;
            yield break;
        }

        foreach (var entry in entries)
        {
            if (_suspects.NotRead(entry.Id) is { } reason)
                yield return new MailContent(entry, Octets: null, reason);
            else if (await ReadOneAsync(reader, entry, cancel).ConfigureAwait(false) is { } message)
                yield return message;
        }
    }

    private async Task<MailContent?> ReadOneAsync(IFolderReader reader, MailEntry entry, CancellationToken cancel)
    {
        try
        {
            MailContent? found = null;
            await foreach (var message in reader.ReadAsync([entry], cancel).ConfigureAwait(false))
                found = message;
            return found;
        }
        catch (MailSessionException e) when (IsLoss(e))
        {
            _suspects.LostReading(entry.Id);
            throw;
        }
    }

    // And the first of those that are known which has another size than it had.
    private (List<MailEntry> Missing, (MailEntry Entry, UInt128 Hash)? Resized) Missing(IReadOnlyList<MailEntry> entries, JournalFolder notes, FolderMirror mirror, bool countsFound)
    {
        var known = notes.Find([.. entries.Select(entry => entry.Id)]);
        var missing = new List<MailEntry>();
        (MailEntry, UInt128)? resized = null;
        foreach (var entry in entries)
        {
            var noted = known.GetValueOrDefault(entry.Id);
            mirror.See(entry, noted?.Flags, noted?.TargetId);
            if (options.Filter?.Takes(entry) == false)
            {
                tally.Skip(1);
                continue;
            }

            switch (noted?.State)
            {
                case JournalState.Copied:
                    if (noted.Size != entry.Size)
                        resized ??= (entry, noted.Hash);
                    tally.Found(countsFound ? 1 : 0);
                    break;
                case JournalState.Refused when !options.RetryRefused || tally.WasRefused(entry.Id):
                    tally.StillRefused();
                    break;
                default:
                    missing.Add(entry);
                    break;
            }
        }

        return (missing, resized);
    }

    // A server may tell sizes that are not quite right, and others the next time: what the message is counts.
    private async Task RequireSameAsync(IFolderReader reader, MailEntry entry, UInt128 hash, CancellationToken cancel)
    {
        UInt128? now = null;
        await foreach (var message in reader.ReadAsync([entry], cancel).ConfigureAwait(false))
        {
            using (message)
                now = message.Octets?.Hash;
        }

        _sizesVary = now == hash;
        _isNumberedAnew = now is not null && now != hash;
        if (_isNumberedAnew)
            throw new MailSessionException(MailSessionFault.ConnectionLost, $"{source.Name} has another message in {folder.Source.Path} under the number {entry.Id} than the one that was copied: {(reader.Ids is null ? "the folder was restored with the UIDVALIDITY that it had, or that of another" : "its unique-ids do not last, as they should (RFC 1939, section 7)")}. All its messages are told by their content.");
    }
}
