using System.Diagnostics;
using MailOps.Client.Maildirs;
using MailOps.Client.Migration.Comparison;
using MailOps.Maildir;
using MailOps.Wire;

namespace MailOps.Client.Migration.Batches;

/// <summary>One pass over one mailbox: the copy is brought up to date and, at the end of a migration, proved. The claim to the mailbox is renewed meanwhile, and the work ends when that is lost.</summary>
internal sealed class MigrationPass(MigrationStore store, MigrationWorkerOptions options, MigrationJournals journals, MessageLog? log, TimeProvider clock)
{
    private static readonly TimeSpan RenewEvery = MigrationStore.Lease / 5;

    /// <summary>Works on a mailbox that was claimed, and writes down what became of it.</summary>
    /// <returns>How it stands; null if the claim was lost, and another worker has it.</returns>
    public async Task<MigrationUser?> RunAsync(MigrationUser user, MigrationSettings settings, CancellationToken cancel)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var claim = new HeldClaim(store, user, ending, clock);
        var renewing = claim.RenewAsync(RenewEvery, ending.Token);
        MigrationUser ended;
        try
        {
            ended = await WorkAsync(user, settings, claim, ending.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (ending.IsCancellationRequested)
        {
            // Held, given up, or the worker ends: another pass goes on where this one was.
            ended = claim.Now with { Status = MigrationStatus.Queued };
        }
        catch (Exception e) when (e is MigrationException or MailSessionException or MaildirException or MailStoreException or IOException or UnauthorizedAccessException or ArgumentException or FormatException)
        {
            ended = claim.Now with { Status = MigrationStatus.Failed, Error = e.Message };
        }
        catch (Exception e)
        {
            // A fault of ours in one mailbox is no reason to leave the others.
            ended = claim.Now with { Status = MigrationStatus.Failed, Error = $"{e.GetType().Name}: {e.Message} This is a fault of MailOps, and of no mailbox." };
        }
        finally
        {
            await ending.CancelAsync().ConfigureAwait(false);
            await renewing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        if (claim.IsLost)
            return null;
        using var last = new CancellationTokenSource(MigrationStore.Lease);
        while (true)
        {
            try
            {
                await journals.KeepAsync(user, last.Token).ConfigureAwait(false);
                return await store.EndAsync(ended, user.Wish, last.Token).ConfigureAwait(false) ? ended : null;
            }
            catch (MigrationException) when (!last.IsCancellationRequested)
            {
                // The store may come back while the claim holds. After that the pass is gone through once more, and finds all done.
                await Task.Delay(TimeSpan.FromSeconds(1), clock, CancellationToken.None).ConfigureAwait(false);
            }
            catch (Exception e) when (e is MigrationException or OperationCanceledException)
            {
                return null;
            }
        }
    }

    private async Task<MigrationUser> WorkAsync(MigrationUser user, MigrationSettings settings, HeldClaim claim, CancellationToken cancel)
    {
        await using var source = await OpenAsync(user, user.From, isSource: true, settings, cancel).ConfigureAwait(false);
        await using var target = await OpenAsync(user, user.To, isSource: false, settings, cancel).ConfigureAwait(false);
        var isLast = user.Wish is MigrationWish.Complete;
        var copied = await CopyAsync(user, settings, source, target, claim, isLast, cancel).ConfigureAwait(false);
        var now = claim.Now with
        {
            Messages = copied.Messages - copied.Skipped,
            Done = copied.Copied + copied.AlreadyThere + copied.Refused,
            Copied = user.Copied + copied.Copied,
            CopiedSize = user.CopiedSize + copied.CopiedSize,
            Refused = copied.Refused,
            RetriesRefused = false,
        };
        if (copied.Status == "Failed")
        {
            var failed = copied.Folders.Where(folder => folder.Error is not null).ToList();
            return now with { Status = MigrationStatus.Failed, Error = $"{failed[0].Folder}: {failed[0].Error}{(failed.Count > 1 ? FormattableString.Invariant($" {failed.Count - 1} more folders failed.") : "")}" };
        }

        var refused = copied.Refused > 0 ? FormattableString.Invariant($"{copied.Refused} messages were refused{(copied.RefusedMessages is [var first, ..] ? $", the first with: {first.Reason}" : "")}. They are in {journals.QuarantineOf(user)}.") : null;
        return isLast ? await ProveAsync(now, settings, source, target, refused, cancel).ConfigureAwait(false) : now with { Status = MigrationStatus.Synced, Error = refused };
    }

    private async Task<MailboxCopyResult> CopyAsync(MigrationUser user, MigrationSettings settings, MailboxEnd source, MailboxEnd target, HeldClaim claim, bool isLast, CancellationToken cancel)
    {
        await using var journal = await journals.OpenAsync(user, cancel).ConfigureAwait(false);
        var canMirror = source.Reader.KnowsFlagsAndDates && target.Writer.CanMirror;
        return await new MailboxCopier(source.Reader, target.Writer, journal, new CopyOptions
        {
            IsWanted = options.Folders(settings),
            Map = MapOf(settings),
            Mirrors = settings.Mirror || (isLast && canMirror),
            RemovesDeleted = settings.RemoveDeleted,
            Connections = settings.Connections,
            RetryRefused = user.RetriesRefused,
            QuarantinePath = journals.QuarantineOf(user),
            Guard = claim.ThrowIfLost,
            Log = log is null ? null : message => log.Add(message, user.BatchName, user.Identity),
            Warn = text => options.Warn($"{user.BatchName}, {user.Identity}: {text}"),
            Tell = claim.TellAsync,
        }, clock).RunAsync(cancel).ConfigureAwait(false);
    }

    // What the target has beyond the source is mail that came there, and no fault.
    private async Task<MigrationUser> ProveAsync(MigrationUser user, MigrationSettings settings, MailboxEnd source, MailboxEnd target, string? refused, CancellationToken cancel)
    {
        var comparer = new MailboxComparer(source.Reader, target.Writer, new ComparisonOptions { Map = MapOf(settings), IsWanted = options.Folders(settings), Connections = settings.Connections });
        var path = settings.ReportPath is null ? null : Path.Join(settings.ReportPath, FileNameOf(user));
        if (path is not null)
            Directory.CreateDirectory(settings.ReportPath!);
        var counts = new Dictionary<DifferenceKind, long>();
        await using (var record = path is null ? null : new ComparisonReport(path, user.From, user.To, new Dictionary<string, string>(StringComparer.Ordinal) { ["Batch"] = user.BatchName, ["User"] = user.Identity }, clock))
        {
            await foreach (var found in comparer.CompareAsync(cancel).ConfigureAwait(false))
            {
                record?.Add(found);
                counts[found.Kind] = counts.GetValueOrDefault(found.Kind) + 1;
            }

            if (record is not null)
                await record.FinishAsync(comparer.Folders, clock.GetUtcNow(), options.ReportCertificate, options.ReportCertificatePassword, cancel).ConfigureAwait(false);
        }

        var missing = counts.GetValueOrDefault(DifferenceKind.MessageMissing) + counts.GetValueOrDefault(DifferenceKind.Content) + counts.GetValueOrDefault(DifferenceKind.FolderMissing) + counts.GetValueOrDefault(DifferenceKind.Unreadable);
        var others = counts.GetValueOrDefault(DifferenceKind.Flags) + counts.GetValueOrDefault(DifferenceKind.Date);
        var proved = user with { Differences = missing + others, ReportPath = path };
        if (missing > user.Refused)
            return proved with { Status = MigrationStatus.Failed, Error = FormattableString.Invariant($"{missing} messages or folders of {user.From} are not in {user.To} as they are there, and {user.Refused} of them were refused. Compare-Mailbox lists them; Complete-MailMigration tries again.") };
        return missing + others == 0 && refused is null
            ? proved with { Status = MigrationStatus.Completed, Error = null }
            : proved with { Status = MigrationStatus.CompletedWithWarnings, Error = string.Join(" ", new[] { refused, others > 0 ? FormattableString.Invariant($"{others} messages have other flags or another date in {user.To}.") : null }.Where(text => text is not null)) };
    }

    private async Task<MailboxEnd> OpenAsync(MigrationUser user, string address, bool isSource, MigrationSettings settings, CancellationToken cancel)
    {
        var location = MailboxLocation.Parse(address);
        var login = location.Server is null ? null : await options.Login(new MigrationLoginRequest(user, location, isSource, isSource ? settings.FromVault : settings.ToVault), cancel).ConfigureAwait(false);
        var isOwn = login?.Credential is not { UserName.Length: > 0 } credential || location.IsOf(credential.UserName);
        return await MailboxEnd.OpenAsync(
            login?.Credential is { UserName: { Length: > 0 } name } && isOwn ? location.Of(name) : location,
            new MailboxEndOptions
            {
                Credential = login?.Credential,
                // Who logs in to somebody else's mailbox is an administrator, and acts as that user (RFC 4616 section 2).
                AuthorizationId = isOwn ? null : location.UserName,
                Tokens = login?.Tokens,
                SkipCertificateCheck = settings.SkipCertificateCheck,
                CertificatePins = CertificatePin.Parse([.. settings.CertificatePin]),
                Timeout = TimeSpan.FromSeconds(settings.TimeoutSeconds),
                IsMade = !isSource,
            },
            clock,
            cancel).ConfigureAwait(false);
    }

    private static FolderMap? MapOf(MigrationSettings settings) => settings.FolderMap.Count == 0 ? null : new FolderMap(settings.FolderMap);

    private static string FileNameOf(MigrationUser user) => string.Concat($"{user.BatchName}-{user.Identity}".Select(letter => char.IsLetterOrDigit(letter) || letter is '-' or '.' or '@' or '_' ? letter : '_'));
}
