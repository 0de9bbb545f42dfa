namespace MailOps.Maildir.Disk;

/// <summary>One change on its way to the disk. The steps run on the commit thread; whoever asked awaits <see cref="Completion"/>.</summary>
internal abstract class CommitWork
{
    private readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _state;

    /// <summary>Ends when the change is durable, or with the error that undid it.</summary>
    internal Task Completion => _completion.Task;

    /// <summary>Writes what nobody sees yet.</summary>
    internal abstract void Write();

    /// <summary>Makes it visible. Either all of it, or, with an exception, none.</summary>
    internal abstract void Publish();

    /// <summary>Takes back what the steps before did, as far as the disk allows.</summary>
    internal abstract void Undo();

    /// <summary>Names the directories that were changed.</summary>
    internal abstract void AddDirectories(ISet<string> directories);

    /// <summary>Tells those who wait for the change.</summary>
    internal abstract void Announce();

    /// <summary>Withdraws the work if the commit thread has not taken it yet.</summary>
    internal bool TryWithdraw(CancellationToken cancel)
    {
        if (Interlocked.CompareExchange(ref _state, 2, 0) != 0)
            return false;
        _completion.TrySetCanceled(cancel);
        return true;
    }

    /// <summary>Takes the work for the commit thread.</summary>
    internal bool TryTake() => Interlocked.CompareExchange(ref _state, 1, 0) == 0;

    internal void Succeed()
    {
        Announce();
        _completion.TrySetResult();
    }

    internal void Fail(Exception error)
    {
        try
        {
            Undo();
        }
        catch (MailStoreException)
        {
            // What could not be taken back was never acknowledged.
        }

        _completion.TrySetException(error);
    }
}
