namespace MailOps.Server.Pop3;

/// <summary>One session at a time has a maildrop (RFC 1939 section 4).</summary>
internal sealed class MaildropLocks
{
    private readonly HashSet<string> _held = new(StringComparer.Ordinal);

    /// <summary>Takes an account's maildrop, or returns null if another session has it.</summary>
    public IDisposable? TryTake(string account)
    {
        lock (_held)
            return _held.Add(account) ? new Hold(this, account) : null;
    }

    private sealed class Hold(MaildropLocks locks, string account) : IDisposable
    {
        public void Dispose()
        {
            lock (locks._held)
                locks._held.Remove(account);
        }
    }
}
