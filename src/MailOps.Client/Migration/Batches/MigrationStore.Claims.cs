namespace MailOps.Client.Migration.Batches;

/// <content>Who works on what.</content>
public sealed partial class MigrationStore
{
    /// <summary>How long a claim holds that nobody renews.</summary>
    internal static readonly TimeSpan Lease = TimeSpan.FromSeconds(20);

    private static readonly TimeSpan WorkerGone = TimeSpan.FromSeconds(15);

    /// <summary>The workers that are at work.</summary>
    public Task<List<string>> WorkersAsync(CancellationToken cancel) => _database.ReadAsync(
        FormattableString.Invariant($"SELECT id FROM mailops_worker WHERE seen >= {_database.Now} - {(long)WorkerGone.TotalMilliseconds} ORDER BY id"), row => row.GetString(0), cancel);

    /// <summary>A worker is there, or gone.</summary>
    internal Task SeeAsync(string worker, bool isThere, CancellationToken cancel) => _database.WriteAsync(
        connection => MigrationDatabase.RunAsync(
            connection,
            isThere ? $"DELETE FROM mailops_worker WHERE seen < {_database.Now} - 86400000; DELETE FROM mailops_pace WHERE worker NOT IN (SELECT id FROM mailops_worker) AND worker <> @id; INSERT INTO mailops_worker (id, started, seen) VALUES (@id, {_database.Now}, {_database.Now}) ON CONFLICT (id) DO UPDATE SET seen = excluded.seen" : "DELETE FROM mailops_pace WHERE worker = @id; DELETE FROM mailops_worker WHERE id = @id",
            cancel,
            ("id", worker)),
        cancel);

    /// <summary>How fast a worker works on batches, each by its name.</summary>
    internal Task TellAsync(string worker, IReadOnlyDictionary<string, MigrationPace> paces, CancellationToken cancel) => _database.WriteAsync(
        async connection =>
        {
            foreach (var (batch, pace) in paces)
            {
                await MigrationDatabase.RunAsync(
                    connection,
                    "INSERT INTO mailops_pace (worker, batch, copied, proved, looked) VALUES (@worker, @batch, @copied, @proved, @looked) ON CONFLICT (worker, batch) DO UPDATE SET copied = excluded.copied, proved = excluded.proved, looked = excluded.looked",
                    cancel,
                    ("worker", worker),
                    ("batch", batch),
                    ("copied", pace.Copied),
                    ("proved", pace.Proved),
                    ("looked", pace.Looked)).ConfigureAwait(false);
            }

            return true;
        },
        cancel);

    /// <summary>The batches with wishes for which no trigger was made yet: a look that takes no turn.</summary>
    internal Task<List<string>> PlannableAsync(CancellationToken cancel) => _database.ReadAsync("SELECT DISTINCT batch FROM mailops_user WHERE planned = 0", row => row.GetString(0), cancel);

    /// <summary>Takes wishes for which no trigger was made yet; who takes them makes it. Who was to be held or given up and whose worker died meanwhile is so from then on.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="most">How many at once.</param>
    /// <param name="cancel">Ends the wait.</param>
    internal Task<List<MigrationUser>> TakePlannableAsync(string batch, int most, CancellationToken cancel) => _database.WriteAsync(
        async connection =>
        {
            var taken = await MigrationDatabase.ReadAsync(
                connection,
                FormattableString.Invariant($"SELECT {UserColumns}, lease >= {_database.Now} FROM mailops_user WHERE planned = 0 AND batch = @batch ORDER BY identity LIMIT {most}"),
                User,
                cancel,
                ("batch", batch)).ConfigureAwait(false);
            if (taken.Count > 0)
            {
                await MigrationDatabase.RunAsync(
                    connection,
                    $"""
                    UPDATE mailops_user SET planned = 1,
                      status = CASE WHEN status NOT IN ('Queued', 'Syncing', 'Completing') OR lease >= {_database.Now} THEN status WHEN wish = 'Suspend' THEN 'Suspended' WHEN wish = 'Stop' THEN 'Stopped' ELSE status END
                    WHERE batch = @batch AND identity IN ({Names(taken.Count)})
                    """,
                    cancel,
                    [("batch", batch), .. Named(taken)]).ConfigureAwait(false);
            }

            return taken;
        },
        cancel);

    /// <summary>Has those planned anew who wait and have nothing that would begin their pass: who took their wish died before it was planned, or with the trigger.</summary>
    internal Task<int> PlanAnewAsync(string batch, CancellationToken cancel) => _database.WriteAsync(
        connection => MigrationDatabase.RunAsync(
            connection,
            $"""
            UPDATE mailops_user SET planned = 0 WHERE batch = @batch AND planned = 1 AND status IN ('Queued', 'Syncing', 'Completing') AND lease < {_database.Now} AND NOT EXISTS
              (SELECT 1 FROM {MigrationSchedule.Prefix}triggers AS t WHERE t.sched_name = '{MigrationSchedule.Name}' AND t.job_group = mailops_user.batch AND t.job_name = mailops_user.identity AND t.trigger_state NOT IN ('ERROR', 'COMPLETE'))
            """,
            cancel,
            ("batch", batch)),
        cancel);

    /// <summary>How many pairs of servers each batch has: so many times what a server takes can be under way of it, at the most. A batch of files alone has none.</summary>
    internal async Task<IReadOnlyDictionary<string, int>> ServerPairsAsync(CancellationToken cancel) => (await _database.ReadAsync(
        "SELECT batch, count(*) FROM (SELECT DISTINCT batch, source_host, target_host FROM mailops_user WHERE source_host <> '' OR target_host <> '') AS pairs GROUP BY batch",
        row => (Batch: row.GetString(0), Count: (int)row.GetInt64(1)),
        cancel).ConfigureAwait(false)).ToDictionary(pair => pair.Batch, pair => pair.Count, StringComparer.Ordinal);

    /// <summary>Claims a mailbox for a pass, if it is wanted, nobody has it, and its servers have room. A claim is known by the number of its pass: a worker that lost one may have the next.</summary>
    internal Task<MigrationClaim> ClaimAsync(string batch, string identity, string worker, CancellationToken cancel) => _database.WriteAsync(
        async connection =>
        {
            var found = await MigrationDatabase.ReadAsync(
                connection,
                $"SELECT {UserColumns}, lease >= {_database.Now}, source_host, target_host, lease - {_database.Now} FROM mailops_user WHERE batch = @batch AND identity = @identity",
                row => (User: User(row), Source: row.GetString(24), Target: row.GetString(25), Left: row.GetInt64(26)),
                cancel,
                ("batch", batch),
                ("identity", identity)).ConfigureAwait(false);
            if (found is not [var (user, source, target, left)] || user.Wish is MigrationWish.Suspend or MigrationWish.Stop || user.Status is MigrationStatus.Completed || (user.Status is MigrationStatus.CompletedWithWarnings && user.Wish is MigrationWish.Complete))
                return new MigrationClaim(User: null, Settings: null, RetryAfter: null);
            if (left > 0)
                return new MigrationClaim(User: null, Settings: null, TimeSpan.FromMilliseconds(left) + TimeSpan.FromSeconds(1));
            var settings = (await MigrationDatabase.ReadAsync(connection, "SELECT settings FROM mailops_batch WHERE name = @batch", row => MigrationSettings.Of(row.GetString(0)), cancel, ("batch", batch)).ConfigureAwait(false))[0];
            foreach (var host in new[] { source, target }.Where(host => host.Length > 0).Distinct(StringComparer.Ordinal))
            {
                var busy = (await MigrationDatabase.ReadAsync(connection, $"SELECT count(*) FROM mailops_user WHERE lease >= {_database.Now} AND (source_host = @host OR target_host = @host)", row => row.GetInt64(0), cancel, ("host", host)).ConfigureAwait(false))[0];
                if (busy >= settings.MaximumPerServer)
                    return new MigrationClaim(User: null, Settings: null, TimeSpan.FromSeconds(5));
            }

            var status = user.Wish is MigrationWish.Complete ? MigrationStatus.Completing : MigrationStatus.Syncing;
            await MigrationDatabase.RunAsync(
                connection,
                FormattableString.Invariant($"UPDATE mailops_user SET worker = @worker, lease = {_database.Now} + {(long)Lease.TotalMilliseconds}, status = @status, passes = passes + 1, started = {_database.Now}, rate = 0, proved = 0, error = NULL WHERE batch = @batch AND identity = @identity"),
                cancel,
                ("worker", worker),
                ("status", $"{status}"),
                ("batch", batch),
                ("identity", identity)).ConfigureAwait(false);
            return new MigrationClaim(user with { Status = status, Worker = worker, Passes = user.Passes + 1, Rate = 0, Proved = 0 }, settings, RetryAfter: null);
        },
        cancel);

    /// <summary>Goes on with a claim, and says how far it is.</summary>
    /// <returns>What is wished now; null if the claim is lost.</returns>
    internal Task<MigrationWish?> RenewAsync(MigrationUser now, CancellationToken cancel) => _database.WriteAsync(
        async connection =>
        {
            var changed = await MigrationDatabase.RunAsync(
                connection,
                FormattableString.Invariant($"UPDATE mailops_user SET lease = {_database.Now} + {(long)Lease.TotalMilliseconds}, messages = @messages, done = @done, copied = @copied, octets = @octets, skipped = @skipped, proved = @proved, rate = @rate WHERE batch = @batch AND identity = @identity AND passes = @pass AND lease >= {_database.Now}"),
                cancel,
                ("messages", now.Messages),
                ("done", now.Done),
                ("copied", now.Copied),
                ("octets", now.CopiedSize),
                ("skipped", now.Skipped),
                ("proved", now.Proved),
                ("rate", now.Rate),
                ("batch", now.BatchName),
                ("identity", now.Identity),
                ("pass", (long)now.Passes)).ConfigureAwait(false);
            if (changed == 0)
                return null;
            return (MigrationWish?)(await MigrationDatabase.ReadAsync(connection, "SELECT wish FROM mailops_user WHERE batch = @batch AND identity = @identity", row => Enum.Parse<MigrationWish>(row.GetString(0)), cancel, ("batch", now.BatchName), ("identity", now.Identity)).ConfigureAwait(false))[0];
        },
        cancel);

    /// <summary>Ends a claim with what became of the pass.</summary>
    /// <param name="ended">The user, as it is now. A status of Queued lets another worker begin.</param>
    /// <param name="began">The user as the pass began: a wish that came since is planned anew.</param>
    /// <param name="cancel">Ends the wait.</param>
    /// <returns>The user as it is then; null if the claim was lost before, and nothing was changed.</returns>
    internal Task<MigrationUser?> EndAsync(MigrationUser ended, MigrationUser began, CancellationToken cancel) => _database.WriteAsync(
        async connection =>
        {
            var wishes = await MigrationDatabase.ReadAsync(connection, "SELECT wish FROM mailops_user WHERE batch = @batch AND identity = @identity AND passes = @pass", row => Enum.Parse<MigrationWish>(row.GetString(0)), cancel, ("batch", ended.BatchName), ("identity", ended.Identity), ("pass", (long)ended.Passes)).ConfigureAwait(false);
            if (wishes is not [var now])
                return null;
            var status = now == began.Wish ? ended.Status : now switch
            {
                MigrationWish.Suspend => MigrationStatus.Suspended,
                MigrationWish.Stop => MigrationStatus.Stopped,
                _ => MigrationStatus.Queued,
            };
            var isDone = status is MigrationStatus.Completed or MigrationStatus.CompletedWithWarnings;
            var isSynced = isDone || status is MigrationStatus.Synced;
            await MigrationDatabase.RunAsync(
                connection,
                $"""
                UPDATE mailops_user SET status = @status, lease = 0, rate = 0, planned = @planned, messages = @messages, done = @done, copied = @copied, octets = @octets, refused = @refused, skipped = @skipped,
                  differences = @differences, error = @error, report = @report, retries_refused = CASE WHEN @retry = 1 THEN 0 ELSE retries_refused END, synced = {(isSynced ? _database.Now : "synced")}, completed = {(isDone ? _database.Now : "NULL")}
                WHERE batch = @batch AND identity = @identity AND passes = @pass
                """,
                cancel,
                ("status", $"{status}"),
                ("planned", status is MigrationStatus.Queued || isDone ? 0L : 1L),
                ("messages", ended.Messages),
                ("done", ended.Done),
                ("copied", ended.Copied),
                ("octets", ended.CopiedSize),
                ("refused", ended.Refused),
                ("skipped", ended.Skipped),
                ("differences", ended.Differences),
                ("error", ended.Error),
                ("report", ended.ReportPath),
                // A retry that was asked for meanwhile is still to come.
                ("retry", began.RetriesRefused && status is not MigrationStatus.Queued ? 1L : 0L),
                ("batch", ended.BatchName),
                ("identity", ended.Identity),
                ("pass", (long)ended.Passes)).ConfigureAwait(false);
            return (MigrationUser?)(await MigrationDatabase.ReadAsync(connection, $"SELECT {UserColumns}, lease >= {_database.Now} FROM mailops_user WHERE batch = @batch AND identity = @identity", User, cancel, ("batch", ended.BatchName), ("identity", ended.Identity)).ConfigureAwait(false))[0];
        },
        cancel);
}
