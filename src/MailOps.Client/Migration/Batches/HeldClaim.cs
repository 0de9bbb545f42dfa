namespace MailOps.Client.Migration.Batches;

/// <summary>A worker's claim to a mailbox: it is renewed while the work goes on, and ends the work when it is lost or when something else is wished.</summary>
internal sealed class HeldClaim(MigrationStore store, MigrationUser user, BatchPace pace, CancellationTokenSource work, TimeProvider clock)
{
    private readonly RateMeter _rate = new(clock);
    private readonly MigrationUser _began = user;
    private MigrationUser _now = user;
    private long _settled;
    private long _proved;
    private long _renewed = clock.GetTimestamp();

    /// <summary>True if another worker may have the mailbox.</summary>
    public bool IsLost { get; private set; }

    /// <summary>How far the mailbox is.</summary>
    public MigrationUser Now => Volatile.Read(ref _now);

    private bool IsHeld => !IsLost && clock.GetElapsedTime(Volatile.Read(ref _renewed)) < MigrationStore.Lease;

    /// <summary>Before anything is changed on the target: a worker that was held up for longer than its claim, by a suspended machine or a lost network, must not go on beside another.</summary>
    /// <exception cref="OperationCanceledException">The claim is over.</exception>
    public void ThrowIfLost()
    {
        LoseIfOver();
        if (IsLost)
            throw new OperationCanceledException($"The claim to {_began.Identity} is over.", work.Token);
    }

    /// <summary>Takes in how far the copy is. What earlier passes brought is there and what they left out is left out, until more is known: it does not come anew.</summary>
    public ValueTask TellAsync(CopyProgress progress)
    {
        var more = More(ref _settled, progress.Settled);
        _rate.Add(more);
        pace.Copy(more);
        var messages = progress.Total - Math.Min(Math.Max(progress.Skipped, _began.Skipped), progress.Total);
        Volatile.Write(ref _now, _began with
        {
            Messages = messages,
            Done = Math.Min(Math.Max(progress.Done - progress.Skipped, _began.Done + progress.Settled), messages),
            Skipped = progress.Total - messages,
            Copied = _began.Copied + progress.Copied,
            CopiedSize = _began.CopiedSize + progress.Octets,
        });
        return ValueTask.CompletedTask;
    }

    /// <summary>Takes in how the mailbox stands when all is copied.</summary>
    public void Take(MigrationUser user) => Volatile.Write(ref _now, user);

    /// <summary>Takes in how far the proof is: it counts the messages of both mailboxes.</summary>
    public ValueTask TellProvedAsync(CopyProgress progress)
    {
        var proved = progress.Total == 0 ? 0 : Math.Min(progress.Done, progress.Total) * (Now.Messages ?? 0) / progress.Total;
        pace.Prove(More(ref _proved, proved));
        Volatile.Write(ref _now, Now with { Proved = Interlocked.Read(ref _proved) });
        return ValueTask.CompletedTask;
    }

    // What is told comes from several threads, and not always in its order.
    private static long More(ref long known, long now)
    {
        for (var before = Interlocked.Read(ref known); now > before; before = Interlocked.Read(ref known))
        {
            if (Interlocked.CompareExchange(ref known, now, before) == before)
                return now - before;
        }

        return 0;
    }

    /// <summary>Renews the claim until the work is over.</summary>
    public async Task RenewAsync(TimeSpan every, CancellationToken cancel)
    {
        // A store that does not answer must not hold up the end of a claim that is over.
        await using var over = clock.CreateTimer(_ => LoseIfOver(), state: null, MigrationStore.Lease, every);
        while (true)
        {
            await Task.Delay(every, clock, cancel).ConfigureAwait(false);
            LoseIfOver();
            if (IsLost)
                return;
            var asked = clock.GetTimestamp();
            try
            {
                var wish = await store.RenewAsync(Now with { Rate = _rate.Rate }, cancel).ConfigureAwait(false);
                if (wish is null)
                    IsLost = true;
                else
                    Volatile.Write(ref _renewed, asked);
                if (wish is null or MigrationWish.Suspend or MigrationWish.Stop)
                    await work.CancelAsync().ConfigureAwait(false);
            }
            catch (MigrationException) when (IsHeld)
            {
                // A store that comes back in time loses nothing.
            }
            catch (MigrationException)
            {
                IsLost = true;
                await work.CancelAsync().ConfigureAwait(false);
            }
        }
    }

    private void LoseIfOver()
    {
        if (IsHeld)
            return;
        IsLost = true;
        work.Cancel();
    }
}
