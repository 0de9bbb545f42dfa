using MailOps.Maildir.Disk;
using MailOps.Maildir.Layouts;
using MailOps.Maildir.Names;

namespace MailOps.Maildir.Quota;

/// <summary>Counts what an account holds, by reading all its directories, and writes the account's <c>maildirsize</c> anew.</summary>
internal sealed class QuotaCounter(IMaildirDisk disk, Func<string, MailQuota?> limitOf, Func<string, FolderLayout> layoutOf, Func<string> newScratchPath)
{
    private const int MostAttempts = 3;

    /// <summary>Counts until the directories stand still meanwhile, or it was tried often enough: only the first is written down.</summary>
    internal MailQuotaUsage Count(string account, MailQuota valid, CancellationToken closing)
    {
        for (var attempt = 1; ; attempt++)
        {
            var looked = new LookedAt(disk);
            var (bytes, messages) = Sum(account, looked, closing);
            var isSteady = looked.IsUnchanged();
            if (isSteady)
                Write(account, MaildirSize.Format(valid, bytes, messages));
            else if (attempt == MostAttempts && limitOf(account) is not null)
                Forget(account);
            if (isSteady || attempt == MostAttempts)
                return new MailQuotaUsage(bytes, messages, valid);
        }
    }

    /// <summary>Has the next who asks count. A file that carries the only limit is never removed.</summary>
    internal void Forget(string account)
    {
        try
        {
            if (limitOf(account) is not null)
                disk.Unlink(AccountQuotas.PathOf(account));
        }
        catch (MailStoreException)
        {
            // Full or read-only: whoever counts next puts it right.
        }
    }

    private (long Bytes, long Messages) Sum(string account, LookedAt looked, CancellationToken closing)
    {
        var (bytes, messages) = (0L, 0L);
        var withoutSize = new List<string>();
        var directories = new List<string> { account };
        layoutOf(account).List(disk, account, folder => directories.Add(Path.Join(account, folder.Directory)), new LookedAt(disk));
        foreach (var path in directories.SelectMany(directory => (string[])[Path.Join(directory, "new"), Path.Join(directory, "cur")]))
        {
            looked.Add(path);
            withoutSize.Clear();
            disk.List(path, directories: false, name =>
            {
                closing.ThrowIfCancellationRequested();
                if (name[0] == '.')
                    return;
                messages++;
                if (MessageFileName.SizeIn(name[..MessageFileName.InfoStart(name)], 'S') is >= 0 and var size)
                    bytes += size;
                else
                    withoutSize.Add(name.ToString());
            });
            foreach (var name in withoutSize)
            {
                closing.ThrowIfCancellationRequested();
                bytes += disk.Stat(Path.Join(path, name))?.Length ?? 0;
            }
        }

        return (bytes, messages);
    }

    private void Write(string account, byte[] octets)
    {
        var scratch = newScratchPath();
        try
        {
            disk.Create(scratch, [octets]);

            // An account whose directory is not made yet holds nothing.
            if (!disk.Rename(scratch, AccountQuotas.PathOf(account)))
                disk.Unlink(scratch);
        }
        catch (MailStoreException)
        {
            // The sum is right all the same.
            Forget(account);
        }
    }
}
