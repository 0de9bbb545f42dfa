using MailOps.Wire;

namespace MailOps.Client.Migration;

/// <summary>A folder of the target, which is opened when there is something for it: until then others write over the connection. One call at a time.</summary>
/// <param name="folder">The folder.</param>
/// <param name="target">The target.</param>
/// <param name="pace">Says when one more folder may be written.</param>
/// <param name="epoch">What its epoch is by the list of folders; null if that is to be asked.</param>
internal sealed class TargetFolder(PlannedFolder folder, IMailboxWriter target, CopyPace pace, string? epoch) : IAsyncDisposable
{
    private IFolderWriter? _writer;
    private IDisposable? _place;

    /// <summary>
    /// True if nothing is known of what is in it, so that another epoch than that of the list is no harm: Courier tells one in STATUS and another in SELECT, as long as it has not opened a folder.
    /// </summary>
    public bool IsNew { get; set; }

    /// <summary>The folder's epoch, for which it is opened where no list told it.</summary>
    public async Task<string> EpochAsync(CancellationToken cancel) => epoch ?? (await OpenAsync(cancel).ConfigureAwait(false)).Epoch;

    /// <summary>The folder, open.</summary>
    /// <exception cref="MailSessionException">There is none, or it is another one than the list of folders told of; then it is to be tried again without that.</exception>
    public async Task<IFolderWriter> OpenAsync(CancellationToken cancel)
    {
        if (_writer is not null)
            return _writer;
        _place ??= await pace.WriteAsync(cancel).ConfigureAwait(false);
        _writer = await target.OpenAsync(folder.Target, cancel).ConfigureAwait(false);
        return epoch is null || IsNew || _writer.Epoch == epoch
            ? _writer
            : throw new MailSessionException(MailSessionFault.ConnectionLost, $"The folder {folder.Target} of {target.Name} was made anew since the folders were listed: its UIDVALIDITY is {_writer.Epoch} and was {epoch}.");
    }

    /// <summary>Lets others write in its place.</summary>
    public void Leave() => _place?.Dispose();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_writer is { } writer)
            await writer.DisposeAsync().ConfigureAwait(false);
        _writer = null;
    }
}
