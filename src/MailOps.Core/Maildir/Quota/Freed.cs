using MailOps.Maildir.Disk;

namespace MailOps.Maildir.Quota;

/// <summary>Adds up messages that are being removed from an account, and writes that down at the end as one line.</summary>
internal sealed class Freed(AccountQuotas quotas, IMaildirDisk disk, string account) : IDisposable
{
    private long _bytes;
    private long _messages;

    /// <summary>Removes a message and counts it if it was there.</summary>
    internal bool Count(string baseName, string path, Func<bool> remove)
    {
        var size = AccountQuotas.SizeOf(disk, baseName, path);
        if (!remove())
            return false;
        _bytes += size;
        _messages++;
        return true;
    }

    public void Dispose() => quotas.Add(account, -_bytes, -_messages);
}
