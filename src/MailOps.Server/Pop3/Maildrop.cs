using MailOps.Maildir;

namespace MailOps.Server.Pop3;

/// <summary>
/// The messages of a session, numbered as they were at its login and marked as the session goes on (RFC 1939 section 3).
/// Nothing is deleted before <see cref="UpdateAsync"/>.
/// </summary>
internal sealed class Maildrop(IMailbox mailbox, uint uidValidity, UidlFormat uidl, IDisposable hold) : IAsyncDisposable
{
    private readonly IReadOnlyList<MailboxMessage> _messages = mailbox.Messages;
    private readonly HashSet<int> _deleted = [];

    /// <summary>The highest number that was retrieved (LAST, RFC 1460 section 5).</summary>
    public int Last { get; private set; }

    /// <summary>The messages that are not deleted, with their numbers.</summary>
    public IEnumerable<(int Number, MailboxMessage Message)> Remaining =>
        _messages.Select((message, index) => (Number: index + 1, Message: message)).Where(entry => !_deleted.Contains(entry.Number));

    /// <summary>How many are not deleted.</summary>
    public int Count => _messages.Count - _deleted.Count;

    /// <summary>Octets of those, as sent.</summary>
    public long Size => Remaining.Sum(entry => entry.Message.Size);

    /// <summary>The message of a number, or null if there is none or it is deleted.</summary>
    public MailboxMessage? Find(int number) =>
        number >= 1 && number <= _messages.Count && !_deleted.Contains(number) ? _messages[number - 1] : null;

    public void Delete(int number) => _deleted.Add(number);

    /// <summary>Takes the marks off (RSET).</summary>
    public void Reset()
    {
        _deleted.Clear();
        Last = 0;
    }

    public void WasRetrieved(int number) => Last = Math.Max(Last, number);

    /// <summary>The unique id.</summary>
    public string UniqueId(MailboxMessage message) => uidl.Make(message, uidValidity);

    public ValueTask<Stream?> OpenAsync(MailboxMessage message, CancellationToken cancel) => mailbox.OpenMessageAsync(message, cancel);

    /// <summary>Deletes what was marked, durably (the UPDATE state).</summary>
    /// <returns>How many.</returns>
    public async ValueTask<int> UpdateAsync(CancellationToken cancel)
    {
        if (_deleted.Count > 0)
            await mailbox.RemoveAsync([.. _deleted.Order().Select(number => _messages[number - 1])], cancel);
        return _deleted.Count;
    }

    public async ValueTask DisposeAsync()
    {
        await mailbox.DisposeAsync();
        hold.Dispose();
    }
}
