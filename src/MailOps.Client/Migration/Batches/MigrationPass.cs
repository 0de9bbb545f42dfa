using System.Security.Cryptography;
using System.Text;
using MailOps.Client.Maildirs;
using MailOps.Client.Migration.Comparison;
using MailOps.Maildir;
using MailOps.Wire;

namespace MailOps.Client.Migration.Batches;

/// <summary>One pass over one mailbox: the copy is brought up to date and, at the end of a migration, proved. The claim to the mailbox is renewed meanwhile, and the work ends when that is lost.</summary>
internal sealed class MigrationPass(MigrationStore store, MigrationWorkerOptions options, MigrationJournals journals, BatchPace pace, MessageLog? log, TimeProvider clock)
{
    private static readonly TimeSpan RenewEvery = MigrationStore.Lease / 5;

    /// <summary>Works on a mailbox that was claimed, and writes down what became of it.</summary>
    /// <returns>How it stands; null if the claim was lost, and another worker has it.</returns>
    public async Task<MigrationUser?> RunAsync(MigrationUser user, MigrationSettings settings, CancellationToken cancel)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        using var letting = new CancellationTokenSource();
        var claim = new HeldClaim(store, user, pace, ending, clock);
        var renewing = claim.RenewAsync(RenewEvery, letting.Token);
        var didNothing = false;
        pace.Begin();
        try
        {
            var ended = await WorkSafelyAsync(user, settings, claim, ending.Token).ConfigureAwait(false);
            didNothing = ended.Status is MigrationStatus.Synced && ended.Copied == user.Copied;
            return await EndAsync(ended, user, claim).ConfigureAwait(false);
        }
        finally
        {
            pace.End(didNothing);
            await letting.CancelAsync().ConfigureAwait(false);
            await renewing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    // The claim is held until all is written down. The store may come back while it is; after that the pass is gone through once more, and finds all done.
    private async Task<MigrationUser?> EndAsync(MigrationUser ended, MigrationUser began, HeldClaim claim)
    {
        while (!claim.IsLost)
        {
            try
            {
                await journals.KeepAsync(began, CancellationToken.None).ConfigureAwait(false);
                return await store.EndAsync(ended, began, CancellationToken.None).ConfigureAwait(false);
            }
            catch (MigrationException)
            {
                await Task.Delay(TimeSpan.FromSeconds(1), clock, CancellationToken.None).ConfigureAwait(false);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // The worker's own disk: what is not kept is found by content.
                await options.Warn($"{began.BatchName}, {began.Identity}: the journal was not kept in the store: {e.Message}").ConfigureAwait(false);
                return await store.EndAsync(ended, began, CancellationToken.None).ConfigureAwait(false);
            }
        }

        return null;
    }

    private async Task<MigrationUser> WorkSafelyAsync(MigrationUser user, MigrationSettings settings, HeldClaim claim, CancellationToken cancel)
    {
        try
        {
            return await WorkAsync(user, settings, claim, cancel).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            // Held, given up, or the worker ends: another pass goes on where this one was.
            return claim.Now with { Status = MigrationStatus.Queued };
        }
        catch (Exception e) when (e is MigrationException or MailSessionException or MaildirException or MailStoreException or IOException or UnauthorizedAccessException or ArgumentException or FormatException)
        {
            return claim.Now with { Status = MigrationStatus.Failed, Error = e.Message };
        }
        catch (Exception e)
        {
            // Whatever it is, a certificate for the record that cannot be used among it: it is this mailbox's, and no reason to leave the others.
            return claim.Now with { Status = MigrationStatus.Failed, Error = $"{e.GetType().Name}: {e.Message}" };
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
            Skipped = copied.Skipped,
            Copied = user.Copied + copied.Copied,
            CopiedSize = user.CopiedSize + copied.CopiedSize,
            Refused = copied.Refused,
            RetriesRefused = false,
        };
        claim.Take(now);
        if (copied.Status == "Failed")
        {
            var failed = copied.Folders.Where(folder => folder.Error is not null).ToList();
            return now with { Status = MigrationStatus.Failed, Error = $"{failed[0].Folder}: {failed[0].Error}{(failed.Count > 1 ? FormattableString.Invariant($" {failed.Count - 1} more folders failed.") : "")}" };
        }

        var warnings = new List<string>();
        if (copied.Refused > 0)
            warnings.Add(FormattableString.Invariant($"{copied.Refused} {(copied.Refused == 1 ? "message was" : "messages were")} refused{(copied.RefusedMessages is [var first, ..] ? $", the first with: {first.Reason}" : "")}. They are in {journals.QuarantineOf(user)}."));
        if (copied.Folders.Sum(folder => folder.NotShown) is > 0 and var unseen)
            warnings.Add(FormattableString.Invariant($"{unseen} messages that {user.From} says to have were not shown, and are not copied."));
        if (copied.Folders.FirstOrDefault(folder => folder.KeywordsLost.Count > 0) is { } poorer)
            warnings.Add($"{user.To} did not keep all keywords: in {poorer.Folder} {string.Join(", ", poorer.KeywordsLost)}.");
        if (source.LeftOutOf(options.Folders(settings)) is [var left, ..] leftOut)
            warnings.Add(FormattableString.Invariant($"{leftOut.Count} {(leftOut.Count == 1 ? "place" : "places")} of {user.From} {(leftOut.Count == 1 ? "was" : "were")} left out, the first: {left}"));
        return isLast ? await ProveAsync(now, settings, source, target, claim, warnings, cancel).ConfigureAwait(false) : now with { Status = MigrationStatus.Synced, Error = Joined(warnings) };
    }

    private async Task<MailboxCopyResult> CopyAsync(MigrationUser user, MigrationSettings settings, MailboxEnd source, MailboxEnd target, HeldClaim claim, bool isLast, CancellationToken cancel)
    {
        await using var journal = await journals.OpenAsync(user, cancel).ConfigureAwait(false);
        var canMirror = source.Reader.KnowsFlagsAndDates && target.Writer.CanMirror;
        return await new MailboxCopier(source.Reader, target.Writer, journal, new CopyOptions
        {
            IsWanted = options.Folders(settings),
            Map = MapOf(settings),
            Filter = settings.Filter,
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
    private async Task<MigrationUser> ProveAsync(MigrationUser user, MigrationSettings settings, MailboxEnd source, MailboxEnd target, HeldClaim claim, List<string> warnings, CancellationToken cancel)
    {
        var wanted = options.Folders(settings);
        var comparer = new MailboxComparer(source.Reader, target.Writer, new ComparisonOptions { Map = MapOf(settings), IsWanted = wanted, Filter = settings.Filter, Connections = settings.Connections, Tell = claim.TellProvedAsync });
        var path = settings.ReportPath is null ? null : Path.Join(settings.ReportPath, FileNameOf(user));
        if (path is not null)
            Directory.CreateDirectory(settings.ReportPath!);
        var names = (await source.Reader.ListAsync(cancel).ConfigureAwait(false)).ToLookup(folder => folder.Path, folder => folder.Name, StringComparer.Ordinal);
        await using var journal = await journals.OpenAsync(user, cancel).ConfigureAwait(false);
        var refusedOnes = journal.Refused();
        var (missing, missingRefused, others) = (0L, 0L, 0L);
        var isServer = MailboxLocation.Parse(user.To).Server is not null;
        var gone = new List<(string Folder, string Id, string? Changed)>();
        var there = new HashSet<(string Folder, string Id)>();
        await using (var record = path is null ? null : new ComparisonReport(path, user.From, user.To, RecordOf(user, settings), clock))
        {
            await foreach (var found in comparer.CompareAsync(cancel).ConfigureAwait(false))
            {
                record?.Add(found);
                if (isServer && found is { Kind: DifferenceKind.Content or DifferenceKind.MessageExtra, DifferenceId: { } seen })
                    there.Add((found.Folder, seen));
                switch (found.Kind)
                {
                    case DifferenceKind.Flags or DifferenceKind.Date:
                        others++;
                        break;
                    case DifferenceKind.MessageMissing or DifferenceKind.Content or DifferenceKind.FolderMissing or DifferenceKind.Unreadable:
                        // Folders that stand for one on the target are named together.
                        var places = found.Folder.Split(" + ").Append(found.Folder).SelectMany(folder => names[folder]).Distinct(StringComparer.Ordinal).ToList();
                        var meant = places.FindAll(place => found.ReferenceId is not { } id || !refusedOnes.Contains((place, id)));
                        if (meant.Count < places.Count)
                            missingRefused++;
                        else
                            missing++;
                        if (found is { Kind: DifferenceKind.MessageMissing or DifferenceKind.Content, ReferenceId: { } one })
                            gone.AddRange(meant.Select(place => (place, one, found.Kind is DifferenceKind.Content ? found.Folder : null)));
                        break;
                }
            }

            if (record is not null)
                await record.FinishAsync(comparer.Folders, [.. source.LeftOutOf(wanted), .. target.LeftOutOf(wanted)], clock.GetUtcNow(), options.Signer, cancel).ConfigureAwait(false);
        }

        // A server that gave the copy another content would do so again, and there would be one more; where somebody wrote another message, as drafts are edited, the copy is gone.
        var kept = gone.RemoveAll(one => one.Changed is { } folder && journal.CopyOf(one.Folder, one.Id) is { } copy && there.Contains((folder, copy)));

        // What was noted as copied and is not there is copied again by the next pass.
        foreach (var folder in gone.GroupBy(one => one.Folder, one => one.Id, StringComparer.Ordinal))
            journal.Forget(folder.Key, folder);
        var proved = user with { Differences = missing + missingRefused + others, ReportPath = path, Done = Math.Max(0, user.Done - gone.Count) };
        if (missing > 0)
            return proved with { Status = MigrationStatus.Failed, Error = FormattableString.Invariant($"{missing} messages or folders of {user.From} are not in {user.To} as they are there, and were not refused. Compare-Mailbox lists them. Complete-MailMigration copies what is missing, and proves it again.{(kept == 0 ? "" : $" {kept} of them the server keeps with another content than it was given, and they are not copied again: the copies would be changed too.")}") };
        if (others > 0)
            warnings.Add(FormattableString.Invariant($"{others} messages have other flags or another date in {user.To}."));
        var isClean = missingRefused == 0 && warnings.Count == 0;
        return proved with { Status = isClean ? MigrationStatus.Completed : MigrationStatus.CompletedWithWarnings, Error = Joined(warnings) };
    }

    private static string? Joined(List<string> texts) => texts.Count == 0 ? null : string.Join(" ", texts);

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
                Query = isSource ? settings.Query : null,
                GmailLabels = settings.GmailLabels,
                Compression = settings.Compression,
                MboxDialect = settings.MboxDialect,
                IsMade = !isSource,
            },
            clock,
            cancel).ConfigureAwait(false);
    }

    private static FolderMap? MapOf(MigrationSettings settings) => settings.FolderMap.Count == 0 ? null : new FolderMap(settings.FolderMap);

    private static Dictionary<string, string> RecordOf(MigrationUser user, MigrationSettings settings) =>
        new(settings.ToRecord(), StringComparer.Ordinal) { ["Batch"] = user.BatchName, ["User"] = user.Identity };

    // What is left out of a name must not make two the same.
    private static string FileNameOf(MigrationUser user)
    {
        var name = string.Concat($"{user.BatchName}-{user.Identity}".Take(80).Select(letter => char.IsLetterOrDigit(letter) || letter is '-' or '.' or '@' or '_' ? letter : '_'));
        return $"{name}-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{user.BatchName}\n{user.Identity}")))[..8]}";
    }
}
