using System.Collections.Concurrent;

namespace MailOps.Client.Migration.Batches;

/// <summary>
/// Carries out what a store's batches wish: plans passes, works on as many mailboxes at once as it was told, and ends when it is told to. Any number
/// of workers share a store on PostgreSQL; a file has one.
/// </summary>
/// <param name="store">The store.</param>
/// <param name="options">How.</param>
/// <param name="clock">The clock.</param>
public sealed class MigrationWorker(MigrationStore store, MigrationWorkerOptions options, TimeProvider clock)
{
    // The schedule has the turn for so many, and others wait: those that work among them.
    private const int PlannedAtOnce = 50;

    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);

    // How often it is seen whether somebody waits for nothing.
    private static readonly TimeSpan PlanAnewEvery = TimeSpan.FromSeconds(10);

    private readonly ConcurrentDictionary<string, BatchPace> _paces = new(StringComparer.Ordinal);
    private long? _plannedAnew;

    /// <summary>Works until it is cancelled or, if that was asked for, until nothing is left to do.</summary>
    /// <param name="cancel">Ends the work in order.</param>
    /// <param name="begin">Done first, once it is sure that the store is this worker's to work with; null for nothing.</param>
    /// <exception cref="MigrationException">Another worker has the store's file, or the store cannot be reached at the start.</exception>
    public async Task RunAsync(CancellationToken cancel, Func<Task>? begin = null)
    {
        using var alone = store.Database.Path is { } path ? LockOf(path) : null;
        var journals = new MigrationJournals(store.Database, options.WorkPath ?? MigrationJournals.UsualFolder(store.Database, Environment.MachineName));
        await using var log = options.LogPath is null ? null : new MessageLog(options.LogPath, clock);
        if (begin is not null)
            await begin().ConfigureAwait(false);
        store.Database.IsHurried = true;
        await store.SeeAsync(options.Id, isThere: true, cancel).ConfigureAwait(false);
        try
        {
            await using var schedule = await MigrationSchedule.OpenAsync(store.Database, options.Id, options.Mailboxes, options.Batches, (plan, batch, identity, c) => WorkAsync(plan, journals, log, batch, identity, c), cancel).ConfigureAwait(false);
            await schedule.StartAsync(cancel).ConfigureAwait(false);
            for (var isHurt = false; ;)
            {
                var began = clock.GetTimestamp();
                try
                {
                    if (await LookAsync(schedule, cancel).ConfigureAwait(false) && options.EndsWhenIdle)
                        return;
                    isHurt = false;
                }
                catch (Exception e) when (e is MigrationException or Quartz.SchedulerException)
                {
                    // The store is away: what is under way goes on as long as its claims hold.
                    if (!isHurt)
                        await options.Warn($"{e.GetBaseException().Message.Split('\n')[0].Trim()} It is tried again.").ConfigureAwait(false);
                    isHurt = true;
                }

                // A look at very many mailboxes takes its time, of which it is to be a small part.
                var took = clock.GetElapsedTime(began);
                await Task.Delay(TimeSpan.FromTicks(Math.Clamp(took.Ticks * 5, LookEvery.Ticks, PlanAnewEvery.Ticks)), clock, cancel).ConfigureAwait(false);
            }
        }
        finally
        {
            using var last = new CancellationTokenSource(TimeSpan.FromSeconds(5));
            try
            {
                await store.SeeAsync(options.Id, isThere: false, last.Token).ConfigureAwait(false);
            }
            catch (Exception e) when (e is MigrationException or OperationCanceledException)
            {
                // Its place is free soon without a word.
            }
        }
    }

    // True if nothing is left to do.
    private async Task<bool> LookAsync(MigrationSchedule schedule, CancellationToken cancel)
    {
        await TellAsync(cancel).ConfigureAwait(false);
        var batches = (await store.BatchesAsync(cancel).ConfigureAwait(false)).Where(batch => options.Batches?.Contains(batch.Name, StringComparer.Ordinal) != false).ToList();
        var pairs = await store.ServerPairsAsync(cancel).ConfigureAwait(false);
        await schedule.LimitAsync(batches.Where(batch => pairs.ContainsKey(batch.Name)).ToDictionary(batch => batch.Name, batch => pairs[batch.Name] * batch.Settings.MaximumPerServer, StringComparer.Ordinal), cancel).ConfigureAwait(false);
        var isTime = _plannedAnew is not { } last || clock.GetElapsedTime(last) >= PlanAnewEvery;
        if (isTime)
            _plannedAnew = clock.GetTimestamp();
        foreach (var batch in isTime ? batches : [])
            await store.PlanAnewAsync(batch.Name, cancel).ConfigureAwait(false);
        var plannable = await store.PlannableAsync(cancel).ConfigureAwait(false);
        foreach (var batch in batches.Where(batch => plannable.Contains(batch.Name, StringComparer.Ordinal)))
        {
            while (await store.TakePlannableAsync(batch.Name, PlannedAtOnce, cancel).ConfigureAwait(false) is { Count: > 0 } wishes)
            {
                var over = wishes.Where(user => user.Status is MigrationStatus.Completed or MigrationStatus.CompletedWithWarnings || user.Wish is MigrationWish.Suspend or MigrationWish.Stop).ToList();
                foreach (var user in over)
                    await schedule.ForgetAsync(user.BatchName, user.Identity, cancel).ConfigureAwait(false);
                await schedule.PlanAsync([.. wishes.Except(over).Select(user => (user, user.Wish is MigrationWish.Complete ? null : batch.Settings.SyncInterval))], cancel).ConfigureAwait(false);
                await TellAsync(cancel).ConfigureAwait(false);
            }
        }

        await options.Show(batches).ConfigureAwait(false);
        return batches.TrueForAll(batch => batch.QueuedCount + batch.ActiveCount == 0);
    }

    private async Task TellAsync(CancellationToken cancel)
    {
        await store.SeeAsync(options.Id, isThere: true, cancel).ConfigureAwait(false);
        await store.TellAsync(options.Id, _paces.ToDictionary(pace => pace.Key, pace => pace.Value.Now, StringComparer.Ordinal), cancel).ConfigureAwait(false);
    }

    private async Task WorkAsync(MigrationSchedule schedule, MigrationJournals journals, MessageLog? log, string batch, string identity, CancellationToken cancel)
    {
        var claim = await store.ClaimAsync(batch, identity, options.Id, cancel).ConfigureAwait(false);
        if (claim.RetryAfter is { } delay)
            await schedule.RetryAsync(batch, identity, delay, cancel).ConfigureAwait(false);
        else if (claim.User is null)
            await schedule.ForgetAsync(batch, identity, cancel).ConfigureAwait(false);
        if (claim is not { User: { } user, Settings: { } settings })
            return;
        await options.Tell(user).ConfigureAwait(false);
        var ended = await new MigrationPass(store, options, journals, _paces.GetOrAdd(batch, _ => new BatchPace(clock)), log, clock).RunAsync(user, settings, cancel).ConfigureAwait(false);
        if (ended is null)
            await options.Warn($"{batch}, {identity}: the claim to it was lost. It is copied by another worker, or again by this one.").ConfigureAwait(false);
        else
            await options.Tell(ended).ConfigureAwait(false);
    }

    private static FileStream LockOf(string path)
    {
        try
        {
            return new FileStream(path + ".worker", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 1, FileOptions.DeleteOnClose);
        }
        catch (IOException e)
        {
            throw new MigrationException(MigrationFault.StoreInUse, $"Another worker has the store {path}. A store in a file has one worker; give -Mailboxes to do more at once, or keep batches in PostgreSQL for workers on several machines.", e);
        }
    }
}
