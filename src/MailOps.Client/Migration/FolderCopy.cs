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
internal sealed partial class FolderCopy(PlannedFolder folder, IMailboxReader source, IMailboxWriter target, CopyJournal journal, CopyOptions options, CopyTally tally, Func<ValueTask> tell, CopyPace pace, TimeProvider clock)
{
    // Messages that are added together: one answer for all, and one sync of the disk on a server that does it so. As many again wait to be added
    // and are being read, in twice as many folders as are read at once.
    private const int MessagesOfBatch = 500;
    private const long OctetsOfBatch = 2 * 1024 * 1024;

    // More than are under way at once: the one at which a connection is lost is among them.
    private const int TriedAlone = 1_000;

    private static readonly TimeSpan LongestDelay = TimeSpan.FromMinutes(1);

    private readonly SuspectMessages _suspects = new();
    private readonly HashSet<string> _keywords = new(StringComparer.OrdinalIgnoreCase);

    // How what is left out is noted with the state: null if that may be meant later without one that comes or goes.
    private readonly string? _filter = options.Filter is { } filter ? filter.Key is { } key ? "|" + key : null : "";

    // After a failure nobody knows what has changed since the folders were listed.
    private bool _listsTell = true;
    private bool _foundOtherFlags;

    // Messages were sent, and no answer came: the server may be taking them still.
    private bool _isOnItsWay;

    /// <summary>Copies it to its end, whatever happens to connections on the way.</summary>
    /// <returns>Why it could not be copied to its end; null if it was.</returns>
    public async Task<string?> RunAsync(CancellationToken cancel)
    {
        for (var (failures, busy) = (0, 0); ;)
        {
            var before = tally.Arrived;
            _isOnItsWay = false;
            using var place = await pace.ReadAsync(cancel).ConfigureAwait(false);
            var there = new TargetFolder(folder, target, pace, _listsTell ? folder.There?.Epoch : null);
            try
            {
                // After two losses without a message between them it may be that a server does not bear one of them: which it is shows when each is by itself.
                await CopyAsync(there, place, failures < 2 ? 0 : TriedAlone, cancel).ConfigureAwait(false);
                return null;
            }
            catch (MailSessionException e) when (e.Fault is MailSessionFault.ServerBusy)
            {
                busy = tally.Arrived > before ? 1 : busy + 1;
                if (busy > options.BusyRetries)
                    return e.Message;
                await pace.SlowDownAsync(e.Message, e.RetryAfter).ConfigureAwait(false);
            }
            catch (MailSessionException e) when (IsLoss(e))
            {
                failures = tally.Arrived > before ? 1 : failures + 1;
                if (failures > options.Retries)
                    return e.Message;
                var delay = options.RetryDelay * Math.Pow(2, failures - 1);
                delay = delay < LongestDelay ? delay : LongestDelay;
                if (_isOnItsWay && target.EndsAlone && delay < options.SettleTime)
                    delay = options.SettleTime;
                await options.Warn(string.Create(CultureInfo.InvariantCulture, $"{e.Message} The copy of {folder.Source.Path} goes on in {delay.TotalSeconds:0.###} seconds.")).ConfigureAwait(false);
                await Task.Delay(delay, clock, cancel).ConfigureAwait(false);
            }
            catch (Exception e) when (e is MailSessionException or MaildirException or MigrationException or IOException or UnauthorizedAccessException)
            {
                return e.Message;
            }
            finally
            {
                _listsTell = false;
                there.Leave();
            }
        }
    }

    /// <summary>False if all was copied before, and nothing has changed since as far as the lists of folders tell.</summary>
    public bool HasWork => folder.Source is { HoldsMessages: true, Messages: not 0 } && AsItWas() is null;

    // What went while the folder was read is no longer there, and what came since is for the next run; what was there all the time and was not shown is missing on the target.
    private async Task TellUnseenAsync(string? state, CancellationToken cancel)
    {
        await using var again = await source.OpenAsync(folder.Source.Name, cancel).ConfigureAwait(false);
        if (tally.Done >= again.Count || again.State != state)
            return;
        tally.Miss(again.Count - tally.Done);
        await options.Warn(string.Create(CultureInfo.InvariantCulture, $"{folder.Source.Path} has {again.Count} messages, and {source.Name} showed {tally.Done}: the others are not copied. Run the copy again, and look at the folder with another program if that stays so.")).ConfigureAwait(false);
    }

    // The place among those who read is left as soon as all is read: another folder is read while the last messages of this one are added.
    private async Task CopyAsync(TargetFolder opened, IDisposable place, int alone, CancellationToken cancel)
    {
        if (AsItWas() is { } known)
        {
            var messages = folder.Source.Messages ?? (int)known.Count;
            tally.Begin(messages);
            tally.Found((int)Math.Min(messages, known.Count));
            tally.Skip(messages - (int)Math.Min(messages, known.Count));
            return;
        }

        await using var there = opened;
        var listsAll = ListedNotes() is { } listed && (Noted(listed) is null);
        var reader = await (listsAll ? source.OpenToListAsync(folder.Source.Name, cancel) : source.OpenAsync(folder.Source.Name, cancel)).ConfigureAwait(false);
        JournalFolder notes;
        try
        {
            notes = Notes(await there.EpochAsync(cancel).ConfigureAwait(false));
            if (_isNumberedAnew)
                notes.Renumber();
            _isNumberedAnew = false;
            there.IsNew = notes.Count == 0;
        }
        catch
        {
            await reader.DisposeAsync().ConfigureAwait(false);
            throw;
        }

        var (count, state, showsAll) = (reader.Count, reader.State, reader.ShowsAll);
        tally.Begin(count);
        var mirror = new FolderMirror(folder, there, notes, options, tally);
        // Flags are known to be carried up to here, if they were or if all messages come now.
        var carried = options.Mirrors || there.IsNew ? reader.FlagState : Noted(notes)?.Flags;
        var (hadCount, hadCopied) = (0, tally.Copied);
        TargetContents? contents = null;
        var batches = Channel.CreateBounded<List<MailContent>>(1);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var reading = ReadToEndAsync();
        try
        {
            await foreach (var batch in batches.Reader.ReadAllAsync(linked.Token).ConfigureAwait(false))
            {
                using var messages = new Disposables<MailContent>(batch);
                if (contents is null)
                    await SettleAsync(there, notes, linked.Token).ConfigureAwait(false);
                var writer = await there.OpenAsync(linked.Token).ConfigureAwait(false);
                if (contents is null)
                {
                    hadCount = writer.Count;
                    if (there.IsNew)
                        Notes(writer.Epoch);
                    contents = await TargetContents.LookAtAsync(writer, notes, journal.Others(notes), linked.Token).ConfigureAwait(false);
                }

                await AddAsync(batch, writer, notes, contents, mirror, linked.Token).ConfigureAwait(false);
                await tell().ConfigureAwait(false);
                YoungMemory.Keep();
                pace.GoOn();
                await pace.WaitAsync(linked.Token).ConfigureAwait(false);
            }

            var isListed = await reading.ConfigureAwait(false);
            await mirror.RunAsync(isListed ? count : null, linked.Token).ConfigureAwait(false);

            // What was noted under ids that the source has given up is of no use any more: whatever it has was found by content.
            notes.Forget(notes.Orphans());
            if (contents is not null)
            {
                var writer = await there.OpenAsync(linked.Token).ConfigureAwait(false);
                await TellLostKeywordsAsync(writer, linked.Token).ConfigureAwait(false);
                await writer.RefreshAsync(linked.Token).ConfigureAwait(false);
                notes.TargetState = !contents.HasUnknown && writer.Count == hadCount + tally.Copied - hadCopied ? writer.State : null;
            }

            if (isListed && showsAll && tally.Done < count)
                await TellUnseenAsync(state, cancel).ConfigureAwait(false);
            notes.SourceState = tally.IsWhole && showsAll && state is not null && _filter is not null ? $"{state}|{(options.Mirrors || !_foundOtherFlags ? carried : null)}{_filter}" : null;
        }
        finally
        {
            await linked.CancelAsync().ConfigureAwait(false);
            await ((Task)reading).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            while (batches.Reader.TryRead(out var left))
                new Disposables<MailContent>(left).Dispose();
        }

        JournalFolder Notes(string epoch) => reader.Ids is { } ids
            ? journal.Folder(folder.Source.Name, ids, folder.Target, epoch)
            : journal.Folder(folder.Source.Name, reader.Epoch, folder.Target, epoch);

        async Task<bool> ReadToEndAsync()
        {
            using (place)
            await using (reader)
                return await ReadAllAsync(reader, notes, mirror, alone, batches.Writer, linked.Token).ConfigureAwait(false);
        }
    }

    // A server may still be taking what was on its way when the run before was killed: looked for too early it would not be found, and be there twice.
    private async Task SettleAsync(TargetFolder there, JournalFolder notes, CancellationToken cancel)
    {
        if (!target.EndsAlone || journal.LastWritten is not { } last || !notes.Begun().Any())
            return;
        var left = last + options.SettleTime - clock.GetUtcNow();
        if (left <= TimeSpan.Zero)
            return;
        left = left < options.SettleTime ? left : options.SettleTime;
        await options.Warn(string.Create(CultureInfo.InvariantCulture, $"The run before ended while messages were on their way to {folder.Target} of {target.Name}, which may be taking them still. The copy of {folder.Source.Path} goes on in {left.TotalSeconds:0} seconds.")).ConfigureAwait(false);
        await Task.Delay(left, clock, cancel).ConfigureAwait(false);

        // What came meanwhile is seen by who opens it now.
        await there.DisposeAsync().ConfigureAwait(false);
    }

    private async Task TellLostKeywordsAsync(IFolderWriter writer, CancellationToken cancel)
    {
        if (_keywords.Count == 0 || await writer.KnownFlagsAsync(cancel).ConfigureAwait(false) is not { } known)
            return;
        var lost = _keywords.Except(known, StringComparer.OrdinalIgnoreCase).Order(StringComparer.OrdinalIgnoreCase).ToList();
        if (lost.Count == 0)
            return;
        tally.Lose(lost);
        await options.Warn(string.Create(CultureInfo.InvariantCulture, $"{folder.Target} of {target.Name} did not keep {lost.Count} of {_keywords.Count} keywords: {string.Join(", ", lost)}. Their messages were copied without them.")).ConfigureAwait(false);
    }

    // What is noted of it if all was copied, and no message has come since or gone, as far as the lists of folders tell.
    private JournalFolder? AsItWas()
    {
        if (folder.Source.State is not { } state || ListedNotes() is not { } notes)
            return null;
        var isSame = Noted(notes) is var (noted, flags) && noted == state && (!options.Mirrors || (flags.Length > 0 && flags == folder.Source.FlagState));
        // What went from the source before deletions were to be carried is still noted.
        var hasGone = options.RemovesDeleted && folder.Source.Messages != notes.Count;
        return isSame && !hasGone && !notes.Begun().Any() ? notes : null;
    }

    // What is noted of it, if the lists of folders tell enough to know.
    private JournalFolder? ListedNotes() =>
        _listsTell && folder.Source.Epoch is { } sourceEpoch && folder.There?.Epoch is { } targetEpoch ? journal.Folder(folder.Source.Name, sourceEpoch, folder.Target, targetEpoch) : null;

    // What the source was in when all of it was on the target that is meant now, and its flags.
    private (string State, string Flags)? Noted(JournalFolder notes) =>
        notes.SourceState?.Split('|') is [var state, var flags, .. var filter] && string.Concat(filter.Select(key => "|" + key)) == _filter ? (state, flags) : null;

    private static bool IsLoss(MailSessionException e) =>
        e.Fault is MailSessionFault.ConnectionLost or MailSessionFault.TimedOut or MailSessionFault.ProtocolViolation or MailSessionFault.ConnectFailed or MailSessionFault.MailboxInUse;

    private async Task AddAsync(List<MailContent> batch, IFolderWriter writer, JournalFolder notes, TargetContents contents, FolderMirror mirror, CancellationToken cancel)
    {
        var found = new List<(MailContent Message, MailEntry There)>();
        var missing = new List<MailContent>();
        foreach (var message in batch)
        {
            if (message.Octets is null)
                await RefuseAsync(message, $"{source.Name} could not show it: {message.Refusal}", notes, cancel).ConfigureAwait(false);
            else if (await contents.TakeAsync(message.Octets, cancel).ConfigureAwait(false) is { } there)
                found.Add((message, there));
            else if (_suspects.NotAdded(message.Entry.Id) is { } reason)
                await GiveUpAsync(message, reason, notes, cancel).ConfigureAwait(false);
            else
                missing.Add(message);
        }

        options.Guard?.Invoke();
        notes.Begin([.. found.Select(one => one.Message).Concat(missing).Select(message => (message.Entry.Id, message.Octets!.Hash, message.Entry.Size))]);
        notes.Complete([.. found.Select(one => (one.Message.Entry.Id, (string?)one.There.Id, one.There.Flags))], wereThere: true);
        foreach (var (message, there) in found)
        {
            _foundOtherFlags |= there.Flags != message.Entry.Flags;
            mirror.See(message.Entry, there.Flags, there.Id);
            Log("found", message, there.Id);
        }

        tally.Match(found.Count);
        if (missing.Count == 0)
            return;
        var (outcomes, hindrance) = await AddAsync(missing, writer, cancel).ConfigureAwait(false);
        var done = missing.Zip(outcomes).Where(one => one.Second is not null).Select(one => (Message: one.First, Outcome: one.Second!.Value)).ToList();
        var arrived = done.Where(one => one.Outcome.Refusal is null).ToList();
        notes.Complete([.. arrived.Select(one => (one.Message.Entry.Id, one.Outcome.Id, one.Message.Entry.Flags))]);
        _keywords.UnionWith(arrived.SelectMany(one => one.Message.Entry.Flags.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Where(flag => flag[0] != '\\'));
        tally.Add(arrived.Count, arrived.Sum(one => one.Message.Octets!.Length));
        foreach (var (message, outcome) in arrived)
            Log("copied", message, outcome.Id);
        foreach (var (message, outcome) in done.Where(one => one.Outcome.Refusal is not null))
            await RefuseAsync(message, outcome.Refusal!, notes, cancel).ConfigureAwait(false);
        if (hindrance is { Fault: MailSessionFault.ServerBusy })
            throw hindrance;
        if (hindrance is not null)
            throw new MailSessionException(hindrance.Fault, $"{hindrance.Message.TrimEnd('.')}. Run the copy again when that is cured: it goes on there.");
    }

    private async Task<AddResult> AddAsync(List<MailContent> messages, IFolderWriter writer, CancellationToken cancel)
    {
        _isOnItsWay = true;
        try
        {
            var added = await writer.AddAsync(messages, cancel).ConfigureAwait(false);
            _isOnItsWay = false;
            return added;
        }
        catch (MailSessionException e) when (IsLoss(e) && messages is [var alone])
        {
            _suspects.LostAdding(alone.Entry.Id);
            throw;
        }
        catch (MailSessionException e) when (e.Fault is MailSessionFault.CommandRefused)
        {
            return new AddResult(new AddOutcome?[messages.Count], e);
        }
    }

    private async Task GiveUpAsync(MailContent message, string reason, JournalFolder notes, CancellationToken cancel)
    {
        notes.Begin([(message.Entry.Id, message.Octets!.Hash, message.Entry.Size)]);
        await RefuseAsync(message, $"{target.Name} could not take it: {reason}", notes, cancel).ConfigureAwait(false);
    }

    // It is kept before it is noted: a message that is noted as refused can be found.
    private async Task RefuseAsync(MailContent message, string reason, JournalFolder notes, CancellationToken cancel)
    {
        var path = message.Octets is null ? null : await Quarantine.KeepAsync(options.QuarantinePath, folder.Source.Path, message, cancel).ConfigureAwait(false);
        if (message.Octets is null)
            notes.Begin([(message.Entry.Id, UInt128.Zero, message.Entry.Size)]);
        notes.Refuse(message.Entry.Id, reason);
        tally.Refuse(new RefusedMessage { Folder = folder.Source.Path, Id = message.Entry.Id, Size = message.Octets?.Length ?? message.Entry.Size, Reason = reason, Path = path });
        Log("refused", message, id: null, reason);
    }

    private void Log(string result, MailContent message, string? id, string? reason = null) =>
        options.Log?.Invoke(new CopiedMessage(result, folder.Source.Path, message.Entry.Id, folder.Target, id, message.Octets?.Length ?? message.Entry.Size, reason));
}
