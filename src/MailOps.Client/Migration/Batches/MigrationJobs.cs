using Quartz;
using Quartz.Extensibility;

namespace MailOps.Client.Migration.Batches;

/// <summary>Makes jobs for Quartz that know their worker.</summary>
internal sealed class MigrationJobs : IJobFactory
{
    /// <summary>What a job does.</summary>
    public Func<JobKey, CancellationToken, Task> Work { get; set; } = (_, _) => Task.CompletedTask;

    /// <inheritdoc/>
    public ValueTask<JobScope> CreateJob(TriggerFiredBundle bundle, IScheduler scheduler, CancellationToken cancellationToken = default) => new(new JobScope(new MigrationJob(Work)));

    /// <inheritdoc/>
    public ValueTask ReturnJob(JobScope scope, CancellationToken cancellationToken = default) => ValueTask.CompletedTask;
}
