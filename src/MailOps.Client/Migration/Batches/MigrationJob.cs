using Quartz;

namespace MailOps.Client.Migration.Batches;

/// <summary>The work on a mailbox, as Quartz knows it: by the key of the job alone.</summary>
[DisallowConcurrentExecution]
internal sealed class MigrationJob(Func<JobKey, CancellationToken, Task> work) : IJob
{
    /// <inheritdoc/>
    public async ValueTask Execute(IJobExecutionContext context, CancellationToken cancellationToken = default) => await work(context.JobDetail.Key, cancellationToken).ConfigureAwait(false);
}
