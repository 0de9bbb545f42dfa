namespace MailOps.Maildir.Folders;

/// <summary>The gates of two folders, entered in the order in which the folders were made, once if they are the same.</summary>
internal sealed class FolderGates : IDisposable
{
    private readonly Folder _first;
    private readonly Folder? _second;
    private bool _isLeft;

    private FolderGates(Folder first, Folder? second)
    {
        _first = first;
        _second = second;
    }

    internal static async ValueTask<FolderGates> EnterAsync(Folder one, Folder other, CancellationToken cancel)
    {
        if (one == other)
        {
            await one.Gate.WaitAsync(cancel);
            return new FolderGates(one, null);
        }

        // Paths may change while one waits (RENAME), so the order is that of the folders' making, which never does.
        var (first, second) = one.Order < other.Order ? (one, other) : (other, one);
        await first.Gate.WaitAsync(cancel);
        try
        {
            await second.Gate.WaitAsync(cancel);
        }
        catch
        {
            first.Gate.Release();
            throw;
        }

        return new FolderGates(first, second);
    }

    public void Dispose()
    {
        if (_isLeft)
            return;
        _isLeft = true;
        _second?.Gate.Release();
        _first.Gate.Release();
    }
}
