using MailOps.Wire;

namespace MailOps.Client.Mailboxes.Watching;

/// <summary>
/// A folder that is watched, and how far it was told: what holds through lost connections. UIDs only rise (RFC 9051 section 2.3.1.1), so what
/// is new has one above the last. Where UIDVALIDITY is another, all have new UIDs: what was seen before is then known by
/// its date and size, and not told again.
/// </summary>
/// <param name="name">The folder's full name.</param>
internal sealed class WatchedFolder(string name)
{
    // Of so many what is listed is in memory at once.
    private const int MostTogether = 500;

    private readonly SeenMessages _seen = new();
    private readonly Queue<ListedMessage> _pending = new();
    private SeenMessages? _before;
    private uint? _validity;
    private uint _last;

    public string Name => name;

    /// <summary>True once it was looked at.</summary>
    public bool HasBegun => _validity is not null;

    /// <summary>True if it was there, and is not any more.</summary>
    public bool IsGone { get; set; }

    /// <summary>True if there may be news.</summary>
    public bool IsDue { get; set; } = true;

    /// <summary>Looks what is there, and tells what is new.</summary>
    /// <exception cref="MailSessionException">The server is silent, leaves or refuses. What was told is not told again.</exception>
    public async Task LookAsync(ImapAccount account, ImapWatchOptions options, CancellationToken done, CancellationToken cancel)
    {
        var mailbox = await account.ExamineAsync(name, cancel).ConfigureAwait(false);
        // Asked before the look: what is told during it is for the next one.
        IsDue = false;
        var isFirst = !HasBegun;
        if (_validity is { } known && known != mailbox.UidValidity)
            await StartAnewAsync(options).ConfigureAwait(false);
        foreach (var message in await mailbox.ListAboveAsync(_last, cancel).ConfigureAwait(false))
            Take(message, !isFirst || options.IncludesExisting || message.Arrived >= options.Since);
        (_validity, IsGone) = (mailbox.UidValidity, false);
        _before = null;
        while (_pending.Count > 0 && !done.IsCancellationRequested)
            await TellSomeAsync(mailbox, options, done, cancel).ConfigureAwait(false);
    }

    private Task StartAnewAsync(ImapWatchOptions options)
    {
        _before = _seen.Copy();
        foreach (var untold in _pending)
            _before.Take(untold);
        _pending.Clear();
        _last = 0;
        return options.Warn($"The messages of {name} have new UIDs (UIDVALIDITY changed): the folder was made anew, or the server lost count. What was there before is known by date and size.");
    }

    private void Take(ListedMessage message, bool isWanted)
    {
        _last = message.Uid;
        if (_before?.Take(message) == true)
            return;
        _seen.Add(message);
        if (isWanted)
            _pending.Enqueue(message);
    }

    private async Task TellSomeAsync(ImapMailbox mailbox, ImapWatchOptions options, CancellationToken done, CancellationToken cancel)
    {
        var some = _pending.Take(MostTogether).Select(message => message.Uid).ToList();
        await foreach (var message in mailbox.ReadAsync(some, options.Reading, first: null, cancel).ConfigureAwait(false))
        {
            // What was expunged meanwhile is left out.
            DropUpTo(message.Uid);
            await options.Tell(message).ConfigureAwait(false);
            if (done.IsCancellationRequested)
                return;
        }

        DropUpTo(some[^1]);
    }

    private void DropUpTo(uint uid)
    {
        while (_pending.TryPeek(out var first) && first.Uid <= uid)
            _pending.Dequeue();
    }
}
