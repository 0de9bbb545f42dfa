using MailOps.Maildir;

namespace MailOps.Client.Maildirs;

/// <summary>A folder that is being changed.</summary>
internal sealed class OpenFolder(IMailbox mailbox)
{
    internal IMailbox Mailbox => mailbox;

    /// <summary>The messages that are still there; null if the folder is not.</summary>
    internal async Task<List<MailboxMessage>?> FindAsync(IReadOnlyList<MaildirMessage> messages, CancellationToken cancel)
    {
        if ((await mailbox.RefreshAsync(expunges: true, cancel).ConfigureAwait(false)).IsLost)
            return null;
        Dictionary<string, MailboxMessage>? byName = null;
        var found = new List<MailboxMessage>(messages.Count);
        foreach (var message in messages)
        {
            // By its number, as long as it has it: names of all would have to be read for a few.
            if (message.Uid is { } uid && Find(mailbox, uid) is { } known && known.FileName == message.UniqueName)
                found.Add(known);
            else if ((byName ??= mailbox.Messages.ToDictionary(one => one.FileName, StringComparer.Ordinal)).TryGetValue(message.UniqueName, out var other))
                found.Add(other);
        }

        return found;
    }

    /// <summary>The message of a folder that has a UID; null if none has.</summary>
    internal static MailboxMessage? Find(IMailbox mailbox, uint uid)
    {
        var (low, high) = (0, mailbox.Messages.Count);
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            if (mailbox.Messages[middle].Uid < uid)
                low = middle + 1;
            else
                high = middle;
        }

        return low < mailbox.Messages.Count && mailbox.Messages[low].Uid == uid ? mailbox.Messages[low] : null;
    }
}
