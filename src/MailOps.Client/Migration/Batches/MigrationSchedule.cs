using System.Security.Cryptography;
using System.Text;
using Quartz;

namespace MailOps.Client.Migration.Batches;

/// <summary>
/// Quartz.NET: when which mailbox is worked on, and by which of the workers. Each mailbox is a job, one at a time in the whole cluster; what was under way at
/// a worker that is gone is fired again elsewhere.
/// </summary>
internal sealed class MigrationSchedule : IAsyncDisposable
{
    /// <summary>How the names of its tables begin.</summary>
    public const string Prefix = "mailops_qrtz_";

    /// <summary>What it is called in them: every index begins with it.</summary>
    public const string Name = "MailOps";

    private const string Retry = "\u0001retry";

    private readonly StandaloneSchedulerFactory _factory;
    private readonly IScheduler _scheduler;
    private IReadOnlyDictionary<string, int> _limits = new Dictionary<string, int>(StringComparer.Ordinal);

    private MigrationSchedule(StandaloneSchedulerFactory factory, IScheduler scheduler) => (_factory, _scheduler) = (factory, scheduler);

    /// <summary>Opens it; nothing is fired yet.</summary>
    /// <param name="database">Where it is kept.</param>
    /// <param name="worker">The worker's id.</param>
    /// <param name="mailboxes">How many jobs the worker has at once.</param>
    /// <param name="batches">The batches whose jobs the worker takes; null for all.</param>
    /// <param name="work">Works on a mailbox: its batch, its identity, and what ends the work.</param>
    /// <param name="cancel">Ends the wait.</param>
    public static async Task<MigrationSchedule> OpenAsync(MigrationDatabase database, string worker, int mailboxes, IReadOnlyCollection<string>? batches, Func<MigrationSchedule, string, string, CancellationToken, Task> work, CancellationToken cancel)
    {
        var jobs = new MigrationJobs();
        var factory = QuartzSchedulerBuilder.Create(quartz =>
        {
            quartz.ConfigureScheduler(options =>
            {
                (options.InstanceName, options.InstanceId) = (Name, database.Path is null ? worker : "worker");
                options.IdleWaitTime = TimeSpan.FromSeconds(2);
                options.ShutdownJobInterruption = ShutdownJobInterruption.Always;
                foreach (var batch in batches ?? [])
                    options.ServedExecutionGroups.Add(GroupOf(batch));
            });
            quartz.UseDefaultThreadPool(mailboxes);
            quartz.UseJobFactory(jobs);
            quartz.UsePersistentStore(store =>
            {
                if (database.ScheduleSource is { } postgres)
                {
                    store.UsePostgres(source => source.DataSourceFactory = _ => postgres);
                    store.UseClustering(cluster =>
                    {
                        cluster.CheckinInterval = TimeSpan.FromSeconds(3);
                        cluster.CheckinMisfireThreshold = TimeSpan.FromSeconds(6);
                    });
                }
                else
                {
                    store.UseSqlite(HurriedSqlite.Instance, database.ConnectionString);
                }

                store.ProvisionSchema();
                store.ConfigureStore(options =>
                {
                    (options.TablePrefix, options.DbRetryInterval) = (Prefix, TimeSpan.FromSeconds(2));
                    // In a large batch most wait for longer than the usual minute. They are not late: what Quartz calls so it takes twenty at a time, once a minute.
                    (options.MisfireThreshold, options.MisfireHandlerFrequency) = (TimeSpan.FromDays(30), TimeSpan.FromHours(1));
                });
            });
        }).Build();
        try
        {
            var schedule = new MigrationSchedule(factory, await factory.GetScheduler(cancel).ConfigureAwait(false));
            jobs.Work = (key, ended) => work(schedule, key.Group, key.Name, ended);
            return schedule;
        }
        catch
        {
            await factory.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Begins to fire.</summary>
    public ValueTask StartAsync(CancellationToken cancel) => _scheduler.Start(cancel);

    /// <summary>Has mailboxes worked on now, and again after each interval.</summary>
    /// <param name="users">The mailboxes, each with how often; null for once.</param>
    /// <param name="cancel">Ends the wait.</param>
    public ValueTask PlanAsync(IReadOnlyList<(MigrationUser User, TimeSpan? Interval)> users, CancellationToken cancel) =>
        _scheduler.ScheduleJobs(users.Select(one => Plan(one.User, one.Interval)).ToDictionary(), new ScheduleJobOptions { Replace = true }, cancel);

    private static KeyValuePair<IJobDetail, IReadOnlyCollection<ITrigger>> Plan(MigrationUser user, TimeSpan? interval)
    {
        var key = Key(user.BatchName, user.Identity);
        var trigger = TriggerBuilder.Create().WithIdentity(key.Name, key.Group).ForJob(key).WithExecutionGroup(GroupOf(user.BatchName)).StartNow();
        if (interval is { } time)
            trigger = trigger.WithSimpleSchedule(schedule => schedule.WithInterval(time).RepeatForever().MeasureIntervalFromCompletion(true).WithMisfireInstruction(SimpleTriggerMisfireInstruction.NowWithExistingCount));
        var job = JobBuilder.Create<MigrationJob>().WithIdentity(key).StoreDurably().RequestRecovery().Build();
        return KeyValuePair.Create(job, (IReadOnlyCollection<ITrigger>)[trigger.Build()]);
    }

    /// <summary>Has a mailbox worked on once more, later.</summary>
    public async Task RetryAsync(string batch, string identity, TimeSpan delay, CancellationToken cancel)
    {
        var key = Key(batch, identity);
        var trigger = TriggerBuilder.Create().WithIdentity(identity + Retry, batch).ForJob(key).WithExecutionGroup(GroupOf(batch)).StartAt(DateTimeOffset.UtcNow + delay).Build();
        await _scheduler.ScheduleTrigger(trigger, TriggerConflict.Replace, cancel).ConfigureAwait(false);
    }

    /// <summary>Has a mailbox worked on no more.</summary>
    public async Task ForgetAsync(string batch, string identity, CancellationToken cancel) => await _scheduler.DeleteJob(Key(batch, identity), cancel).ConfigureAwait(false);

    /// <summary>Sets how many jobs of a batch may be under way at once in the whole cluster, by the batches' names.</summary>
    public async Task LimitAsync(IReadOnlyDictionary<string, int> limits, CancellationToken cancel)
    {
        if (limits.Count == _limits.Count && limits.All(limit => _limits.TryGetValue(limit.Key, out var known) && known == limit.Value))
            return;
        var builder = ExecutionLimitsBuilder.Create();
        foreach (var (batch, most) in limits)
            builder.ForGroup(GroupOf(batch), most, ExecutionLimitScope.Cluster);
        await _scheduler.SetExecutionLimits(builder.Build(), cancel).ConfigureAwait(false);
        _limits = limits;
    }

    /// <summary>Ends the work that is under way, and waits for it.</summary>
    public async ValueTask DisposeAsync()
    {
        await _scheduler.Shutdown(waitForJobsToComplete: true, CancellationToken.None).ConfigureAwait(false);
        await _factory.DisposeAsync().ConfigureAwait(false);
    }

    // A batch may be called what means something to Quartz.
    private static string GroupOf(string batch) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(batch)))[..32];

    private static JobKey Key(string batch, string identity) => new(identity, batch);
}
