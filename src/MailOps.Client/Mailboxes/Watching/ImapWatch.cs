using System.Globalization;
using MailOps.Wire;

namespace MailOps.Client.Mailboxes.Watching;

/// <summary>
/// Tells of each message that comes into some folders, once: by IDLE (RFC 2177) for one folder, by NOTIFY (RFC 5465) for several, and by
/// looking from time to time where the server has neither. A lost connection is made again, and what came meanwhile is told then.
/// </summary>
/// <param name="session">How to connect.</param>
/// <param name="options">What is watched.</param>
/// <param name="clock">The clock.</param>
public sealed class ImapWatch(MailSession session, ImapWatchOptions options, TimeProvider clock)
{
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(1);

    private readonly List<WatchedFolder> _folders = [.. options.Folders.Distinct(StringComparer.Ordinal).Select(name => new WatchedFolder(name))];
    private int _failures;
    private bool _isConnected;

    /// <summary>Watches until it is asked to end, or no folder is left.</summary>
    /// <param name="done">Ends it in good order: after the message that is being told.</param>
    /// <param name="cancel">Ends it at once.</param>
    /// <exception cref="MailSessionException">The first connection cannot be made, or a later one will not come about by waiting: the login or the certificate is refused.</exception>
    public async Task RunAsync(CancellationToken done, CancellationToken cancel)
    {
        while (!done.IsCancellationRequested && _folders.Count > 0)
        {
            try
            {
                await session.UseImapAsync(account => WatchAsync(account, done, cancel), cancel).ConfigureAwait(false);
            }
            catch (MailSessionException e) when (_isConnected && MayPass(e))
            {
                await PauseAsync(e, done, cancel).ConfigureAwait(false);
            }
        }
    }

    private async Task WatchAsync(ImapAccount account, CancellationToken done, CancellationToken cancel)
    {
        _isConnected = true;
        // Whatever happened while nobody listened is found by a look at all.
        _folders.ForEach(folder => folder.IsDue = true);
        using var news = new FolderNews(account, options.Poll, clock);
        string? manner = null;
        while (!done.IsCancellationRequested)
        {
            foreach (var folder in _folders.Where(folder => folder.IsDue).ToList())
                await LookAsync(account, folder, done, cancel).ConfigureAwait(false);
            if (_folders.Count == 0 || done.IsCancellationRequested)
                break;
            _failures = 0;
            var next = await news.PrepareAsync(_folders, cancel).ConfigureAwait(false);
            if (next != manner)
                await options.Note(manner = next).ConfigureAwait(false);
            await news.WaitAsync(_folders, done, cancel).ConfigureAwait(false);
        }

        await news.EndAsync(cancel).ConfigureAwait(false);
    }

    private async Task LookAsync(ImapAccount account, WatchedFolder folder, CancellationToken done, CancellationToken cancel)
    {
        try
        {
            await folder.LookAsync(account, options, done, cancel).ConfigureAwait(false);
        }
        catch (MailSessionException e) when (e.IsRefusal && !folder.HasBegun)
        {
            _folders.Remove(folder);
            await options.Fail(folder.Name, e).ConfigureAwait(false);
        }
        catch (MailSessionException e) when (e.IsRefusal)
        {
            if (!folder.IsGone)
                await options.Warn($"{e.Message} It is looked for again.").ConfigureAwait(false);
            (folder.IsGone, folder.IsDue) = (true, false);
        }
    }

    private async Task PauseAsync(MailSessionException lost, CancellationToken done, CancellationToken cancel)
    {
        var seconds = Math.Min(LongestPause.TotalSeconds, Math.Pow(2, _failures++));
        await options.Warn(string.Create(CultureInfo.InvariantCulture, $"{lost.Message} The connection is made again in {seconds:0} seconds, and what came meanwhile is told then.")).ConfigureAwait(false);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(done, cancel);
        await Task.Delay(TimeSpan.FromSeconds(seconds), clock, either.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancel.ThrowIfCancellationRequested();
    }

    // A password that is refused again and again locks an account; what the server says of itself passes (RFC 5530 section 3).
    private static bool MayPass(MailSessionException e) => e.Fault switch
    {
        MailSessionFault.AuthenticationFailed => e.Message.Contains("[UNAVAILABLE]", StringComparison.OrdinalIgnoreCase) || e.Message.Contains("[INUSE]", StringComparison.OrdinalIgnoreCase) || e.Message.Contains("[LIMIT]", StringComparison.OrdinalIgnoreCase),
        MailSessionFault.CertificateNotTrusted or MailSessionFault.CertificateNotPinned or MailSessionFault.TokenFailed or MailSessionFault.TlsNotOffered or MailSessionFault.AuthenticationNotOffered => false,
        _ => true,
    };
}
