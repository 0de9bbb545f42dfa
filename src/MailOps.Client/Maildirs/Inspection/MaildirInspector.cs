using System.Diagnostics;
using MailOps.Client.Maildirs.Inspection.Checks;
using MailOps.Client.Probes;
using MailOps.Maildir;

namespace MailOps.Client.Maildirs.Inspection;

/// <summary>Looks for damage in a Maildir, and puts right what can be without deleting mail.</summary>
public static class MaildirInspector
{
    /// <summary>Looks at all folders and changes nothing.</summary>
    /// <param name="path">The Maildir.</param>
    /// <param name="layout">How the folders lie in it; null for what is found.</param>
    /// <param name="readsContent">True to read each message as well, to see that the sizes in its name are right.</param>
    /// <param name="clock">The clock.</param>
    /// <param name="cancel">Ends the looking.</param>
    /// <exception cref="MailStoreException">There is no Maildir.</exception>
    public static MaildirReport Inspect(string path, MaildirLayout? layout, bool readsContent, TimeProvider clock, CancellationToken cancel)
    {
        var started = Stopwatch.GetTimestamp();
        using var source = MaildirSource.Open(path, layout);
        var checks = MakeChecks();
        var findings = new List<Finding>();
        var (found, folders, messages) = (0, 0, 0);
        foreach (var (check, folder, damage) in Look(source, checks, readsContent, clock.GetUtcNow(), cancel, scan =>
        {
            found++;
            folders += scan is null ? 0 : 1;
            messages += scan?.Contents.Messages.Count ?? 0;
        }))
        {
            findings.Add(new Finding { Check = check.Name, Status = damage.Status, Message = damage.Message, Evidence = damage.Evidence, Source = check.Source });
        }

        var damaged = findings.Select(finding => finding.Check).ToHashSet(StringComparer.Ordinal);
        var isWhole = folders == found;
        findings.InsertRange(0, checks.Where(check => !damaged.Contains(check.Name)).Select(check => isWhole || !check.NeedsAllFolders
            ? new Finding { Check = check.Name, Status = FindingStatus.Pass, Message = check.Passed, Source = check.Source }
            : new Finding { Check = check.Name, Status = FindingStatus.Blocked, Message = "This was not looked at: it takes all folders, and one cannot be read.", Source = check.Source }));
        var verdict = Verdict.Over(findings);
        return new MaildirReport
        {
            Path = source.Root,
            Layout = source.Layout.Kind.ToString(),
            Folders = folders,
            Messages = messages,
            Verdict = verdict.Status,
            Reasons = verdict.Reasons,
            Findings = findings,
            Time = clock.GetUtcNow(),
            Duration = Stopwatch.GetElapsedTime(started),
        };
    }

    /// <summary>Puts right what <see cref="Inspect"/> finds and can be put right without a person's decision. No mail is deleted: what is taken out lies in <c>mailops-lostfound</c>.</summary>
    /// <param name="path">The Maildir.</param>
    /// <param name="layout">How the folders lie in it; null for what is found.</param>
    /// <param name="readsContent">True to read each message as well.</param>
    /// <param name="allow">Asked before each repair, with what is changed and how.</param>
    /// <param name="clock">The clock.</param>
    /// <param name="cancel">Ends the work between two repairs.</param>
    /// <exception cref="MailStoreException">There is no Maildir.</exception>
    public static async IAsyncEnumerable<MaildirRepair> RepairAsync(string path, MaildirLayout? layout, bool readsContent, Func<string, string, Task<bool>> allow, TimeProvider clock, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancel)
    {
        using var source = MaildirSource.Open(path, layout);
        var now = clock.GetUtcNow();
        var site = new RepairSite(source, now);
        await using (site.ConfigureAwait(false))
        {
            // All is found first: a repair changes what the next look would see.
            var found = Look(source, MakeChecks(), readsContent, now, cancel, static _ => { }).ToList();
            foreach (var (check, folder, damage) in found)
            {
                cancel.ThrowIfCancellationRequested();
                var repair = new MaildirRepair { Path = source.Root, Folder = folder.Mailbox, Check = check.Name, Damage = damage.Message, Target = damage.Fix?.Target ?? damage.Evidence };
                if (damage.Fix is not { } fix)
                    yield return repair with { Message = "It was left alone: a person has to decide." };
                else if (await allow(fix.Target, fix.Action).ConfigureAwait(false))
                    yield return await ApplyAsync(repair with { Action = fix.Action }, fix, site).ConfigureAwait(false);
            }
        }
    }

    private static async Task<MaildirRepair> ApplyAsync(MaildirRepair repair, DamageFix fix, RepairSite site)
    {
        try
        {
            return repair with { IsDone = true, Message = await fix.Apply(site).ConfigureAwait(false) };
        }
        catch (MailStoreException e)
        {
            return repair with { Message = e.Message };
        }
    }

    private static IEnumerable<(MaildirCheck Check, FolderScan Folder, Damage Damage)> Look(MaildirSource source, IReadOnlyList<MaildirCheck> checks, bool readsContent, DateTimeOffset now, CancellationToken cancel, Action<FolderScan?> scanned)
    {
        foreach (var folder in source.Folders())
        {
            FolderScan? scan = null;
            Damage? blocked = null;
            try
            {
                scan = new FolderScan(source, folder, readsContent, now);
                scanned(scan);
            }
            catch (MailStoreException e)
            {
                scanned(null);
                blocked = new Damage(FindingStatus.Blocked, $"{folder.Mailbox} cannot be looked at: {e.Message}", source.PathOf(folder));
            }

            if (scan is null)
            {
                scan = FolderScan.Unread(source, folder);
                yield return (new DirectoryCheck(), scan, blocked!);

                // What may be the reason can be put right.
                foreach (var damage in Look(checks.OfType<PermissionCheck>().First(), scan))
                    yield return (checks.OfType<PermissionCheck>().First(), scan, damage);
                continue;
            }

            foreach (var check in checks)
            {
                cancel.ThrowIfCancellationRequested();
                foreach (var damage in Look(check, scan))
                    yield return (check, scan, damage);
            }
        }
    }

    // What one check cannot read keeps no other from looking.
    private static List<Damage> Look(MaildirCheck check, FolderScan folder)
    {
        var found = new List<Damage>();
        try
        {
            found.AddRange(check.Look(folder));
        }
        catch (MailStoreException e)
        {
            found.Add(new Damage(FindingStatus.Blocked, $"This could not be looked at in {folder.Mailbox}: {e.Message}", folder.Directory));
        }

        return found;
    }

    // In the order in which repairs are made: directories before what lies in them, the list of UIDs after names have changed.
    private static MaildirCheck[] MakeChecks() =>
    [
        new PermissionCheck(), new DirectoryCheck(), new FileKindCheck(), new FolderNameCheck(), new LockCheck(), new TmpCheck(), new MisplacedCheck(), new MessageNameCheck(), new EmptyCheck(),
        new DuplicateNameCheck(), new SizeCheck(), new NameSizeCheck(), new KeywordCheck(), new UidListCheck(), new UidCheck(), new UidValidityCheck(), new QuotaCheck(), new AccessListCheck(),
    ];
}
