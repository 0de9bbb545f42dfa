using System.Globalization;
using MailOps.Maildir.Disk;
using MailOps.Maildir.Layouts;

namespace MailOps.Maildir.Quota;

/// <summary>
/// Quotas of a store's accounts, shared with Courier and Dovecot through each account's <c>maildirsize</c>. An account has one if the store's
/// options name a limit, or if it has that file. All folders count, with all that is in them, as Dovecot counts.
/// </summary>
/// <remarks>
/// A file that is short and right is read where the caller is. What has to be counted is counted on a thread of its own, once for all who
/// ask at the same time; a count takes no lock of the store.
/// </remarks>
internal sealed class AccountQuotas(IMaildirDisk disk, Func<string, MailQuota?> limitOf, Func<string, FolderLayout> layoutOf, Func<string> newScratchPath, TimeProvider clock) : IAsyncDisposable
{
    // What is over its limit is not trusted for longer (Maildir++).
    private static readonly TimeSpan Stale = TimeSpan.FromMinutes(15);

    // More would only make the disk seek.
    private const int MostCountsAtOnce = 4;

    private readonly QuotaCounter _counter = new(disk, limitOf, layoutOf, newScratchPath);
    private readonly UnlimitedAccounts _unlimited = new(clock);
    private readonly Dictionary<string, Task<MailQuotaUsage?>> _counts = new(StringComparer.Ordinal);

    // Never disposed: they hold no timer and no handle, and a store may be closed twice.
    private readonly SemaphoreSlim _places = new(MostCountsAtOnce);
    private readonly CancellationTokenSource _closing = new();
    private bool _isClosed;

    /// <summary>What an account holds and may hold; null if it has no quota.</summary>
    internal ValueTask<MailQuotaUsage?> UsageAsync(string account, CancellationToken cancel)
    {
        if (limitOf(account) is null && _unlimited.Knows(account))
            return default;
        return TryLook(account, out var usage, out _) ? new(usage) : new(CountAsync(account).WaitAsync(cancel));
    }

    /// <summary>True if so much more fits, or the account has no quota.</summary>
    internal async ValueTask<bool> HasRoomAsync(string account, long bytes, long messages, CancellationToken cancel) =>
        await UsageAsync(account, cancel) is not { } usage || !IsOver(usage with { Bytes = usage.Bytes + bytes, Messages = usage.Messages + messages });

    /// <summary>Refuses what does not fit.</summary>
    /// <exception cref="MailStoreException">The account would hold more than it may.</exception>
    internal ValueTask RequireAsync(string account, long bytes, long messages, CancellationToken cancel) =>
        RequireAsync(account, () => (bytes, messages), cancel);

    /// <summary>Refuses what does not fit.</summary>
    /// <param name="account">The account's directory.</param>
    /// <param name="more">The octets and messages that are to come; asked only where there is a quota.</param>
    /// <param name="cancel">Ends the wait.</param>
    /// <exception cref="MailStoreException">The account would hold more than it may.</exception>
    internal async ValueTask RequireAsync(string account, Func<(long Bytes, long Messages)> more, CancellationToken cancel)
    {
        if (await UsageAsync(account, cancel) is not { } usage)
            return;
        var (bytes, messages) = more();
        if (!IsOver(usage with { Bytes = usage.Bytes + bytes, Messages = usage.Messages + messages }))
            return;
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
        if ((bytes == 0 && messages == 0) || _unlimited.TryNoteChange(account))
            return;
        try
        {
            disk.Append(PathOf(account), MaildirSize.FormatLine(bytes, messages));
        }
        catch (MailStoreException)
        {
            _counter.Forget(account);
        }
    }

    /// <summary>More changed than is worth adding up: counts, if there is a file.</summary>
    internal async Task RecountAsync(string account, CancellationToken cancel)
    {
        if (disk.Stat(PathOf(account)) is null)
            return;
        while (true)
        {
            Task count;
            var isOwn = false;
            lock (_counts)
            {
                if (_counts.TryGetValue(account, out var other))
                    count = other;
                else
                    (count, isOwn) = (Start(account, isForced: true), true);
            }

            if (isOwn)
            {
                await count.WaitAsync(cancel);
                return;
            }

            // What is being counted already may have been read before the change.
            await count.WaitAsync(cancel).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancel.ThrowIfCancellationRequested();
        }
    }

    /// <summary>Ends the counts that are under way: they take what the disk still has to give.</summary>
    public async ValueTask DisposeAsync()
    {
        Task[] running;
        lock (_counts)
        {
            _isClosed = true;
            running = [.. _counts.Values];
        }

        await _closing.CancelAsync();
        foreach (var count in running)
            await count.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>The octets of a message on disk: from its name, or from the file while that is there.</summary>
    internal static long SizeOf(IMaildirDisk disk, ReadOnlySpan<char> baseName, string path) =>
        Names.MessageFileName.SizeIn(baseName, 'S') is >= 0 and var size ? size : disk.Stat(path)?.Length ?? 0;

    internal static string PathOf(string account) => Path.Join(account, MaildirSize.FileName);

    private static bool IsOver(MailQuotaUsage usage) => usage.Bytes > usage.Limit.Bytes || usage.Messages > usage.Limit.Messages;

    /// <summary>Reads the account's file.</summary>
    /// <returns>False if what the account holds has to be counted, for the limits in <paramref name="valid"/>.</returns>
    private bool TryLook(string account, out MailQuotaUsage? usage, out MailQuota valid)
    {
        usage = null;
        var limit = limitOf(account);
        valid = limit ?? new MailQuota();
        var looked = clock.GetTimestamp();
        Span<byte> start = stackalloc byte[MaildirSize.Longest];
        var length = disk.ReadStart(PathOf(account), start);
        if (length < 0)
        {
            if (limit is null)
                _unlimited.Add(account, looked, other => disk.Stat(PathOf(other)) is null);
            return limit is null;
        }

        var known = MaildirSize.Parse(start[..length]);
        valid = limit ?? known?.Limit ?? MaildirSize.LimitOf(start[..length]);
        if (known is not { } sum || sum.Limit != valid || _unlimited.HasChanged(account))
            return false;
        usage = new MailQuotaUsage(sum.Bytes, sum.Messages, valid);
        return !IsOver(usage) || (sum.Lines == 1 && disk.Stat(PathOf(account)) is { } facts && clock.GetUtcNow() - facts.Modified <= Stale);
    }

    private Task<MailQuotaUsage?> CountAsync(string account)
    {
        lock (_counts)
            return _counts.TryGetValue(account, out var running) ? running : Start(account, isForced: false);
    }

    private Task<MailQuotaUsage?> Start(string account, bool isForced)
    {
        ObjectDisposedException.ThrowIf(_isClosed, typeof(MaildirStore));
        return _counts[account] = RunAsync(account, isForced);
    }

    private async Task<MailQuotaUsage?> RunAsync(string account, bool isForced)
    {
        // It must be in the table before it can end.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        try
        {
            await _places.WaitAsync(_closing.Token);
            try
            {
                return await Task.Factory.StartNew(
                    () => Count(account, isForced),
                    CancellationToken.None,
                    TaskCreationOptions.LongRunning | TaskCreationOptions.RunContinuationsAsynchronously,
                    TaskScheduler.Default);
            }
            finally
            {
                _places.Release();
            }
        }
        finally
        {
            lock (_counts)
                _counts.Remove(account);
        }
    }

    private MailQuotaUsage? Count(string account, bool isForced)
    {
        // Somebody may have counted between the question and now.
        var isRight = TryLook(account, out var usage, out var valid);
        if (isRight && (usage is null || !isForced))
            return usage;
        _unlimited.Forget(account);
        return _counter.Count(account, valid, _closing.Token);
    }
}
