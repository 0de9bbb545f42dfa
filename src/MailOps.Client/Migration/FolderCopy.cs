using System.Globalization;
using System.Threading.Channels;
using MailOps.Client.Maildirs;
using MailOps.Client.Migration.Journal;
using MailOps.Wire;

namespace MailOps.Client.Migration;

/// <summary>
/// Copies one folder: what the journal does not know as copied is read and added, some messages at a time, while the next are read.
/// Before messages are sent the journal knows it, and after they arrived: whatever happens between the two, the next run finds out by content.
/// </summary>
internal sealed class FolderCopy(PlannedFolder folder, IMailboxReader source, IMailboxWriter target, CopyJournal journal, CopyOptions options, CopyTally tally, Func<ValueTask> tell, TimeProvider clock)
{
    // Messages that are added together: one answer for all, and one sync of the disk on a server that does it so.
    private const int MessagesOfBatch = 100;
    private const long OctetsOfBatch = 4 * 1024 * 1024;

    private static readonly TimeSpan LongestDelay = TimeSpan.FromMinutes(1);

    /// <summary>Copies it to its end, whatever happens to connections on the way.</summary>
    /// <returns>Why it could not be copied to its end; null if it was.</returns>
    public async Task<string?> RunAsync(CancellationToken cancel)
    {
        for (var failures = 0; ;)
        {
            var before = tally.Arrived;
            try
            {
                await CopyAsync(cancel).ConfigureAwait(false);
                return null;
            }
            catch (MailSessionException e) when (e.Fault is MailSessionFault.ConnectionLost or MailSessionFault.TimedOut or MailSessionFault.ProtocolViolation or MailSessionFault.ConnectFailed)
            {
                failures = tally.Arrived > before ? 1 : failures + 1;
                if (failures > options.Retries)
                    return e.Message;
                var delay = options.RetryDelay * Math.Pow(2, failures - 1);
                delay = delay < LongestDelay ? delay : LongestDelay;
                await options.Warn(string.Create(CultureInfo.InvariantCulture, $"{e.Message} The copy of {folder.Source.Path} goes on in {delay.TotalSeconds:0.###} seconds.")).ConfigureAwait(false);
                await Task.Delay(delay, clock, cancel).ConfigureAwait(false);
            }
            catch (Exception e) when (e is MailSessionException or MaildirException or MigrationException or IOException or UnauthorizedAccessException)
            {
                return e.Message;
            }
        }
    }

    private async Task CopyAsync(CancellationToken cancel)
    {
        if (AsItWas() is { } known)
        {
            var messages = folder.Source.Messages ?? (int)known.Count;
            tally.Begin(messages);
            tally.Found(messages);
            return;
        }

        await using var reader = await source.OpenAsync(folder.Source.Name, cancel).ConfigureAwait(false);
        await using var writer = await target.OpenAsync(folder.Target, cancel).ConfigureAwait(false);
        var notes = journal.Folder(folder.Source.Name, reader.Epoch, folder.Target, writer.Epoch);
        tally.Begin(reader.Count);
        var (hadCount, hadCopied) = (writer.Count, tally.Copied);
        TargetContents? contents = null;
        var batches = Channel.CreateBounded<List<MailContent>>(1);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var reading = ReadAllAsync(reader, notes, batches.Writer, linked.Token);
        try
        {
            await foreach (var batch in batches.Reader.ReadAllAsync(linked.Token).ConfigureAwait(false))
            {
                using var messages = new Disposables<MailContent>(batch);
                contents ??= await TargetContents.LookAtAsync(writer, notes, linked.Token).ConfigureAwait(false);
                await AddAsync(batch, writer, notes, contents, linked.Token).ConfigureAwait(false);
                await tell().ConfigureAwait(false);
            }

            await reading.ConfigureAwait(false);

            // What was noted under ids that the source has given up is of no use any more: whatever it has was found by content.
            notes.Forget(notes.Orphans());
            if (contents is not null)
            {
                await writer.RefreshAsync(linked.Token).ConfigureAwait(false);
                notes.TargetState = !contents.HasUnknown && writer.Count == hadCount + tally.Copied - hadCopied ? writer.State : null;
            }

            notes.SourceState = tally.IsWhole ? reader.State : null;
        }
        finally
        {
            await linked.CancelAsync().ConfigureAwait(false);
            await ((Task)reading).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            while (batches.Reader.TryRead(out var left))
                new Disposables<MailContent>(left).Dispose();
        }
    }

    // What is noted of it if all was copied, and no message has come since or gone, as far as the lists of folders tell.
    private JournalFolder? AsItWas()
    {
        if (folder.Source is not { State: { } state, Epoch: { } sourceEpoch } || folder.There?.Epoch is not { } targetEpoch)
            return null;
        var notes = journal.Folder(folder.Source.Name, sourceEpoch, folder.Target, targetEpoch);
        return notes.SourceState == state && !notes.Begun().Any() ? notes : null;
    }

    private async Task ReadAllAsync(IFolderReader reader, JournalFolder notes, ChannelWriter<List<MailContent>> batches, CancellationToken cancel)
    {
        var batch = new List<MailContent>();
        try
        {
            long octets = 0;
            await foreach (var entries in reader.ListAsync(cancel).ConfigureAwait(false))
            {
                await foreach (var message in reader.ReadAsync(Missing(entries, notes), cancel).ConfigureAwait(false))
                {
                    batch.Add(message);
                    octets += message.Octets?.Length ?? 0;
                    if (batch.Count < MessagesOfBatch && octets < OctetsOfBatch)
                        continue;
                    await batches.WriteAsync(batch, cancel).ConfigureAwait(false);
                    (batch, octets) = ([], 0);
                }
            }

            if (batch.Count > 0)
                await batches.WriteAsync(batch, cancel).ConfigureAwait(false);
            batch = [];
            batches.Complete();
        }
        catch (Exception e)
        {
            batches.Complete(e);
        }
        finally
        {
            new Disposables<MailContent>(batch).Dispose();
        }
    }

    private List<MailEntry> Missing(IReadOnlyList<MailEntry> entries, JournalFolder notes)
    {
        var known = notes.Find([.. entries.Select(entry => entry.Id)]);
        var missing = new List<MailEntry>();
        foreach (var entry in entries)
        {
            switch (known.GetValueOrDefault(entry.Id)?.State)
            {
                case JournalState.Copied:
                    tally.Found(1);
                    break;
                case JournalState.Refused when !options.RetryRefused || tally.WasRefused(entry.Id):
                    tally.StillRefused();
                    break;
                default:
                    missing.Add(entry);
                    break;
            }
        }

        return missing;
    }

    private async Task AddAsync(List<MailContent> batch, IFolderWriter writer, JournalFolder notes, TargetContents contents, CancellationToken cancel)
    {
        var found = new List<(MailContent Message, string Id)>();
        var missing = new List<MailContent>();
        foreach (var message in batch)
        {
            if (message.Octets is null)
                await RefuseAsync(message, $"{source.Name} could not show it: {message.Refusal}", notes, cancel).ConfigureAwait(false);
            else if (await contents.TakeAsync(message.Octets, cancel).ConfigureAwait(false) is { } id)
                found.Add((message, id));
            else
                missing.Add(message);
        }

        notes.Begin([.. batch.Where(message => message.Octets is not null).Select(message => (message.Entry.Id, message.Octets!.Hash, message.Octets.Length))]);
        notes.Complete([.. found.Select(one => (one.Message.Entry.Id, (string?)one.Id, one.Message.Entry.Flags))]);
        tally.Found(found.Count);
        if (missing.Count == 0)
            return;
        var (outcomes, hindrance) = await writer.AddAsync(missing, cancel).ConfigureAwait(false);
        var done = missing.Zip(outcomes).Where(one => one.Second is not null).Select(one => (Message: one.First, Outcome: one.Second!.Value)).ToList();
        var arrived = done.Where(one => one.Outcome.Refusal is null).ToList();
        notes.Complete([.. arrived.Select(one => (one.Message.Entry.Id, one.Outcome.Id, one.Message.Entry.Flags))]);
        tally.Add(arrived.Count, arrived.Sum(one => one.Message.Octets!.Length));
        foreach (var (message, outcome) in done.Where(one => one.Outcome.Refusal is not null))
            await RefuseAsync(message, outcome.Refusal!, notes, cancel).ConfigureAwait(false);
        if (hindrance is not null)
            throw new MailSessionException(MailSessionFault.CommandRefused, $"{hindrance.TrimEnd('.')}. Run the copy again when that is cured: it goes on there.");
    }

    // It is kept before it is noted: a message that is noted as refused can be found.
    private async Task RefuseAsync(MailContent message, string reason, JournalFolder notes, CancellationToken cancel)
    {
        var path = message.Octets is null ? null : await Quarantine.KeepAsync(options.QuarantinePath, folder.Source.Path, message, cancel).ConfigureAwait(false);
        if (message.Octets is null)
            notes.Begin([(message.Entry.Id, UInt128.Zero, message.Entry.Size)]);
        notes.Refuse(message.Entry.Id, reason);
        tally.Refuse(new RefusedMessage { Folder = folder.Source.Path, Id = message.Entry.Id, Size = message.Octets?.Length ?? message.Entry.Size, Reason = reason, Path = path });
    }
}
