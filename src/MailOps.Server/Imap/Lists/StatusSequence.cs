using MailOps.Maildir;
using MailOps.Maildir.Access;
using MailOps.Server.Connections;

namespace MailOps.Server.Imap.Lists;

/// <summary>
/// Where mailboxes stand, one after the other. Some are asked for before their turn, so that those whose messages get their UIDs now share the
/// wait for the disk. What cannot be told of one mailbox is left out, and the others are told (RFC 5819 section 2).
/// </summary>
/// <param name="session">The session.</param>
/// <param name="mailboxes">The mailboxes, in their order.</param>
internal sealed class StatusSequence(ImapSession session, IEnumerable<string> mailboxes)
{
    private const int MostAhead = 32;

    private readonly Queue<string> _waiting = new(mailboxes);
    private readonly Queue<Task<MailboxStatus?>> _asked = new();

    /// <summary>Where the next mailbox stands; null if that cannot be told, or the client may not read it.</summary>
    /// <exception cref="InvalidOperationException">There is no further mailbox.</exception>
    public async ValueTask<MailboxStatus?> NextAsync(CancellationToken cancel)
    {
        while (_asked.Count < MostAhead && _waiting.TryDequeue(out var mailbox))
            _asked.Enqueue(AskAsync(session, mailbox, cancel).AsTask());
        return await _asked.Dequeue();
    }

    /// <summary>Where one mailbox stands; null if that cannot be told, or the client may not read it.</summary>
    public static async ValueTask<MailboxStatus?> AskAsync(ImapSession session, string mailbox, CancellationToken cancel)
    {
        try
        {
            return await session.RefusalAsync(mailbox, MailboxRights.Read, cancel) is null ? await session.Account.StatusAsync(mailbox, cancel) : null;
        }
        catch (MailStoreException e)
        {
            session.Connection.Publish(new SessionFaulted { Exception = e });
            return null;
        }
    }
}
