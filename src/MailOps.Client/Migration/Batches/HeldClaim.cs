namespace MailOps.Client.Migration.Batches;

/// <summary>A worker's claim to a mailbox: it is renewed while the work goes on, and ends the work when it is lost or when something else is wished.</summary>
internal sealed class HeldClaim(MigrationStore store, MigrationUser user, CancellationTokenSource work, TimeProvider clock)
{
    private readonly RateMeter _rate = new(clock);
    private readonly MigrationUser _began = user;
    private MigrationUser _now = user;
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

    /// <summary>Takes in how far the copy is.</summary>
    public ValueTask TellAsync(CopyProgress progress)
    {
        _rate.Add(progress.Done);
        Volatile.Write(ref _now, _began with
        {
            Messages = progress.Total,
            Done = progress.Done,
            Copied = _began.Copied + progress.Copied,
            CopiedSize = _began.CopiedSize + progress.Octets,
        });
        return ValueTask.CompletedTask;
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
