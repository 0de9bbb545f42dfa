using System.Diagnostics;
using MailOps.Client.Maildirs;
using MailOps.Maildir;

namespace MailOps.Cmdlets.Maildirs;

/// <summary>Messages that are added to one folder together: one sync for all of them, and all or none. One call at a time.</summary>
/// <param name="editor">Adds them.</param>
/// <param name="show">Called with what was added, in its order.</param>
/// <param name="fail">Called with why a message was not added.</param>
internal sealed class AppendBatch(MaildirEditor editor, Func<IReadOnlyList<MaildirMessage>, Task> show, Func<NamedMessage, Exception, Task> fail) : IAsyncDisposable
{
    private const int MostMessages = 256;
    private const long MostOctets = 16 * 1024 * 1024;

    // A pipeline that brings a message now and then does not wait for a full batch.
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(1);

    private readonly List<(NamedMessage Source, PendingMessage Message)> _waiting = [];
    private long _octets;
    private long _begun;

    /// <summary>Takes a message into the batch, which is added when it is full, or the message is one of another folder.</summary>
    internal async Task AddAsync(NamedMessage source, PendingMessage message, CancellationToken cancel)
    {
        var isOther = _waiting.Count > 0 && (_waiting[0].Message.Path != message.Path || _waiting[0].Message.Folder != message.Folder);
        var others = isOther ? Take() : [];
        if (_waiting.Count == 0)
            _begun = Stopwatch.GetTimestamp();
        _waiting.Add((source, message));
        _octets += message.Length;
        await CommitAsync(others, cancel).ConfigureAwait(false);
        if (_waiting.Count >= MostMessages || _octets >= MostOctets || Stopwatch.GetElapsedTime(_begun) >= Longest)
            await FlushAsync(cancel).ConfigureAwait(false);
    }

    /// <summary>Adds what is in the batch.</summary>
    internal Task FlushAsync(CancellationToken cancel) => CommitAsync(Take(), cancel);

    /// <summary>Drops what is in the batch.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var (_, message) in Take())
            await message.DisposeAsync().ConfigureAwait(false);
    }

    private (NamedMessage Source, PendingMessage Message)[] Take()
    {
        (NamedMessage, PendingMessage)[] taken = [.. _waiting];
        _waiting.Clear();
        _octets = 0;
        return taken;
    }

    private async Task CommitAsync((NamedMessage Source, PendingMessage Message)[] batch, CancellationToken cancel)
    {
        try
        {
            await show(editor.Show(await AppendAsync(batch, cancel).ConfigureAwait(false))).ConfigureAwait(false);
        }
        finally
        {
            foreach (var (_, message) in batch)
                await message.DisposeAsync().ConfigureAwait(false);
        }
    }

    private async Task<IReadOnlyList<AddedMessage>> AppendAsync((NamedMessage Source, PendingMessage Message)[] batch, CancellationToken cancel)
    {
        try
        {
            return await editor.AddAsync([.. batch.Select(one => one.Message)], cancel).ConfigureAwait(false);
        }
        catch (MailStoreException e) when (e.Fault == StoreFault.OverQuota && batch.Length > 1)
        {
            // Some of them may fit.
            var added = new List<AddedMessage>();
            foreach (var one in batch)
                added.AddRange(await AppendAsync([one], cancel).ConfigureAwait(false));
            return added;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            foreach (var (source, _) in batch)
                await fail(source, e).ConfigureAwait(false);
            return [];
        }
    }
}
