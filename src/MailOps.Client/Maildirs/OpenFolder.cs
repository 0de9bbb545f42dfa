using MailOps.Maildir;

namespace MailOps.Client.Maildirs;

/// <summary>A folder that is being changed, with its messages by their unique names.</summary>
internal sealed class OpenFolder(IMailbox mailbox)
{
    private Dictionary<string, MailboxMessage>? _byName;

    internal IMailbox Mailbox => mailbox;

    internal async Task RefreshAsync(CancellationToken cancel)
    {
        await mailbox.RefreshAsync(expunges: true, cancel).ConfigureAwait(false);
        _byName = null;
    }

    /// <summary>The messages that are still there.</summary>
    internal async Task<List<MailboxMessage>> FindAsync(IReadOnlyList<MaildirMessage> messages, CancellationToken cancel)
    {
        await RefreshAsync(cancel).ConfigureAwait(false);
        _byName ??= mailbox.Messages.ToDictionary(message => message.FileName, StringComparer.Ordinal);
        var found = new List<MailboxMessage>(messages.Count);
        foreach (var message in messages)
        {
            if (_byName.TryGetValue(message.UniqueName, out var known))
                found.Add(known);
        }

        return found;
    }
}
