namespace MailOps.Maildir.Folders;

/// <summary>Promises: what is told is durable, also after a sync that failed.</summary>
internal sealed partial class Folder
{
    private Task _durable = Task.CompletedTask;

    // What the store's count was when list and log were written as a whole.
    private int _failedSyncs;

    /// <summary>How many syncs of the store failed so far.</summary>
    internal int FailedSyncs => _store.Commits.FailedSyncs;

    /// <summary>Ends when the UIDs that were given out so far are durable; nobody is told of one before. Needs no gate.</summary>
    internal Task EnsureDurableAsync()
    {
        var durable = Volatile.Read(ref _durable);
        return durable.IsFaulted ? AgainAsync() : durable;

        // After a sync that failed, the next who asks tries again.
        async Task AgainAsync()
        {
            Task again;
            await Gate.WaitAsync();
            try
            {
                again = IsDead ? Task.CompletedTask : _durable.IsFaulted ? MakeDurable() : _durable;
            }
            finally
            {
                Gate.Release();
            }

            await again;
        }
    }

    /// <summary>
    /// Ends when all that was done so far is durable. From here on nobody is told of it before. The gate is held, and left before the
    /// end is awaited: after a sync that failed, of whichever folder, list and log are written anew first.
    /// </summary>
    internal Task MakeDurable()
    {
        var durable = _failedSyncs == FailedSyncs ? WhenSyncedAsync(MarkOfNow(), _failedSyncs) : RenewAsync();
        Volatile.Write(ref _durable, durable);
        return durable;
    }

    /// <summary>The same for messages whose content was written by whoever asks.</summary>
    /// <param name="failedSyncs">How many syncs had failed before that.</param>
    internal Task MakeDurable(int failedSyncs)
    {
        return WithContentAsync(MakeDurable());

        async Task WithContentAsync(Task durable)
        {
            await durable;
            _store.Commits.RequireNoFailure(failedSyncs);
        }
    }

    /// <summary>Ends when what is in the folder now is on disk, its names and their content. The gate may be held meanwhile.</summary>
    /// <param name="failedSyncs">How many syncs had failed before it was written.</param>
    internal Task SyncAllAsync(int failedSyncs) => _store.Commits.SyncAsync(Path, failedSyncs);

    private async Task WhenSyncedAsync(DurableMark mark, int failedSyncs)
    {
        await SyncAllAsync(failedSyncs);
        AdvanceDurable(mark);
    }

    // Whatever a later sync says, what was appended before one that failed may never come to the disk.
    private async Task RenewAsync()
    {
        Task renewed;
        await Gate.WaitAsync();
        try
        {
            if (_failedSyncs != FailedSyncs)
                await RenewListAsync();
            renewed = IsDead ? Task.CompletedTask : WhenSyncedAsync(MarkOfNow(), _failedSyncs);
        }
        finally
        {
            Gate.Release();
        }

        await renewed;
    }

    /// <summary>Writes list and log anew after a sync that failed.</summary>
    private async ValueTask RenewListAsync()
    {
        if (!_isLoaded && !await SyncAsync(force: false, CancellationToken.None))
            return;
        var failedSyncs = FailedSyncs;
        using var locked = await LockListAsync(CancellationToken.None);
        if (!ReadListIfChanged(isLocked: true))
            ReplaceList();
        if (IsDead)
            return;

        // A line whose file came after the last look must not be dropped from the list.
        SettleListed([]);
        await MeasureAsync(CancellationToken.None);
        RewriteList([]);
        RenewLog(failedSyncs);
    }

    private void RenewLog(int failedSyncs)
    {
        CatchUp();
        if (!_log.Compact())
            BeginLog();
        _failedSyncs = failedSyncs;
    }
}
