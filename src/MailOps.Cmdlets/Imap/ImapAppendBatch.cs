using System.Diagnostics;
using MailOps.Client.Mailboxes;
using MailOps.Cmdlets.Maildirs;
using MailOps.Wire;

namespace MailOps.Cmdlets.Imap;

/// <summary>Messages that are put into one folder together where the server takes that. One call at a time.</summary>
/// <param name="folder">The folder.</param>
/// <param name="makes">True to make it if it is missing.</param>
/// <param name="show">Called with what was added, in its order.</param>
/// <param name="fail">Called with why a message was not added.</param>
internal sealed class ImapAppendBatch(string folder, bool makes, Func<IReadOnlyList<ImapAddedMessage>, Task> show, Func<NamedMessage, Exception, Task> fail) : IAsyncDisposable
{
    // Each is an open file.
    private const int MostMessages = 64;
    private const long MostOctets = 8 * 1024 * 1024;

    // A pipeline that brings a message now and then does not wait for a full batch.
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(1);

    private readonly Queue<(NamedMessage Source, MessageToAdd Message)> _waiting = new();
    private MailSession? _session;
    private long _octets;
    private long _begun;

    /// <summary>Takes a message into the batch, which is added when it is full, or the message is one for another account.</summary>
    internal async Task AddAsync(MailSession session, NamedMessage source, MessageToAdd message, CancellationToken cancel)
    {
        if (session != _session)
            await FlushAsync(cancel).ConfigureAwait(false);
        _session = session;
        if (_waiting.Count == 0)
            _begun = Stopwatch.GetTimestamp();
        _waiting.Enqueue((source, message));
        _octets += message.Length;
        if (_waiting.Count >= MostMessages || _octets >= MostOctets || Stopwatch.GetElapsedTime(_begun) >= Longest)
            await FlushAsync(cancel).ConfigureAwait(false);
    }

    /// <summary>Adds what is in the batch.</summary>
    internal async Task FlushAsync(CancellationToken cancel)
    {
        var isTogether = _waiting.Count > 1;
        while (_waiting.Count > 0)
        {
            // Asked for anew after a loss, and then what waits still has its turn.
            var isConnected = false;
            try
            {
                await _session!.UseImapAsync(
                    async account =>
                    {
                        isConnected = true;
                        if (isTogether && account.CanAddTogether)
                            isTogether = await TryTogetherAsync(account, cancel).ConfigureAwait(false);
                        while (_waiting.Count > 0)
                            await AddNextAsync(account, cancel).ConfigureAwait(false);
                    },
                    cancel).ConfigureAwait(false);
            }
            catch (MailSessionException e)
            {
                if (!isConnected)
                    await FailAllAsync(e).ConfigureAwait(false);
            }
        }

        _octets = 0;
    }

    /// <summary>Drops what is in the batch.</summary>
    public async ValueTask DisposeAsync()
    {
        while (_waiting.TryDequeue(out var one))
            await one.Message.DisposeAsync().ConfigureAwait(false);
    }

    // False if the server refused them, and has none: some of them alone may be taken.
    private async Task<bool> TryTogetherAsync(ImapAccount account, CancellationToken cancel)
    {
        try
        {
            var added = await account.AddAsync(folder, [.. _waiting.Select(one => one.Message)], makes, cancel).ConfigureAwait(false);
            await DisposeAsync().ConfigureAwait(false);
            await show(added).ConfigureAwait(false);
            return true;
        }
        catch (MailSessionException e) when (e.IsRefusal)
        {
            return false;
        }
        catch (MailSessionException e)
        {
            // The server may have them or not: to send them again might double them.
            await FailAllAsync(e).ConfigureAwait(false);
            throw;
        }
    }

    private async Task AddNextAsync(ImapAccount account, CancellationToken cancel)
    {
        var (source, message) = _waiting.Dequeue();
        await using (message.ConfigureAwait(false))
        {
            try
            {
                await show(await account.AddAsync(folder, [message], makes, cancel).ConfigureAwait(false)).ConfigureAwait(false);
            }
            catch (MailSessionException e)
            {
                await fail(source, e).ConfigureAwait(false);
                if (!e.IsRefusal)
                    throw;
            }
        }
    }

    private async Task FailAllAsync(MailSessionException thrown)
    {
        while (_waiting.TryDequeue(out var one))
        {
            await using (one.Message.ConfigureAwait(false))
                await fail(one.Source, thrown).ConfigureAwait(false);
        }
    }
}
