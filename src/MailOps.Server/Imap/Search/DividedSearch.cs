using MailOps.Maildir;
using MailOps.Messages;

namespace MailOps.Server.Imap.Search;

/// <summary>
/// What a search must read of messages, on two processors where that is much: the session and one who helps it take share after share until
/// none is left. Where one of them fails, so does the search, and both have ended when it does.
/// </summary>
/// <param name="mailbox">The mailbox.</param>
/// <param name="search">What is the same for all messages.</param>
/// <param name="key">What to find.</param>
/// <param name="places">The places to look at, counted from 0.</param>
internal sealed class DividedSearch(IMailbox mailbox, SearchContext search, SearchKey key, IReadOnlyList<int> places)
{
    // Digests lie behind each other and are read together; of messages each may take long.
    private const int DigestShare = 256;
    private const int MessageShare = 16;

    // Of fewer the session has done its part before another thread begins.
    private const int FewestShares = 4;

    private readonly bool[] _matches = new bool[places.Count];
    private readonly int _share = key is { NeedsDigest: true, Cost: < 3 } ? DigestShare : MessageShare;
    private int _taken;

    /// <summary>Looks at all of them.</summary>
    /// <param name="progress">Tells the client how far the search is; null where none waits for it.</param>
    /// <param name="cancel">Ends the search.</param>
    /// <returns>For each place whether something was found there.</returns>
    public async ValueTask<IReadOnlyList<bool>> RunAsync(CommandProgress? progress, CancellationToken cancel)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        // One helper and no more: a client does not take the machine.
        var helper = Environment.ProcessorCount > 1 && places.Count >= FewestShares * _share ? Task.Run(() => WorkAsync(progress: null, over.Token), CancellationToken.None) : Task.CompletedTask;
        try
        {
            await WorkAsync(progress, cancel);
            if (progress is not null)
                await progress.WaitAsync(helper);
            await helper;
            return _matches;
        }
        finally
        {
            // Nobody may be in the mailbox when the session goes on.
            await over.CancelAsync();
            await helper.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task WorkAsync(CommandProgress? progress, CancellationToken cancel)
    {
        using var message = new SearchedMessage(mailbox, search);
        try
        {
            while (Interlocked.Add(ref _taken, _share) - _share is var start && start < places.Count)
            {
                var end = Math.Min(start + _share, places.Count);
                using var digests = key.NeedsDigest ? await ReadDigestsAsync(start, end, cancel) : null;
                for (var i = start; i < end; i++)
                {
                    cancel.ThrowIfCancellationRequested();
                    message.MoveTo(places[i]);
                    message.Learn(digests?[i - start]);
                    _matches[i] = await key.MatchesAsync(message, cancel);
                    if (progress is not null)
                        await progress.ReportAsync(places[i] + 1, mailbox.Messages.Count);
                }
            }
        }
        catch
        {
            // The other one need not go on.
            Interlocked.Exchange(ref _taken, places.Count);
            throw;
        }
    }

    private ValueTask<RecordBatch> ReadDigestsAsync(int start, int end, CancellationToken cancel)
    {
        var messages = new MailboxMessage[end - start];
        for (var i = start; i < end; i++)
            messages[i - start] = mailbox.Messages[places[i]];
        return mailbox.ReadRecordsAsync(RecordKind.Digest, messages, cancel);
    }
}
