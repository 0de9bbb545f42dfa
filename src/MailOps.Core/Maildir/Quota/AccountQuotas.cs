using System.Globalization;
using MailOps.Maildir.Disk;
using MailOps.Maildir.Layouts;

namespace MailOps.Maildir.Quota;

/// <summary>
/// Quotas of a store's accounts, shared with Courier and Dovecot through each account's <c>maildirsize</c>. An account has one if the store's
/// options name a limit, or if it has that file. All folders count, with all that is in them, as Dovecot counts.
/// </summary>
internal sealed class AccountQuotas(IMaildirDisk disk, MailQuota? limit, Func<string, FolderLayout> layoutOf, Func<string> newScratchPath, TimeProvider clock)
{
    // What is over its limit is not trusted for longer (Maildir++).
    private static readonly TimeSpan Stale = TimeSpan.FromMinutes(15);

    private const int MostAttempts = 3;

    private readonly Lock _turn = new();

    /// <summary>What an account holds and may hold; null if it has no quota.</summary>
    internal MailQuotaUsage? Usage(string account)
    {
        lock (_turn)
        {
            var path = PathOf(account);
            if (disk.Stat(path) is not { } facts || disk.ReadAll(path) is not { } octets)
                return limit is null ? null : Recalculate(account, limit);
            var known = MaildirSize.Parse(octets);
            var valid = limit ?? known?.Limit ?? MaildirSize.LimitOf(octets);
            if (known is not { } sum || sum.Limit != valid)
                return Recalculate(account, valid);
            var usage = new MailQuotaUsage(sum.Bytes, sum.Messages, valid);
            var isDoubtful = IsOver(usage) && (sum.Lines > 1 || clock.GetUtcNow() - facts.Modified > Stale);
            return isDoubtful ? Recalculate(account, valid) : usage;
        }
    }

    /// <summary>True if so much more fits, or the account has no quota.</summary>
    internal bool HasRoom(string account, long bytes, long messages) =>
        Usage(account) is not { } usage || !IsOver(usage with { Bytes = usage.Bytes + bytes, Messages = usage.Messages + messages });

    /// <summary>Refuses what does not fit.</summary>
    /// <exception cref="MailStoreException">The account would hold more than it may.</exception>
    /// <returns>False if the account has no quota.</returns>
    internal bool Require(string account, long bytes, long messages) => Require(account, () => (bytes, messages));

    /// <summary>Refuses what does not fit.</summary>
    /// <param name="account">The account's directory.</param>
    /// <param name="more">The octets and messages that are to come; asked only where there is a quota.</param>
    /// <exception cref="MailStoreException">The account would hold more than it may.</exception>
    /// <returns>False if the account has no quota.</returns>
    internal bool Require(string account, Func<(long Bytes, long Messages)> more)
    {
        if (Usage(account) is not { } usage)
            return false;
        var (bytes, messages) = more();
        if (!IsOver(usage with { Bytes = usage.Bytes + bytes, Messages = usage.Messages + messages }))
            return true;
        var limits = new List<string>();
        if (usage.Limit.Bytes is { } mostBytes)
            limits.Add(string.Create(CultureInfo.InvariantCulture, $"{usage.Bytes} of {mostBytes} octets"));
        if (usage.Limit.Messages is { } mostMessages)
            limits.Add(string.Create(CultureInfo.InvariantCulture, $"{usage.Messages} of {mostMessages} messages"));
        throw new MailStoreException(
            StoreFault.OverQuota,
            string.Create(CultureInfo.InvariantCulture, $"'{account}' is over its quota: it holds {string.Join(" and ", limits)}, and {bytes} octets more do not fit. Remove mail, or raise the limit."));
    }

    /// <summary>Writes down what came (or, negative, went). It happened, so it is no error if it cannot be written: then it is counted later.</summary>
    internal void Add(string account, long bytes, long messages)
    {
        if (bytes == 0 && messages == 0)
            return;
        var path = PathOf(account);
        try
        {
            disk.Append(path, MaildirSize.FormatLine(bytes, messages));
        }
        catch (MailStoreException)
        {
            Forget(account);
        }
    }

    /// <summary>More changed than is worth adding up: the next who asks counts.</summary>
    internal void Recount(string account)
    {
        var path = PathOf(account);
        if (disk.Stat(path) is null)
            return;
        lock (_turn)
            Recalculate(account, limit ?? MaildirSize.LimitOf(disk.ReadAll(path) ?? []));
    }

    /// <summary>The octets of a message on disk: from its name, or from the file while that is there.</summary>
    internal static long SizeOf(IMaildirDisk disk, ReadOnlySpan<char> baseName, string path) =>
        Names.MessageFileName.SizeIn(baseName, 'S') is >= 0 and var size ? size : disk.Stat(path)?.Length ?? 0;

    private static bool IsOver(MailQuotaUsage usage) => usage.Bytes > usage.Limit.Bytes || usage.Messages > usage.Limit.Messages;

    private static string PathOf(string account) => Path.Join(account, MaildirSize.FileName);

    private MailQuotaUsage Recalculate(string account, MailQuota valid)
    {
        for (var attempt = 1; ; attempt++)
        {
            var looked = new LookedAt(disk);
            var (bytes, messages) = Count(account, looked);
            var isSteady = looked.IsUnchanged();
            if (isSteady)
                Write(account, MaildirSize.Format(valid, bytes, messages));
            else if (attempt == MostAttempts && limit is not null)
                Forget(account);
            if (isSteady || attempt == MostAttempts)
                return new MailQuotaUsage(bytes, messages, valid);
        }
    }

    private (long Bytes, long Messages) Count(string account, LookedAt looked)
    {
        var (bytes, messages) = (0L, 0L);
        var directories = new List<string> { account };
        layoutOf(account).List(disk, account, folder => directories.Add(Path.Join(account, folder.Directory)), new LookedAt(disk));
        foreach (var directory in directories)
        {
            foreach (var part in (ReadOnlySpan<string>)["new", "cur"])
            {
                var path = Path.Join(directory, part);
                looked.Add(path);
                var names = new List<string>();
                disk.List(path, directories: false, name =>
                {
                    if (name[0] != '.')
                        names.Add(name.ToString());
                });
                messages += names.Count;
                foreach (var name in names)
                    bytes += SizeOf(disk, name.AsSpan(0, Names.MessageFileName.InfoStart(name)), Path.Join(path, name));
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
            if (!disk.Rename(scratch, PathOf(account)))
                disk.Unlink(scratch);
        }
        catch (MailStoreException)
        {
            // The sum is right all the same.
            Forget(account);
        }
    }

    // A file that carries the only limit is never removed.
    private void Forget(string account)
    {
        try
        {
            if (limit is not null)
                disk.Unlink(PathOf(account));
        }
        catch (MailStoreException)
        {
            // Full or read-only: whoever counts next puts it right.
        }
    }
}
